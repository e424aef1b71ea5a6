/** The plain text of an email as it is sent: lines are not folded, so that a link is whole in the source too. */

/** Without its line end. Octets. @see RFC 5322 §2.1.1 */
const LONGEST_LINE = 998

export interface TextPart {
  readonly text: string | { readonly raw: Buffer }
  /** The server is asked for 8BITMIME. @see RFC 6152 */
  readonly isEightBit: boolean
}

/** A text that cannot be sent as it is gets an encoding of the library's. */
export function textPart(content: string): TextPart {
  const lines = content.split(/\r\n|\r|\n/)
  if (lines.some((line) => Buffer.byteLength(line) > LONGEST_LINE || line.includes('\0')))
    return { text: content, isEightBit: false }
  // oxlint-disable-next-line no-control-regex -- 7bit is what ASCII is
  const isEightBit = !/^[\x01-\x7f]*$/.test(content)
  const encoding = isEightBit ? '8bit' : '7bit'
  const headers = ['Content-Type: text/plain; charset=utf-8', `Content-Transfer-Encoding: ${encoding}`, '']
  return { text: { raw: Buffer.from([...headers, ...lines].join('\r\n')) }, isEightBit }
}

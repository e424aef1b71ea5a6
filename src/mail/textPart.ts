/** A text of an email as it is sent: lines are not folded, so that a link is whole in the source too. Some mail programs copy it from there. */

/** Without its line end. Octets. @see RFC 5322 §2.1.1 */
const LONGEST_LINE = 998

export interface TextPart {
  readonly content: string | { readonly raw: Buffer }
  /** It has octets above 127, so that the server must be asked for 8BITMIME. @see RFC 6152 */
  readonly isEightBit: boolean
}

/**
 * A text that cannot be sent as it is gets an encoding of the library's, which folds.
 * @param takesEightBit the server offers 8BITMIME
 */
export function textPart(kind: 'plain' | 'html', content: string, takesEightBit: boolean): TextPart {
  const lines = content.split(/\r\n|\r|\n/)
  // oxlint-disable-next-line no-control-regex -- 7bit is what ASCII is
  const isEightBit = !/^[\x00-\x7f]*$/.test(content)
  const cannot = lines.some((line) => Buffer.byteLength(line) > LONGEST_LINE || line.includes('\0'))
  if (cannot || (isEightBit && !takesEightBit)) return { content, isEightBit: false }
  const encoding = isEightBit ? '8bit' : '7bit'
  const headers = [`Content-Type: text/${kind}; charset=utf-8`, `Content-Transfer-Encoding: ${encoding}`, '']
  return {
    content: { raw: Buffer.from([...headers, ...lines].join('\r\n')) },
    isEightBit,
  }
}

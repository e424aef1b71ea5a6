/** A text of an email as it is sent: lines are not folded, so that a link is whole in the source too. Some mail programs copy it from there. */
import type MimeNode from 'nodemailer/lib/mime-node'

/** Without its line end. Octets. @see RFC 5322 §2.1.1 */
const LONGEST_LINE = 998
// oxlint-disable-next-line no-control-regex -- 7bit is what ASCII is
const SEVEN_BIT = /^[\x00-\x7f]*$/

export interface TextPart {
  /** With its headers. */
  readonly source: Buffer
  /** It has octets above 127, so that the server must be asked for 8BITMIME. @see RFC 6152 */
  readonly isEightBit: boolean
}

export interface Text {
  readonly kind: 'plain' | 'html'
  readonly content: string
}

/**
 * A text that cannot be sent as it is gets an encoding of the library's, which folds.
 * @param email that it is a part of
 * @param takesEightBit the server offers 8BITMIME
 */
export async function textPart(email: MimeNode, { kind, content }: Text, takesEightBit: boolean): Promise<TextPart> {
  const type = `text/${kind}; charset=utf-8`
  const isEightBit = !SEVEN_BIT.test(content)
  const octets = isEightBit ? Buffer.byteLength : (line: string): number => line.length
  const lines = content.split(/\r\n|\r|\n/)
  const isSendable = !content.includes('\0') && lines.every((line) => octets(line) <= LONGEST_LINE)
  if (!isSendable || (isEightBit && !takesEightBit))
    return { source: await email.createChild(type).setContent(content).build(), isEightBit: false }
  const headers = [`Content-Type: ${type}`, `Content-Transfer-Encoding: ${isEightBit ? '8bit' : '7bit'}`, '']
  return { source: Buffer.from([...headers, ...lines].join('\r\n')), isEightBit }
}

/** Lines of a CSV file. @see RFC 4180 */

/** Spreadsheets read UTF-8 only after this mark. */
export const byteOrderMark = '\uFEFF'

export const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(cell).join(',')}\r\n`

/** A name or a reason must not run as a formula on an administrator's computer. @see OWASP CSV Injection */
const cell = (value: string | null): string => {
  const text = value ?? ''
  const plain = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text
  return `"${plain.replaceAll('"', '""')}"`
}

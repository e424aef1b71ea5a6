/** Email addresses and names as the directory keeps and compares them. */

/** Longest address. Characters. @see RFC 3696 erratum 1690 (64 + 1 + 255) */
const longest = 320

/** The address as it is compared and kept: trimmed, NFC, lower case. null: not an address. */
export function normaliseEmail(text: string): string | null {
  const email = text.trim().normalize('NFC').toLowerCase()
  // Nothing a mail header or a list could be broken with; what else is an address only a delivered letter can tell.
  const plain = email.length <= longest && !/[\p{Cc}\p{Zl}\p{Zp}\s<>,;"]/u.test(email)
  return plain && /^[^@]+@[^@]+$/.test(email) ? email : null
}

/** As names are compared: NFC, lower case, one kind of apostrophe, one space between words. */
export const comparable = (text: string): string =>
  text.trim().normalize('NFC').toLowerCase().replaceAll('’', "'").replaceAll(/\s+/g, ' ')

/** As the profiles' shelf wants its words. Characters. */
const longestWord = 64

/** What a search finds this name by the beginning of: the name from each of its words on, so that `silva` and `ana sil` both do. */
export function wordsOf(name: string): string[] {
  const whole = comparable(name)
  const from = (index: number): string => Array.from(whole.slice(index)).slice(0, longestWord).join('')
  return [...new Set(Array.from(whole.matchAll(/[^\s\p{P}]+/gu), ({ index }) => from(index)))]
}

/** Longest name of a person. Characters. */
const longestName = 200

/** A name that can stand in a letter and a log line: trimmed, NFC, one line. null: it cannot. */
export function normaliseName(text: string): string | null {
  const name = text.trim().normalize('NFC')
  return name !== '' && name.length <= longestName && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) ? name : null
}

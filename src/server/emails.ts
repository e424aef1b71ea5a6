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

/** The words by whose beginnings a search finds this name. */
export function wordsOf(name: string): string[] {
  return [
    ...new Set(
      name
        .normalize('NFC')
        .toLowerCase()
        .split(/[\s\p{P}]+/u)
        .filter(Boolean),
    ),
  ]
}

/** Longest name of a person. Characters. */
const longestName = 200

/** A name that can stand in a letter and a log line: trimmed, NFC, one line. null: it cannot. */
export function normaliseName(text: string): string | null {
  const name = text.trim().normalize('NFC')
  return name !== '' && name.length <= longestName && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) ? name : null
}

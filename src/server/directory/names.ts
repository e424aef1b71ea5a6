/** Names in stored and in comparable form. */

/** The comparable form of a name: NFC, lower case, one kind of apostrophe, one space between words. No marks of direction. */
export const comparable = (text: string): string =>
  text
    .replaceAll(/(?![\u200C\u200D])\p{Cf}/gu, '')
    .trim()
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/\s+/g, ' ')

/** See `ProfileKeys.words`. Characters. */
const longestWord = 64

/** Search keys of a name, matched by prefix: its text from each word on, so that `silva` and `ana sil` match. */
export function wordsOf(name: string): string[] {
  const whole = comparable(name)
  const from = (index: number): string => Array.from(whole.slice(index)).slice(0, longestWord).join('')
  return [...new Set(Array.from(whole.matchAll(/[^\s\p{P}]+/gu), ({ index }) => from(index)))]
}

/** Longest name of a person. Characters. */
const longestName = 200

/** A name that fits an email and a log line: trimmed, NFC, one line. null: it does not. */
export function normaliseName(text: string): string | null {
  const name = text.trim().normalize('NFC')
  return name !== '' && name.length <= longestName && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) ? name : null
}

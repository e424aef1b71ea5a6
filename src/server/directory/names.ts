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

/** Longest name of a person, and of a group. Characters. */
const longestName = 200
const longestGroup = 100

/** What a line cannot hold, and half a character, which no store keeps. */
const noneOfALine = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/u

/** A name that fits an email and a log line: trimmed, NFC, one line. null: it does not. */
export function normaliseName(text: string): string | null {
  const name = text.trim().normalize('NFC')
  return name !== '' && name.length <= longestName && !noneOfALine.test(name) ? name : null
}

/** As much of a name that was made elsewhere as fits. */
export const fittedName = (text: string): string =>
  Array.from(text.replaceAll(new RegExp(noneOfALine, 'gu'), ' ').trim().normalize('NFC'))
    .reduce((name, next) => (name.length + next.length > longestName ? name : name + next), '')
    .trim()

/** A group in the form of the API: NFC, one line. null: none. Two spellings would be two groups, and helpdesk manages only one. */
export function normaliseGroup(text: string): string | null {
  const group = text.normalize('NFC').trim()
  return group !== '' && group.length <= longestGroup && !noneOfALine.test(group) ? group : null
}

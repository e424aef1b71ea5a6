/** Names in stored and in comparable form. */

/** Letters that Unicode does not take apart, and what they are typed as where they are not on the keyboard. */
const typedAs: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  '’': "'",
}
const typedOtherwise = new RegExp(`[${Object.keys(typedAs).join('')}]`, 'g')

/** The comparable form of a name: lower case without accents, one kind of apostrophe, one space between words. No marks of direction. */
const comparable = (text: string): string =>
  text
    .replaceAll(/(?![\u200C\u200D])\p{Cf}/gu, '')
    .trim()
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .normalize('NFC')
    .replaceAll(typedOtherwise, (character) => typedAs[character] ?? character)
    .replaceAll(/\s+/g, ' ')

/** See `ProfileKeys.words`. Characters. */
const longestWord = 64

const isWord = /[^\s\p{P}]+/gu

/** Search keys of a name, matched by prefix: its text from each word on, so that `silva` and `ana sil` match. */
function wordsOf(name: string): string[] {
  const whole = comparable(name)
  const from = (index: number): string => Array.from(whole.slice(index)).slice(0, longestWord).join('')
  return [...new Set(Array.from(whole.matchAll(isWord), ({ index }) => from(index)))]
}

/** Search keys of a person. An email is a key of its own only where it has accents: the store finds it by its prefix. */
export function searchKeysOf({ email, name }: { readonly email: string; readonly name: string }): string[] {
  const plain = comparable(email)
  return plain === email ? wordsOf(name) : [plain, ...wordsOf(name)]
}

/** The words of a search in comparable form, the longest first: few people have it. Each has to begin a key of the person. */
export function searchWords(text: string): string[] {
  const parts = comparable(text).split(' ').filter(Boolean)
  const words = parts.filter((part) => part.match(isWord))
  return [...new Set(words.length > 0 ? words : parts)].toSorted((a, b) => b.length - a.length)
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

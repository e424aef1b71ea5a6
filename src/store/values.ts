/** Values in all drivers: strings in byte order (as in SQLite and Redis, unlike JavaScript), prefixes, numbers. */

/** Indexed characters of a word. Count; limits the index rows of a long name. */
export const longestPrefix = 64

/** Indexed words of a name. Count; a name of a hundred words would cost thousands of rows at every change. */
const mostWords = 8

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export const indexedWords = (words: readonly string[]): readonly string[] => words.slice(0, mostWords)

/** Every prefix of the first words, each once: `['anna']` → a, an, ann, anna. */
export const prefixesOf = (words: readonly string[]): Set<string> => allPrefixesOf(indexedWords(words))

/** Of all words: rows to remove may be older than the limit. */
export function allPrefixesOf(words: readonly string[]): Set<string> {
  const prefixes = new Set<string>()
  for (const word of words) {
    let prefix = ''
    for (const character of Array.from(word).slice(0, longestPrefix)) prefixes.add((prefix += character))
  }
  return prefixes
}

/** A search text, cut to the length of the longest stored prefix. */
export function searchable(search: string): string {
  return Array.from(search).slice(0, longestPrefix).join('')
}

/** Throws for NaN: a deadline of NaN would never be reached. */
export function aNumber(value: number): number {
  if (Number.isNaN(value)) throw new TypeError('a time must be a number')
  return value
}

/** Strings as PostgreSQL can keep and compare them. */

export { decode, encode } from '../text.ts'

/** The first string that sorts after everything that begins with `prefix`; null: nothing does. */
export function endOf(prefix: string): string | null {
  const characters = Array.from(prefix)
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const next = (last.codePointAt(0) ?? 0) + 1
    if (next > 0x10_ff_ff) continue
    // Surrogates are no characters: U+E000 follows U+D7FF.
    return characters.join('') + String.fromCodePoint(next === 0xd8_00 ? 0xe0_00 : next)
  }
  return null
}

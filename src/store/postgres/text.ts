/** Strings as PostgreSQL can keep them: its `text` holds every character but NUL. */

// U+0001 introduces an escape. Different strings stay different, byte order and beginnings are kept.
const escapes: Readonly<Record<string, string>> = { '\0': '\u0001\u0001', '\u0001': '\u0001\u0002' }

export function encode(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters in question
  return text.replaceAll(/[\0\u0001]/g, (character) => escapes[character] ?? character)
}

export function decode(stored: string): string {
  // oxlint-disable-next-line no-control-regex -- as above
  return stored.replaceAll(/\u0001[\u0001\u0002]/g, (escape) => (escape === escapes['\0'] ? '\0' : '\u0001'))
}

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

/** Strings without U+0000: `text` of PostgreSQL cannot keep it, and node:sqlite of Node.js 22 ends a string that it reads there. */

// U+0001 introduces an escape. Different strings stay different, byte order and beginnings are kept.
const escapes: Readonly<Record<string, string>> = { '\0': '\u0001\u0001', '\u0001': '\u0001\u0002' }

/** Nearly no text has them, and this search is ten times as fast as the replacement. */
const hasEscaped = (text: string): boolean => text.includes('\0') || text.includes('\u0001')

export function encode(text: string): string {
  if (!hasEscaped(text)) return text
  // oxlint-disable-next-line no-control-regex -- these are the characters in question
  return text.replaceAll(/[\0\u0001]/g, (character) => escapes[character] ?? character)
}

export function decode(stored: string): string {
  if (!stored.includes('\u0001')) return stored
  // oxlint-disable-next-line no-control-regex -- as above
  return stored.replaceAll(/\u0001[\u0001\u0002]/g, (escape) => (escape === escapes['\0'] ? '\0' : '\u0001'))
}

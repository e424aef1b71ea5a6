// What people type when asked for a code, made legible: other scripts' digits, phone keyboards, text pasted with its
// invisible marks. Knows shapes only, no secret and no account.

export type TypedCode = { is: 'code'; code: string } | { is: 'empty' } | { is: 'malformed' }

/** The longest input looked at at all. UTF-16 units; ten times a code, far below what costs time. */
export const longestInput = 64

/**
 * The six-digit code in a form field, whatever script, spaces and dashes it came with (`１２３ ４５６`, `١٢٣-٤٥٦`).
 * Nothing there, or blanks only: empty. Not text, or not six digits: malformed. Neither is a guess, neither is counted.
 * @param typed straight from a parsed body, so perhaps a list or an object
 */
export function normaliseCode(typed: unknown): TypedCode {
  if (typed === undefined || typed === null) return { is: 'empty' }
  if (typeof typed !== 'string' || typed.length > longestInput) return { is: 'malformed' }
  const code = legible(typed)
  if (code === '') return { is: 'empty' }
  return /^[0-9]{6}$/.test(code) ? { is: 'code', code } : { is: 'malformed' }
}

/**
 * Compatibility forms folded (NFKC), every decimal digit as its ASCII one, and without what separates or is not seen:
 * white space, dashes and the minus sign, zero-width characters and direction marks.
 * @param text at most `longestInput` long
 */
export function legible(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}\u2212]/gu, '')
    .replace(/\p{Nd}/gu, asciiDigit)
}

/** Unicode encodes decimal digits in unbroken runs from 0 to 9; a few runs touch, hence the remainder. @see Unicode §4.6 */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0
  let zero = point
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  return String((point - zero) % 10)
}

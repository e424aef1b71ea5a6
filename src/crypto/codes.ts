// Normalises typed codes: digits of other scripts, phone keyboards, pasted text with invisible marks. Checks the format only.

export type TypedCode = { is: 'code'; code: string } | { is: 'empty' } | { is: 'malformed' }

/** Longest input that is read. UTF-16 units: ten times a code. */
export const longestInput = 64

/**
 * The six-digit code in a form field, with any script, spaces and dashes (`１２３ ４５６`, `١٢٣-٤٥٦`). Missing or blank input is empty;
 * anything but six digits is malformed. Neither counts as an attempt.
 * @param typed unvalidated input: perhaps a list or an object
 * @param mayBeEight eight digits are a code too, of some authenticators made elsewhere
 */
export function normaliseCode(typed: unknown, mayBeEight = false): TypedCode {
  if (typed === undefined || typed === null) return { is: 'empty' }
  if (typeof typed !== 'string' || typed.length > longestInput) return { is: 'malformed' }
  const code = legible(typed)
  if (code === '') return { is: 'empty' }
  const isCode = mayBeEight ? /^(?:[0-9]{6}|[0-9]{8})$/ : /^[0-9]{6}$/
  return isCode.test(code) ? { is: 'code', code } : { is: 'malformed' }
}

/**
 * Folds compatibility forms (NFKC), maps decimal digits to ASCII, and removes white space, dashes, the minus sign, zero-width characters
 * and direction marks.
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

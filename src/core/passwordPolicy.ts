/** Rules for a new password: long enough and not easily guessed; no composition rules. */

/** Characters. @see NIST SP 800-63B-4 §3.1.1.2 (8 if a second factor is required) */
const SHORTEST_PASSWORD = 8
/** Characters; keeps the input of the hash below 1024 bytes. @see NIST SP 800-63B-4 §3.1.1.2 (at least 64) */
const LONGEST_PASSWORD = 256

export type PasswordFault = 'empty' | 'short' | 'long' | 'common' | 'personal'

/** Keyboard rows and German words that a list of leaked passwords may lack, without digits and symbols at the end. */
const alsoCommon = new Set(
  (
    'password passwort kennwort passw0rd p@ssw0rd p@ssword qwerty qwertyui qwertyuiop qwertz qwertzui qwertzuiop ' +
    'asdfghjk asdfghjkl iloveyou sunshine princess football baseball superman welcome willkommen letmein admin ' +
    'administrator changeme secret geheim hallo trustno1 dragon monkey shadow master starwars computer internet ' +
    '1q2w3e4r 1qaz2wsx q1w2e3r4 abcdefgh abcd1234 qwer1234 abc'
  ).split(' '),
)

const lengthOf = (password: string): number => Array.from(password.normalize('NFC')).length

export const isShort = (password: string): boolean => lengthOf(password) < SHORTEST_PASSWORD

/**
 * Why this password may not be chosen; null: it may.
 * @param personal email and name of its owner, and the name of the service
 * @param common frequent passwords, in lower case
 */
export function passwordFault(
  password: string,
  personal: readonly string[],
  common: ReadonlySet<string>,
): PasswordFault | null {
  const text = password.normalize('NFC')
  const length = lengthOf(text)
  if (length === 0) return 'empty'
  if (length < SHORTEST_PASSWORD) return 'short'
  if (length > LONGEST_PASSWORD) return 'long'
  const lower = text.toLowerCase()
  const bare = withoutEnd(lower)
  // Digits and symbols alone are accepted unless they are a sequence or one repeated character.
  if ([lower, bare].some((item) => common.has(item) || alsoCommon.has(item)) || isSequence(lower)) return 'common'
  const words = personal.flatMap(wordsOf)
  return words.some((word) => word === squeezed(lower) || word === squeezed(bare)) ? 'personal' : null
}

const withoutEnd = (text: string): string => text.replace(/[\d\p{P}\p{S}\s]+$/u, '')
const squeezed = (text: string): string => text.replaceAll(/[\s\p{P}]+/gu, '')

/** `Ana Silva`: the whole, and each word; `ana@example.com`: the whole, and the local part. */
const wordsOf = (text: string): string[] => {
  const lower = text.normalize('NFC').toLowerCase()
  const [local = ''] = lower.split('@')
  return [lower, local, ...lower.split(/\s+/)].map(squeezed).filter(Boolean)
}

/** `11111111`, `12345678`, `87654321`, `1234567890`. */
function isSequence(text: string): boolean {
  const codes = Array.from(text, (item) => item.codePointAt(0) ?? 0)
  const steps = new Set(codes.slice(1).map((code, n) => code - (codes[n] ?? 0)))
  return (steps.size === 1 && [0, 1, -1].includes([...steps][0] ?? 2)) || '01234567890123456789'.includes(text)
}

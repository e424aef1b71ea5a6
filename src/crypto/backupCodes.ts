// Backup codes: made, digested for keeping, recognised when typed. Each is good once; which are spent is the core's
// business. A code exists in the clear only between `newBackupCodes` and the page that shows it.
import { createHash } from 'node:crypto'
import { legible, longestInput } from './codes.ts'
import { draw, type Random } from './random.ts'
import { equal } from './tokens.ts'

/** Codes in a set. */
const count = 10

/**
 * Entropy of one code. Bytes: 80 bits, sixteen letters. Below the 112 bits that may be kept under a plain hash, hence
 * the salt and the seal around the set. @see NIST SP 800-63B-4 §3.1.2.2, §4.2.1.1 (≥ 64 bits); ASVS 6.5.2
 */
const codeBytes = 10

/** Length of the salt of a set. Bytes. @see NIST SP 800-132 §5.1 (≥ 128 bits) */
const saltBytes = 16

/** Crockford's Base32: no I, L, O, U, so that nothing is misread. @see https://www.crockford.com/base32.html */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** What is kept of a set: its salt and the SHA-256 of salt and code, both base64url, in the order the codes were shown. */
export type BackupCodeSet = { readonly salt: string; readonly digests: readonly string[] }

/** Ten new codes, all different, each `XXXX-XXXX-XXXX-XXXX`. */
export function newBackupCodes(random?: Random): string[] {
  const codes = Array.from({ length: count }, () => newCode(random))
  // Two alike among ten of 80 bits is no chance event (about 2⁻⁷⁴) but a broken generator.
  if (new Set(codes).size < count) throw new Error('the random generator repeats itself')
  return codes
}

/** The form of a set that may be kept. @param codes as `newBackupCodes` made them */
export function digestBackupCodes(codes: readonly string[], random?: Random): { salt: string; digests: string[] } {
  const salt = draw(saltBytes, random).toString('base64url')
  const digests = codes.map((code) => {
    const canonical = canonicalCode(code)
    if (canonical === null) throw new TypeError('not a backup code')
    return digestCode(salt, canonical)
  })
  return { salt, digests }
}

/**
 * Which code of the set was typed: its index, or null. Forgives case, spaces, hyphens, O for 0, I and L for 1, and the
 * number of the line it was pasted from ("3. "). Compares with every entry, so time does not tell which one fitted.
 * @param typed straight from a parsed body, so perhaps a list or an object
 */
export function matchBackupCode(set: BackupCodeSet, typed: unknown): number | null {
  const code = canonicalCode(typed)
  if (code === null) return null
  const digest = digestCode(set.salt, code)
  const found = set.digests.map((kept) => equal(kept, digest)).lastIndexOf(true)
  return found < 0 ? null : found
}

function newCode(random?: Random): string {
  const number = BigInt(`0x${draw(codeBytes, random).toString('hex')}`)
  const characters = number.toString(32).padStart((codeBytes * 8) / 5, '0')
  return characters.replace(/./g, (character) => alphabet.charAt(parseInt(character, 32))).replace(/.{4}(?=.)/g, '$&-')
}

/** Sixteen letters of the alphabet, or null when that is not what was typed. */
function canonicalCode(typed: unknown): string | null {
  if (typeof typed !== 'string' || typed.length > longestInput) return null
  const code = legible(typed)
    .replace(/^\d{1,2}[.)]/, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code) ? code : null
}

function digestCode(salt: string, code: string): string {
  return createHash('sha256').update(Buffer.from(salt, 'base64url')).update(code).digest('base64url')
}

// Backup codes: generated, stored as digests, recognised when typed. The core decides which are used. A code exists in the clear only
// between `newBackupCodes` and the page that shows it.
import { createHash } from 'node:crypto'
import { legible, longestInput } from './codes.ts'
import { draw, type Random } from './random.ts'
import { equal } from './tokens.ts'

/** Codes in a set. */
const count = 10

/**
 * Entropy of one code. Bytes: 80 bits, sixteen characters; below the 112 bits that a plain hash requires, hence the salt and the seal.
 * @see NIST SP 800-63B-4 §3.1.2.2, §4.2.1.1 (≥ 64 bits); ASVS 6.5.2
 */
const codeBytes = 10

/** Length of the salt of a set. Bytes. @see NIST SP 800-132 §5.1 (≥ 128 bits) */
const saltBytes = 16

/** Crockford's Base32 has no I, L, O, U, which are easily misread. @see https://www.crockford.com/base32.html */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Stored length of a digest, far above the 80 bits of a code. Bytes. */
const digestBytes = 16

/** Length of a digest in a set that was stored as JSON. Bytes. */
const longDigestBytes = 32

/** A set: its salt and the first half of SHA-256 of salt and code, both base64url, in the order the codes were shown. */
export type BackupCodeSet = { readonly salt: string; readonly digests: readonly string[] }

/** Ten new codes, all different, each `XXXX-XXXX-XXXX-XXXX`. */
export function newBackupCodes(random?: Random): string[] {
  const codes = Array.from({ length: count }, () => newCode(random))
  // Two equal codes among ten of 80 bits are not chance (about 2⁻⁷⁴) but a broken generator.
  if (new Set(codes).size < count) throw new Error('the random generator repeats itself')
  return codes
}

/** A set in its stored form. @param codes as returned by `newBackupCodes` */
export function digestBackupCodes(codes: readonly string[], random?: Random): { salt: string; digests: string[] } {
  const salt = draw(saltBytes, random).toString('base64url')
  const digests = codes.map((code) => {
    const canonical = canonicalCode(code)
    if (canonical === null) throw new TypeError('not a backup code')
    return digestCode(salt, canonical)
  })
  return { salt, digests }
}

/** First byte of a stored set. JSON, the form before, begins with another one. */
const packed = 1

/** The bytes to seal: no salt where there are no codes. */
export function packBackupCodes({ salt, digests }: BackupCodeSet): Uint8Array {
  const texts = digests.length === 0 ? [] : [salt, ...digests]
  return Buffer.concat([Buffer.of(packed), ...texts.map((text) => Buffer.from(text, 'base64url'))])
}

/** Reads the sealed bytes, or JSON, the form before. Throws for anything else: no code may match in a damaged set. */
export function unpackBackupCodes(bytes: Buffer): BackupCodeSet {
  if (bytes[0] !== packed) return parseSet(bytes.toString('utf8'))
  const [salt, digests] = [bytes.subarray(1, 1 + saltBytes), bytes.subarray(1 + saltBytes)]
  const isWhole = salt.length === saltBytes && digests.length % digestBytes === 0 && digests.length > 0
  if (!isWhole && bytes.length > 1) throw new TypeError('not a set of backup codes')
  const texts = Array.from({ length: digests.length / digestBytes }, (_, n) =>
    digests.subarray(n * digestBytes, (n + 1) * digestBytes).toString('base64url'),
  )
  return { salt: salt.toString('base64url'), digests: texts }
}

function parseSet(text: string): BackupCodeSet {
  const { salt, digests } = JSON.parse(text) as Partial<BackupCodeSet>
  const isDigest = (digest: unknown) =>
    typeof digest === 'string' && Buffer.from(digest, 'base64url').length === longDigestBytes
  if (typeof salt !== 'string' || !Array.isArray(digests) || !digests.every(isDigest))
    throw new TypeError('not a set of backup codes')
  return { salt, digests: digests.map((digest: string) => shortened(Buffer.from(digest, 'base64url'))) }
}

/**
 * Index of the typed code in the set, or null. Ignores case, spaces, hyphens and a pasted line number ("3. "), reads O as 0, I and L as 1.
 * Compares with every entry, so that the time does not depend on the index.
 * @param typed unvalidated input: perhaps a list or an object
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

/** Sixteen characters of the alphabet; null: the input is something else. */
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
  return shortened(createHash('sha256').update(Buffer.from(salt, 'base64url')).update(code).digest())
}

const shortened = (digest: Buffer): string => digest.subarray(0, digestBytes).toString('base64url')

/** The one judge of TOTP secrets that were made elsewhere: Base32 as applications write it, or an otpauth URI. */
import { keyBytes, LONGEST_SECRET, secretText, SHORTEST_SECRET, type TotpProfile } from './totp.ts'

/** Below the length that RFC 4226 §4 R6 requires: still in use with old applications. Bytes. */
const SHORT = 16

export type SecretFault =
  'not-base32' | 'too-short' | 'too-long' | 'not-totp' | 'not-sha1' | 'not-6-digits' | 'not-30-seconds'

export type ImportedSecret =
  /** As `secretText`, which reads as the same secret again. `isUnusual`: its profile is not ours. */
  | { readonly is: 'secret'; readonly secret: string; readonly isShort: boolean; readonly isUnusual: boolean }
  | { readonly is: 'refused'; readonly why: SecretFault }

const refused = (why: SecretFault): ImportedSecret => ({ is: 'refused', why })

export const readImported = (text: string): ImportedSecret =>
  /^\s*otpauth:/i.test(text) ? readUri(text.trim()) : readBase32(text, { algorithm: 'sha1', digits: 6, period: 30 })

/** Spaces, dashes, case and padding vary between applications; so do the bits after the last whole byte, which they all ignore. */
function readBase32(text: string, profile: TotpProfile): ImportedSecret {
  const base32 = text.replaceAll(/[\s=\u2010-\u2015-]/g, '').toUpperCase()
  if (!/^[A-Z2-7]+$/.test(base32)) return refused('not-base32')
  const secret = canonical(base32)
  const bytes = keyBytes(secret)
  if (bytes === null || bytes < SHORTEST_SECRET) return refused('too-short')
  if (bytes > LONGEST_SECRET) return refused('too-long')
  const stored = secretText(secret, profile)
  return { is: 'secret', secret: stored, isShort: bytes < SHORT, isUnusual: stored !== secret }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The same bytes without what follows the last whole byte: RFC 4648 §3.5 has decoders refuse other bits. */
function canonical(base32: string): string {
  const bits = base32.length * 5
  const kept = base32.slice(0, Math.ceil((bits - (bits % 8)) / 5))
  const surplus = kept.length * 5 - (bits - (bits % 8))
  const last = ALPHABET.indexOf(kept.at(-1) ?? 'A')
  return kept.slice(0, -1) + ALPHABET.charAt((last >> surplus) << surplus)
}

/** @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
function readUri(text: string): ImportedSecret {
  if (!/^otpauth:\/\/totp\//i.test(text) || !URL.canParse(text)) return refused('not-totp')
  const { searchParams: given } = new URL(text)
  const algorithm = (given.get('algorithm') ?? 'SHA1').toUpperCase().replaceAll('-', '')
  const [, size] = /^(?:HMAC)?SHA(1|256|512)$/.exec(algorithm) ?? []
  const [digits, period] = [Number(given.get('digits') ?? 6), Number(given.get('period') ?? 30)]
  if (size === undefined) return refused('not-sha1')
  if (digits !== 6 && digits !== 8) return refused('not-6-digits')
  if (!Number.isInteger(period) || period < 15 || period > 120) return refused('not-30-seconds')
  return readBase32(given.get('secret') ?? '', { algorithm: `sha${size}` as TotpProfile['algorithm'], digits, period })
}

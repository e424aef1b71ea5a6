// Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, 6 digits and steps of 30 s, the only profile that every authenticator app
// supports. Secrets made elsewhere may have another one. Finds the step of a code; the core decides whether it is unused. Secrets never
// appear in an error.
import { timingSafeEqual } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { createGuardrails, generateSync, ScureBase32Plugin } from 'otplib'
import { normaliseCode } from './codes.ts'
import { draw, type Random } from './random.ts'

/** Length of a time step. Seconds. @see RFC 6238 §5.2 (default X = 30) */
const stepSeconds = 30

/** Steps accepted before and after the current one, for slow typing and drift. @see RFC 6238 §5.2 (at most one) */
const window = 1

/** Entropy of a new secret. Bytes; the length of an HMAC-SHA-1 output. @see RFC 4226 §4 R6 (160 bits recommended) */
const secretBytes = 20

/** Lengths of secrets made elsewhere that are accepted. Bytes: many applications made 10, whatever RFC 4226 §4 R6 says. */
export const SHORTEST_SECRET = 10
export const LONGEST_SECRET = 128

/** Where a secret differs from ours. */
export interface TotpProfile {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
  readonly digits: 6 | 8
  /** Length of a time step. Seconds, 15–120. */
  readonly period: number
}

const ours: TotpProfile = { algorithm: 'sha1', digits: 6, period: stepSeconds }

const guardrails = createGuardrails({ MIN_SECRET_BYTES: SHORTEST_SECRET, MAX_SECRET_BYTES: LONGEST_SECRET })

const base32 = new ScureBase32Plugin()

/** A new shared secret: 160 random bits as 32 characters of Base32 without padding (RFC 4648 §6). */
export function newSecret(random?: Random): string {
  return base32.encode(draw(secretBytes, random))
}

/** A key made elsewhere as Base32 without padding. */
export const base32Of = (key: Uint8Array): string => base32.encode(key).replace(/=+$/, '')

/**
 * The time step (unix time / 30 s, or the period of the secret) of the code: the current one, the one before or the one after; null: none
 * of them. If two steps share the code, the newest: its use covers the older one.
 * @param secret Base32, 10–128 bytes, or `secretText`. Anything else throws: a damaged secret is not the user's mistake
 * @param code ASCII digits (`normaliseCode`); anything else is null
 * @param now unix time in seconds, not negative
 */
export function matchStep(secret: string, code: string, now: number): number | null {
  const key = decode(secret)
  return matches(key, code, stepOf(key, now), window).at(-1) ?? null
}

/**
 * Offset of the clock behind the code, in steps: −3 is 90 s behind, +3 is 90 s ahead; null: no such step within reach. The nearest counts,
 * of two equally near ones the newer. For diagnosis only: a result shown to a guesser would reveal a code that is good in a few minutes.
 * @param within reach on either side. Steps, 1–10. @see RFC 6238 §6 (resynchronisation is bounded)
 */
export function stepsAway(secret: string, code: string, now: number, within: number): number | null {
  if (!Number.isInteger(within) || within < 1 || within > 10) throw new RangeError('within must be 1–10 steps')
  const key = decode(secret)
  const current = stepOf(key, now)
  const away = matches(key, code, current, within).map((step) => step - current)
  return away.toSorted((a, b) => Math.abs(a) - Math.abs(b) || b - a)[0] ?? null
}

/** Largest offset that a set-up shows. Steps. */
const SHOWN_STEPS = 10

/**
 * Offset of the clock behind a typed code, negative: behind; null: unknown. Seconds. For a set-up only, where the person owns the secret:
 * see `stepsAway`.
 */
export function secondsAway(secret: string, typed: unknown, now: number): number | null {
  const code = normaliseCode(typed)
  const steps = code.is === 'code' ? stepsAway(secret, code.code, now, SHOWN_STEPS) : null
  return steps === null ? null : steps * stepSeconds
}

/**
 * The address in the QR code: type, label, secret and issuer; defaults are omitted to keep it coarse. Both names are escaped whole, ':'
 * included (otplib leaves it), so that an account name cannot pass for another issuer.
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
export function otpauthUri({ issuer, account, secret }: { issuer: string; account: string; secret: string }): string {
  const name = shortened(issuer, LONGEST_ISSUER)
  const parameters = `?secret=${escape(secret)}&issuer=${name}`
  const whole = `otpauth://totp/${name}:${escape(account)}${parameters}`
  if (whole.length <= LONGEST_URI) return whole
  // Without the prefix an unescaped colon would make the account's beginning the issuer.
  const room = LONGEST_URI - 'otpauth://totp/'.length - parameters.length
  return `otpauth://totp/${shortened(account.replaceAll(':', ' '), room)}${parameters}`
}

/** Version 14 of a QR code at level M, 73 modules: phones read it from a screen at arm's length. Bytes. @see ISO/IEC 18004, table 7 */
const LONGEST_URI = 362

/** Of an issuer of 64 bytes, each escaped. Bytes. */
const LONGEST_ISSUER = 192

/** Escaped, with an ellipsis in place of what is too long. A character is never cut. */
function shortened(text: string, longest: number): string {
  if (escape(text).length <= longest) return escape(text)
  const ellipsis = escape('…')
  let kept = ''
  for (const character of text) {
    const next = escape(character)
    if (kept.length + next.length + ellipsis.length > longest) break
    kept += next
  }
  return kept + ellipsis
}

const escape = (text: string) => encodeURIComponent(text.toWellFormed())

/** Every step around `current` with this code, oldest first. Always computes all of them. */
function matches(key: Key, code: string, current: number, reach: number): number[] {
  if (!/^[0-9]+$/.test(code) || code.length !== key.profile.digits) return []
  const typed = Buffer.from(code)
  const steps = Array.from({ length: 2 * reach + 1 }, (_, index) => current - reach + index).filter((step) => step >= 0)
  // verifySync stops at the first, oldest match: the time would reveal the step.
  return steps.filter((step) => timingSafeEqual(Buffer.from(codeOf(key, step)), typed))
}

interface Key {
  readonly bytes: Uint8Array
  readonly profile: TotpProfile
}

const codeOf = ({ bytes, profile }: Key, step: number) =>
  generateSync({ secret: bytes, epoch: step * profile.period, guardrails, ...profile })

/** The code of an authenticator app at this time. */
export function codeAt(secret: string, now: number): string {
  const key = decode(secret)
  return codeOf(key, stepOf(key, now))
}

/** Digits of the codes of a stored secret. */
export const digitsOf = (secret: string): number => decode(secret).profile.digits

/** The time step of a time, for this secret. */
export const currentStep = (secret: string, now: number): number => stepOf(decode(secret), now)

function stepOf({ profile }: Key, now: number): number {
  if (!Number.isFinite(now) || now < 0) throw new RangeError('now must be a unix time in seconds')
  return Math.floor(now / profile.period)
}

/** The stored form of a secret: Base32, and an otpauth URI where its profile is not ours. */
export function secretText(base32Secret: string, profile: TotpProfile): string {
  if (isDeepStrictEqual(profile, ours)) return base32Secret
  const { algorithm, digits, period } = profile
  return `otpauth://totp/?secret=${base32Secret}&algorithm=${algorithm.toUpperCase()}&digits=${digits}&period=${period}`
}

const storedUri =
  /^otpauth:\/\/totp\/\?secret=([A-Z2-7]+)&algorithm=(SHA1|SHA256|SHA512)&digits=(6|8)&period=(\d{2,3})$/

function decode(secret: string): Key {
  const [, base32Secret, algorithm, digits, period] = storedUri.exec(secret) ?? []
  const bytes = tryDecode(base32Secret ?? secret)
  const profile =
    base32Secret === undefined
      ? ours
      : ({ algorithm: algorithm?.toLowerCase(), digits: Number(digits), period: Number(period) } as TotpProfile)
  if (bytes && bytes.length >= SHORTEST_SECRET && bytes.length <= LONGEST_SECRET) return { bytes, profile }
  // No cause: otplib's message quotes a character of the secret.
  throw new Error(`a TOTP secret is damaged: not Base32 of ${SHORTEST_SECRET}–${LONGEST_SECRET} bytes`)
}

/** Length of a Base32 secret; null: it is none. Bytes. */
export const keyBytes = (secret: string): number | null => tryDecode(secret)?.length ?? null

function tryDecode(secret: string): Uint8Array | null {
  try {
    return base32.decode(secret)
  } catch {
    return null
  }
}

/** One account as a file has it: its shape, and the faults of a line. What cannot be verified is left out, and the person comes. */
import { z } from 'zod'
import { isAccountId } from '../../core/accountId.ts'
import { emailFault, givenEmail } from '../../email.ts'
import { readImported, type SecretFault } from '../../crypto/importedSecret.ts'
import { type HashFault, readHash } from '../../crypto/passwordHashes.ts'
import { roles } from '../../ports.ts'
import { normaliseGroup, normaliseName } from '../directory/names.ts'

const secretFaults: { readonly [K in SecretFault]: string } = {
  'not-base32': 'its secret is not Base32',
  'too-short': 'its secret has fewer than 10 bytes',
  'too-long': 'its secret has more than 128 bytes',
  'not-totp': 'it is no otpauth URI of a TOTP',
  'not-sha1': 'it is of no known algorithm',
  'not-6-digits': 'its codes have neither 6 nor 8 digits',
  'not-30-seconds': 'its codes do not last 15 to 120 seconds',
}

const hashFaults: { readonly [K in HashFault]: string } = {
  unknown: 'is of no kind that can be verified: argon2, bcrypt, scrypt, PBKDF2, crypt of SHA-2, {SSHA}',
  damaged: 'is cut off or damaged',
  'too-costly': 'would take many seconds of a core at each sign-in',
}

const parsed = <T>(read: (text: string) => T | null, message: string) =>
  z.string('must be text').transform((text, check) => {
    const value = read(text)
    if (value !== null) return value
    check.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const imported = z.string().transform((text) => readImported(text))

const line = z.strictObject({
  id: z
    .string('must be text')
    .refine(isAccountId, 'must be 1 to 255 printable ASCII characters without a space at either end, not . or ..')
    .optional(),
  email: z.string('must be text').transform((text, check) => {
    const message = emailFault(text)
    if (message !== null) check.addIssue({ code: 'custom', message })
    return givenEmail(text) ?? z.NEVER
  }),
  email_verified: z.boolean('must be true or false').default(true),
  name: parsed(normaliseName, 'must be a name of one line, at most 200 characters'),
  given_name: parsed(normaliseName, 'must be a name of one line, at most 200 characters').optional(),
  family_name: parsed(normaliseName, 'must be a name of one line, at most 200 characters').optional(),
  preferred_username: parsed(normaliseName, 'must be a name of one line, at most 200 characters').optional(),
  locale: parsed(canonicalLocale, 'must be a language tag such as en or de-CH').optional(),
  roles: z.array(z.enum(roles)).default([]),
  groups: z.array(parsed(normaliseGroup, 'must be one line, at most 100 characters')).default([]),
  status: z.enum(['active', 'pending', 'disabled']).default('active'),
  password: z
    .string()
    .min(1, 'must not be empty')
    .refine((text) => Buffer.byteLength(text) <= 1024, 'is too long')
    .refine((text) => text.isWellFormed(), 'contains half a character')
    .optional(),
  password_hash: z
    .string('must be text')
    .superRefine((text, check) => {
      const read = readHash(text)
      if (typeof read === 'string') check.addIssue({ code: 'custom', message: hashFaults[read] })
    })
    .optional(),
  totp: z
    .union([imported, z.strictObject({ secret: imported }).transform(({ secret }) => secret)], {
      error: 'must be {secret: BASE32}, or an otpauth URI',
    })
    .optional(),
})

type Line = z.infer<typeof line>

/** The second factor that comes with an account. `unusable`: there was one, and it cannot be taken over. */
export type Factor =
  | { readonly is: 'none' }
  | { readonly is: 'totp'; readonly secret: string; readonly isWeak: boolean }
  | { readonly is: 'unusable'; readonly why: string }

export type Incoming = Omit<Line, 'totp'> & { readonly factor: Factor }

/** @param lostFactor why the factor that the person had elsewhere cannot be taken over */
export function readLine(value: unknown, lostFactor?: string): Incoming | { readonly faults: string[] } {
  const validated = line.safeParse(value)
  if (!validated.success) return { faults: validated.error.issues.map(faultOf) }
  const { totp, ...rest } = validated.data
  const factor = factorOf(totp, lostFactor)
  const { password, password_hash: hash, status } = rest
  const faults = [
    ...(password !== undefined && hash !== undefined ? ['password and password_hash: only one of them'] : []),
    // The invitation sets up the first authenticator; with another one it could not be completed.
    ...(status === 'pending' && factor.is !== 'none' ? ['totp: an account that is pending has none yet'] : []),
  ]
  return faults.length > 0 ? { faults } : { ...rest, factor }
}

function factorOf(totp: Line['totp'], lost: string | undefined): Factor {
  if (totp?.is === 'secret') return { is: 'totp', secret: totp.secret, isWeak: totp.isShort || totp.isUnusual }
  const why = lost ?? (totp && secretFaults[totp.why])
  return why === undefined ? { is: 'none' } : { is: 'unusable', why }
}

/** The key and what is wrong with it; never the value, which may be a secret. */
function faultOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: unknown key`
  const key = issue.path.map(String).join('.')
  if (issue.code === 'invalid_value') return `${key}: must be ${issue.values.map(String).join(' or ')}`
  return key === '' ? 'must be an account: {email, name, …}' : `${key}: ${issue.message}`
}

function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null
  } catch {
    return null
  }
}

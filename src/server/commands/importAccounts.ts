/**
 * Imports accounts, authenticators included. A bad entry is reported with its line, an existing account is reported and left
 * unchanged; both do not stop the import.
 */
import { z } from 'zod'
import { isAccountId } from '../../core/accountId.ts'
import { type HashFault, readHash } from '../../crypto/passwordHashes.ts'
import { hashPassword } from '../../crypto/passwords.ts'
import { newId } from '../../crypto/tokens.ts'
import { readImported } from '../../crypto/importedSecret.ts'
import { type Clock, type Directory, roles } from '../../ports.ts'
import type { Accounts } from '../directory.ts'
import { normaliseEmail, normaliseName } from '../directory/names.ts'
import type { Entry } from './importFile.ts'

/** An existing authenticator: its Base32 secret, and since when it counts as set up (epoch seconds). */
export interface Adopted {
  readonly secret: string
  readonly at: number
}
export type Adopt = (id: string, authenticator: Adopted) => Promise<void>

export interface ImportTools {
  readonly accounts: Pick<Directory & Accounts, 'find' | 'findByEmail' | 'create' | 'isRemoved'>
  readonly clock: Clock
  /** Creates the record with this authenticator. Must be repeatable: an import may stop before the account is created. */
  readonly adopt: Adopt
  /** An audited reset, then this authenticator. Absent: existing accounts are not changed. */
  readonly replaceFactor?: Adopt
  /** Receives a line for each entry that was not created. */
  readonly report: (line: string) => void
  readonly progress?: (soFar: ImportCounts) => void
}

export type ImportCounts = { readonly [K in Outcome]: number }
type Outcome = 'created' | 'exists' | 'replaced' | 'bad'

export async function importAccounts(entries: AsyncIterable<Entry>, tools: ImportTools): Promise<ImportCounts> {
  const counts = { created: 0, exists: 0, replaced: 0, bad: 0 }
  for await (const entry of entries) {
    const read = 'fault' in entry ? { faults: [entry.fault] } : validate(entry.value)
    const validated = 'faults' in read ? read : await withFreeId(read, tools)
    const outcome = 'faults' in validated ? 'bad' : await importOne(validated, tools)
    const messages = 'faults' in validated ? validated.faults : [`${validated.email} ${outcome}`]
    const isShort = !('faults' in validated) && validated.totp?.isShort === true
    if (isShort && (outcome === 'created' || outcome === 'replaced'))
      tools.report(`line ${entry.line}: ${validated.email} has a short authenticator secret: have it replaced`)
    if (outcome !== 'created') for (const message of messages) tools.report(`line ${entry.line}: ${message}`)
    counts[outcome] += 1
    tools.progress?.(counts)
  }
  return counts
}

/** Applications may keep data under the id of a deleted account: another person must not get it. */
async function withFreeId(incoming: Incoming, { accounts }: ImportTools): Promise<Incoming | { faults: string[] }> {
  const isTaken = incoming.id !== undefined && (await accounts.isRemoved(incoming.id))
  return isTaken ? { faults: ['id: belonged to an account that was deleted, and is never used again'] } : incoming
}

async function importOne(incoming: Incoming, { accounts, clock, adopt, replaceFactor }: ImportTools): Promise<Outcome> {
  const { password, password_hash, totp, locale, email_verified: emailVerified, id = newId(), ...rest } = incoming
  const existing = (await accounts.findByEmail(rest.email)) ?? (await accounts.find(id))
  const authenticator = totp === undefined ? null : { secret: totp.secret, at: clock.now() }
  if (existing) {
    // The id alone does not suffice to remove an authenticator: it must be the same person.
    if (!replaceFactor || !authenticator || existing.email !== rest.email) return 'exists'
    await replaceFactor(existing.id, authenticator)
    return 'replaced'
  }
  const passwordHash = password_hash ?? (password === undefined ? null : await hashPassword(password))
  // The record first: an account without a record would look damaged or, worse, new.
  if (authenticator) await adopt(id, authenticator)
  const secondFactorSince = authenticator?.at ?? null
  const account = { ...rest, id, emailVerified, locale: locale ?? null, passwordHash, secondFactorSince }
  const created = await accounts.create(account)
  return created === 'exists' ? 'exists' : 'created'
}

const parsed = <T>(read: (text: string) => T | null, message: string) =>
  z.string('must be text').transform((text, check) => {
    const value = read(text)
    if (value !== null) return value
    check.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const imported = parsed((text) => {
  const secret = readImported(text)
  return secret.is === 'secret' ? secret : null
}, '')

const hashFaults: { readonly [K in HashFault]: string } = {
  unknown: 'is of no kind that can be verified: argon2, bcrypt, scrypt, PBKDF2, {SSHA}',
  damaged: 'is cut off or damaged',
  'too-costly': 'would take many seconds of a core at each sign-in',
}

const incoming = z.strictObject({
  id: z
    .string()
    .refine(isAccountId, 'must be 1 to 255 printable ASCII characters without a space at either end, not . or ..')
    .optional(),
  email: parsed(normaliseEmail, 'must be an email address'),
  email_verified: z.boolean('must be true or false').default(true),
  name: parsed(normaliseName, 'must be a name of one line, at most 200 characters'),
  locale: parsed(canonicalLocale, 'must be a language tag such as en or de-CH').optional(),
  roles: z.array(z.enum(roles)).default([]),
  groups: z.array(z.string().min(1).max(100)).default([]),
  status: z.enum(['active', 'pending', 'disabled']).default('active'),
  password: z
    .string()
    .min(1, 'must not be empty')
    .refine((text) => Buffer.byteLength(text) <= 1024, 'is too long')
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
      error: 'must be {secret: BASE32} of 10 to 128 bytes, or an otpauth URI of SHA1, 6 digits, 30 seconds',
    })
    .optional(),
})

type Incoming = z.infer<typeof incoming>

function validate(value: unknown): Incoming | { faults: string[] } {
  const validated = incoming.safeParse(value)
  if (!validated.success) return { faults: validated.error.issues.map(faultOf) }
  const { password, password_hash, status, totp } = validated.data
  const faults = [
    ...(password !== undefined && password_hash !== undefined ? ['password and password_hash: only one of them'] : []),
    // The invitation sets up the first authenticator; with another one it could not be completed.
    ...(status === 'pending' && totp !== undefined ? ['totp: an account that is pending has none yet'] : []),
  ]
  return faults.length > 0 ? { faults } : validated.data
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

/** Imports authenticators that were enrolled elsewhere. A row is judged by itself, and a bad one is named and left out. */
import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../core/account.ts'
import { totpOf } from '../core/authenticators.ts'
import type { Caller, CommandOf } from '../core/command.ts'
import { LONGEST_ID } from '../core/rules.ts'
import { readImported, type SecretFault } from '../crypto/importedSecret.ts'
import { secretUse } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import { newId } from '../crypto/tokens.ts'
import { currentStep } from '../crypto/totp.ts'
import { Unsealable } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { Sealed } from './sealed.ts'

export interface Adopted {
  readonly id: string
  /** Base32; TOTP with SHA-1, 6 digits, 30 s, or an otpauth URI. Spaces, dashes, case and padding do not matter. */
  readonly secret?: string
  /** The same as an otpauth URI, in place of `secret`. */
  readonly otpauth?: string
  /** When it was enrolled. Epoch seconds; default now. */
  readonly enrolledAt?: number
  /** The newest time step that was accepted (seconds since 1970 / 30, or the period of its URI): its codes are not accepted again. Default: none. */
  readonly lastStep?: number
}

export interface AdoptOptions {
  /** Replaces what was adopted and never used here. Default false: such an account is refused. */
  readonly refresh?: boolean
  /** Replaces any factor by one audited reset, with a notice to the person. Default false: an account with a factor is refused. */
  readonly replace?: boolean
  /** Accepts secrets of 10 to 15 bytes, less than RFC 4226 requires. Default false. */
  readonly allowShortSecrets?: boolean
  /** The directory does not have the accounts yet: they are created next, with `secondFactorSince`. It is not told. Default false. */
  readonly unlisted?: boolean
}

export type AdoptRefusal =
  | SecretFault
  | 'bad-id'
  | 'no-secret'
  | 'short-secret'
  | 'bad-enrolled-at'
  | 'bad-last-step'
  /** It has a factor that was set up or used here. */
  | 'already-enrolled'
  /** A reset requires a new authenticator. */
  | 'reset'
  /** The account was deleted; its id is never used again. */
  | 'account-deleted'
  | 'record-lost'
  /** The key of the stored secret is not in `keys`. */
  | 'key-missing'
  /** Too much waits to be dispatched for this account; try again later. */
  | 'busy'

export interface AdoptReport {
  readonly adopted: number
  /** The account has this secret already. */
  readonly unchanged: number
  /** Ids of accounts with a secret of less than 16 bytes, to be replaced. */
  readonly short: readonly string[]
  readonly refused: readonly { readonly id: string; readonly why: AdoptRefusal }[]
}

export interface AdoptionOptions {
  readonly accounts: Pick<Accounts, 'execute'>
  readonly sealing: Sealing<'record'>
  readonly sealed: Pick<Sealed, 'sealCodes'>
  readonly clock: Clock
}

export interface Adoption {
  /** The accounts need not be in the directory yet. @throws StoreUnavailable; the same call can then be made again */
  adopt(rows: Iterable<Adopted> | AsyncIterable<Adopted>, options: AdoptOptions, by: Caller): Promise<AdoptReport>
}

type RowResult = 'adopted' | 'unchanged' | { readonly why: AdoptRefusal }

export function createAdoption(options: AdoptionOptions): Adoption {
  return {
    async adopt(rows, how, by) {
      const counts = { adopted: 0, unchanged: 0 }
      const short: string[] = []
      const refused: { id: string; why: AdoptRefusal }[] = []
      for await (const row of rows) {
        const judged = judge(row, how, options.clock.now())
        const result =
          'why' in judged
            ? judged
            : await adoptOne(options, judged, { mode: modeOf(how), isUnlisted: how.unlisted === true, by })
        const id = 'why' in judged ? idOf(row) : judged.id
        if (typeof result === 'object') refused.push({ id, why: result.why })
        else counts[result] += 1
        if (typeof result !== 'object' && !('why' in judged) && judged.isShort) short.push(id)
      }
      return { ...counts, short, refused }
    },
  }
}

const modeOf = ({ replace, refresh }: AdoptOptions): CommandOf<'adopt'>['mode'] =>
  replace ? 'replace' : refresh ? 'refresh' : 'new'

const idOf = (row: Partial<Adopted> | null | undefined): string => (typeof row?.id === 'string' ? row.id : '')

interface Judged {
  readonly id: string
  readonly secret: string
  readonly isShort: boolean
  readonly isUnusual: boolean
  readonly enrolledAt: number
  readonly lastStep: number
}

/** Rows come from a host's table: nothing about them is certain. */
function judge(row: Adopted, how: AdoptOptions, now: number): Judged | { readonly why: AdoptRefusal } {
  const id = idOf(row)
  if (id === '' || id.length > LONGEST_ID || !id.isWellFormed()) return { why: 'bad-id' }
  const { secret, otpauth, enrolledAt = now, lastStep = 0 } = row
  const text: unknown = secret ?? otpauth
  if (typeof text !== 'string') return { why: 'no-secret' }
  const imported = readImported(text)
  if (imported.is === 'refused') return { why: imported.why }
  if (imported.isShort && how.allowShortSecrets !== true) return { why: 'short-secret' }
  if (!isWhole(enrolledAt) || enrolledAt > now) return { why: 'bad-enrolled-at' }
  // A step of the future would refuse every code until then.
  if (!isWhole(lastStep) || lastStep > currentStep(imported.secret, now) + 1) return { why: 'bad-last-step' }
  const { secret: stored, isShort, isUnusual } = imported
  return { id, secret: stored, isShort, isUnusual, enrolledAt, lastStep }
}

const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

async function adoptOne(
  options: AdoptionOptions,
  judged: Judged,
  how: Pick<CommandOf<'adopt'>, 'mode' | 'isUnlisted' | 'by'>,
): Promise<RowResult> {
  const { accounts, sealing } = options
  const { id, secret } = judged
  const facts = { ...sealedImport(options, judged), ...how } as const
  const ask = (account: Account) => ({ ...facts, isSame: secretOf(sealing, account, how.mode) === secret }) as const
  try {
    const outcome = await accounts.execute(id, ask, { durable: true, newcomer: true })
    if (outcome.is !== 'refused') return outcome.is === 'done' ? 'adopted' : 'unchanged'
    if (outcome.refusal.is === 'outbox-full') return { why: 'busy' }
    const { is } = outcome.refusal
    if (is === 'record-lost' || is === 'account-deleted') return { why: is }
    return { why: outcome.account.factor.is === 'reset' ? 'reset' : 'already-enrolled' }
  } catch (error) {
    if (error instanceof Unsealable) return { why: 'key-missing' }
    throw error
  }
}

export function sealedImport(
  { sealing, sealed }: Pick<AdoptionOptions, 'sealing' | 'sealed'>,
  { id, secret, isShort, isUnusual, enrolledAt, lastStep }: Judged,
) {
  const authenticatorId = newId()
  return {
    is: 'adopt',
    weakness: isShort ? ('short secret' as const) : isUnusual ? ('unusual profile' as const) : null,
    enrolledAt,
    lastStep,
    authenticatorId,
    sealedSecret: sealing.seal(secret, secretUse(id, authenticatorId)),
    // No codes yet: the first sign-in makes a set and shows it.
    sealedCodes: sealed.sealCodes(id, authenticatorId, []),
  } as const
}

/** @throws Unsealable, except where it is to be replaced whatever it is */
function secretOf(
  sealing: Sealing<'record'>,
  { id, factor }: Account,
  mode: CommandOf<'adopt'>['mode'],
): string | null {
  const totp = factor.is === 'active' ? totpOf(factor) : null
  if (!totp) return null
  const use = secretUse(id, totp.id)
  return mode === 'replace' ? sealing.tryOpen(totp.sealed, use) : sealing.open(totp.sealed, use)
}

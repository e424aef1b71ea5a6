/** Setting up, replacing and renewing a second factor: what was typed becomes facts, and the core decides. */
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Account } from '../core/account.ts'
import { idOfCodes } from '../core/authenticators.ts'
import type { AppSetUp, PasskeySetUp, ProvenBy } from '../core/authenticatorCommand.ts'
import type { Caller, CommandOf } from '../core/command.ts'
import type { Rules } from '../core/rules.ts'
import { normaliseCode } from '../crypto/codes.ts'
import { passwordUse } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { Directory, Person } from '../ports.ts'
import { unverifiedEmail } from './passwords.ts'
import type { NewPasskeyAnswer, Passkeys, Unaccepted } from './passkeys.ts'
import type { Sealed, SetUp } from './sealed.ts'
import { standingOf, type Unreadable } from './signIn.ts'

/** Where a set-up is confirmed, and for which account. */
export interface EnrolmentContext {
  readonly flow: 'link' | 'sign-in'
  readonly accountId: string
  readonly epoch: number
  /** As `InSignIn`; null: by a link. */
  readonly since: number | null
  /** Digest of a secret that only this browser has, in this flow. */
  readonly binding: string
  /** Digest of the mailed link; in a sign-in, of the link that this browser opened. null: none. */
  readonly link: string | null
  /** Whether this browser gave the password, under this epoch. */
  readonly password: boolean
  /** Hash of the password that was chosen in this browser after an invitation. Absent or null: none. */
  readonly newPassword?: string | null
}

type AtSignIn = Pick<EnrolmentContext, 'accountId' | 'epoch' | 'since' | 'binding'>

export interface Enrolments {
  enrol(at: EnrolmentContext, setUp: SetUp, typed: unknown, by: Caller): Promise<Outcome | Unreadable>
  /** As `enrol`, with a passkey that was created and used once. */
  enrolPasskey(at: EnrolmentContext, setUp: SetUp, answer: NewPasskeyAnswer, by: Caller): Promise<Outcome | Unaccepted>
  /** Replaces the active authenticator. `provenAt`: when this browser proved it or used a backup code. */
  replace(
    at: AtSignIn,
    setUp: SetUp,
    proof: { readonly provenAt: number; readonly provenBy: ProvenBy | null; readonly typed: unknown },
    by: Caller,
  ): Promise<Outcome | Unreadable>
  renewCodes(at: AtSignIn, setUp: SetUp, by: Caller): Promise<Outcome>
  /** `read`: see `ExecuteOptions`. */
  saveCodes(at: AtSignIn, read: Account | null): Promise<Outcome>
}

export interface EnrolmentsOptions {
  readonly accounts: Accounts
  readonly sealing: Sealing<'record'>
  readonly sealed: Sealed
  readonly passkeys: Passkeys
  readonly rules: Rules
  readonly directory: Pick<Directory, 'find'>
}

export function createEnrolments(options: EnrolmentsOptions): Enrolments {
  const { accounts, sealed, directory, rules } = options

  return {
    enrol: enrolWith(options),
    enrolPasskey: enrolPasskeyWith(options),

    async replace({ accountId, epoch, since, binding }, setUp, { provenAt, provenBy, typed }, by) {
      const code = normaliseCode(typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      const confirmed = sealed.confirmed(accountId, setUp, code.code)
      const { roles } = standingOf(await directory.find(accountId), rules)
      const proof = { provenAt, ...(provenBy && { provenBy }), roles }
      const ask = () => ({ is: 'replace', epoch, since, binding, ...proof, ...confirmed, by }) as const
      return accounts.execute(accountId, ask, { durable: true })
    },

    renewCodes: ({ accountId, epoch, since, binding }, { codes }, by) =>
      accounts.execute(accountId, ({ factor }) => {
        const sealedCodes = sealed.sealCodes(accountId, factor.is === 'active' ? idOfCodes(factor) : '', codes)
        return { is: 'renew-codes', epoch, since, binding, by, sealedCodes }
      }),

    saveCodes: ({ accountId, epoch, since, binding }, read) =>
      accounts.execute(accountId, () => ({ is: 'save-codes', epoch, since, binding }), { read }),
  }
}

const enrolWith =
  (options: EnrolmentsOptions): Enrolments['enrol'] =>
  async (at, setUp, typed, by) => {
    const code = normaliseCode(typed)
    if (code.is !== 'code') return { is: 'unreadable', why: code.is }
    const confirmed = options.sealed.confirmed(at.accountId, setUp, code.code)
    return confirm(options, at, { ...(await readFor(options, at)), confirmed, by })
  }

const enrolPasskeyWith =
  (options: EnrolmentsOptions): Enrolments['enrolPasskey'] =>
  async (at, { authenticatorId, codes, userHandle: fresh }, answer, by) => {
    const { accountId, epoch } = at
    const facts = await readFor(options, at)
    const userHandle = facts.read?.userHandle ?? fresh
    if (userHandle === null || !options.passkeys.areOfferedTo(facts.person)) return { is: 'unaccepted', why: 'stale' }
    const created = await options.passkeys.created({ accountId, epoch, authenticatorId, userHandle }, answer)
    if (created.is === 'unaccepted') return created
    const sealedCodes = options.sealed.sealCodes(accountId, authenticatorId, codes)
    const confirmed = { authenticatorId, sealedCodes, passkey: created.passkey }
    return confirm(options, at, { ...facts, confirmed, by })
  }

interface Facts {
  readonly person: Person | null
  readonly read: Account | null
}

async function readFor({ directory, accounts }: EnrolmentsOptions, { accountId }: EnrolmentContext): Promise<Facts> {
  const [person, read] = await Promise.all([directory.find(accountId), accounts.get(accountId)])
  return { person, read }
}

type Confirmed = Pick<CommandOf<'enrol'>, 'sealedCodes'> & (AppSetUp | PasskeySetUp)

async function confirm(
  { accounts, sealing, rules }: EnrolmentsOptions,
  { accountId, newPassword = null, ...at }: EnrolmentContext,
  { person, read, confirmed, by }: Facts & { readonly confirmed: Confirmed; readonly by: Caller },
): Promise<Outcome> {
  const sealedPassword = newPassword === null ? null : sealing.seal(newPassword, passwordUse(accountId))
  const facts = { ...standingOf(person, rules), ...confirmed, sealedPassword, mailedTo: unverifiedEmail(person), by }
  const outcome = await accounts.execute(accountId, () => ({ is: 'enrol', ...at, ...facts }), { durable: true, read })
  // The answer waits until the directory has the password.
  if (sealedPassword !== null && outcome.is !== 'refused') await accounts.flush(accountId, 'set-password')
  return outcome
}

/** Setting up, replacing and renewing a second factor: what was typed becomes facts, and the core decides. */
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Account } from '../core/account.ts'
import { idOfCodes } from '../core/authenticators.ts'
import type { Caller } from '../core/command.ts'
import type { Rules } from '../core/rules.ts'
import { normaliseCode } from '../crypto/codes.ts'
import { passwordUse } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { Directory } from '../ports.ts'
import { unverifiedEmail } from './passwords.ts'
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
  /** Replaces the active authenticator. `provenAt`: when this browser proved it or used a backup code. */
  replace(
    at: AtSignIn,
    setUp: SetUp,
    proof: { readonly provenAt: number; readonly typed: unknown },
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
  readonly rules: Rules
  readonly directory: Pick<Directory, 'find'>
}

export function createEnrolments(options: EnrolmentsOptions): Enrolments {
  const { accounts, sealed } = options

  return {
    enrol: enrolWith(options),

    async replace({ accountId, epoch, since, binding }, setUp, { provenAt, typed }, by) {
      const code = normaliseCode(typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      const confirmed = sealed.confirmed(accountId, setUp, code.code)
      const ask = () => ({ is: 'replace', epoch, since, binding, provenAt, ...confirmed, by }) as const
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
  async ({ accountId, newPassword = null, ...at }, setUp, typed, by) => {
    const { accounts, sealing, rules } = options
    const code = normaliseCode(typed)
    if (code.is !== 'code') return { is: 'unreadable', why: code.is }
    const confirmed = options.sealed.confirmed(accountId, setUp, code.code)
    const [person, read] = await Promise.all([options.directory.find(accountId), accounts.get(accountId)])
    const sealedPassword = newPassword === null ? null : sealing.seal(newPassword, passwordUse(accountId))
    const facts = { ...standingOf(person, rules), ...confirmed, sealedPassword, mailedTo: unverifiedEmail(person), by }
    const ask = () => ({ is: 'enrol', ...at, ...facts }) as const
    const outcome = await accounts.execute(accountId, ask, { durable: true, read })
    // The answer waits until the directory has the password.
    if (sealedPassword !== null && outcome.is !== 'refused') await accounts.flush(accountId, 'set-password')
    return outcome
  }

/** Proofs of a second factor in a sign-in, and the end of sign-ins and sessions. */
import type { Accounts, Outcome, Prefetched } from '../accounts/accounts.ts'
import type { Caller } from '../core/command.ts'
import type { Rules } from '../core/rules.ts'
import type { Directory, Person } from '../ports.ts'
import type { MakeLink } from './links.ts'
import type { Ceremony } from '../crypto/ceremony.ts'
import type { Passkeys, Unaccepted } from './passkeys.ts'
import type { Sealed } from './sealed.ts'

/** The input is not a code; the record was not read. */
export interface Unreadable {
  readonly is: 'unreadable'
  readonly why: 'empty' | 'malformed'
}

/** One submission at sign-in: the account, the epoch it began under, and the one-time token of its form. */
export interface Submission {
  readonly accountId: string
  readonly epoch: number
  /** As `InSignIn`. */
  readonly since: number | null
  readonly form: string
  readonly typed: unknown
  /** Whether this account has completed a sign-in in this browser. */
  readonly knownBrowser: boolean
  /** The record, read with the sign-in. Default null. */
  readonly prefetched?: Prefetched | null
}

export interface SignIns {
  proveCode(submission: Submission, by: Caller): Promise<Outcome | Unreadable>
  useBackupCode(submission: Submission, by: Caller): Promise<Outcome | Unreadable>
  /** `typed`: the answer of the browser. */
  provePasskey(
    submission: Submission,
    given: { readonly purpose: Ceremony['purpose']; readonly ceremony: Ceremony | null },
    by: Caller,
  ): Promise<Outcome | Unaccepted>
  /** Mails the link of the reset under way once more, after the password. `form`: one email each. */
  sendAgain(at: Pick<Submission, 'accountId' | 'epoch' | 'since'>, form: string, by: Caller): Promise<Outcome>
  /** Ends the sign-ins in progress, audited; they are not sessions yet. */
  endSignIns(accountId: string, by: Caller): Promise<Outcome>
  endSessions(accountId: string, because: 'disabled' | 'password-changed' | 'asked', by: Caller): Promise<Outcome>
}

export interface SignInsOptions {
  readonly accounts: Accounts
  readonly rules: Rules
  readonly directory: Pick<Directory, 'find'>
  readonly sealed: Sealed
  readonly passkeys: Passkeys
  readonly newLink: MakeLink
}

/** Status and roles, as facts. A person who is not in the directory is treated as disabled, with every strict role. */
export const standingOf = (
  person: Person | null,
  { strictRoles }: Rules,
): Pick<Person, 'status'> & { readonly roles: readonly string[] } =>
  person ? { status: person.status, roles: person.roles } : { status: 'disabled', roles: strictRoles }

export function createSignIns({ accounts, rules, directory, sealed, passkeys, newLink }: SignInsOptions): SignIns {
  return {
    provePasskey: provePasskeyWith(accounts, passkeys),

    async proveCode({ accountId, typed, prefetched = null, ...submission }, by) {
      const code = await sealed.typedCode(accountId, typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      return accounts.execute(
        accountId,
        (account) => ({ is: 'prove-code', ...submission, by, step: sealed.stepOf(account, code.code) }),
        { read: prefetched },
      )
    },

    async useBackupCode({ accountId, typed, prefetched = null, ...submission }, by) {
      if (typeof typed !== 'string' || typed.trim() === '') return { is: 'unreadable', why: 'empty' }
      return accounts.execute(
        accountId,
        (account) => ({ is: 'use-backup-code', ...submission, by, index: sealed.backupCodeOf(account, typed) }),
        { durable: true, read: prefetched },
      )
    },

    async sendAgain({ accountId, epoch, since }, form, by) {
      const { status } = standingOf(await directory.find(accountId), rules)
      const { factor } = (await accounts.getStored(accountId)) ?? {}
      const link =
        factor?.is === 'reset' ? await newLink(accountId, 'reset', factor.resetId) : { digest: '', sealed: '' }
      return accounts.execute(accountId, () => ({ is: 'send-again', epoch, since, status, link, form, by }), {
        durable: true,
      })
    },

    endSignIns: (accountId, by) => accounts.execute(accountId, () => ({ is: 'end-sign-ins', by }), { durable: true }),

    endSessions: (accountId, because, by) =>
      accounts.execute(accountId, () => ({ is: 'end-sessions', because, by }), { durable: true }),
  }
}

/** Verified before the command: the record's number decides whether the challenge was used. */
const provePasskeyWith =
  (accounts: Accounts, passkeys: Passkeys): SignIns['provePasskey'] =>
  async ({ accountId, typed, prefetched = null, ...submission }, given, by) => {
    const account = await accounts.getStored(accountId, prefetched)
    const proof = account && (await passkeys.asserted(account, { ...given, assertion: typed }))
    if (!proof) return { is: 'unaccepted', why: 'stale' }
    const ask = () => ({ is: 'prove-passkey', ...submission, ...proof, by }) as const
    const outcome = await accounts.execute(accountId, ask, { read: account })
    if (outcome.is !== 'refused') return outcome
    const { refusal } = outcome
    if (refusal.is === 'passkey-stale') return { is: 'unaccepted', why: 'stale' }
    if (refusal.is !== 'passkey-incorrect') return outcome
    // A passkey that was removed after the record was read.
    return { is: 'unaccepted', why: proof.assertion.is === 'refused' ? proof.assertion.why : 'unknown-credential' }
  }

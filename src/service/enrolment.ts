/** Setting up, replacing and renewing a second factor: what was typed becomes facts, and the core decides. */
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { ActKind } from '../core/account.ts'
import type { ActRequest, Caller } from '../core/command.ts'
import type { Rules } from '../core/rules.ts'
import { newBackupCodes } from '../crypto/backupCodes.ts'
import { normaliseCode } from '../crypto/codes.ts'
import { passwordUse, secretUse } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import { derivedId, digest, newId } from '../crypto/tokens.ts'
import type { Directory } from '../ports.ts'
import { createLinks, type Links, type LinksOptions, type MakeLink } from './links.ts'
import { createPasswords, type PasswordKeeper, type Passwords, unverifiedEmail } from './passwords.ts'
import { createSealed, type Sealed, type SetUp } from './sealed.ts'
import { createSignIns, standingOf, type SignIns, type Unreadable } from './signIn.ts'

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

/** `key` null: no other call is the same act. `what`: the whole request, as JSON. */
export interface ActOf {
  readonly does: ActKind
  readonly actorId: string
  readonly key: string | null
  readonly target: string
  readonly what: readonly unknown[]
}

export interface Enrolments extends Passwords, Links, SignIns, Sealed {
  readonly newLink: MakeLink
  enrol(at: EnrolmentContext, setUp: SetUp, typed: unknown, by: Caller): Promise<Outcome | Unreadable>
  /** Replaces the active authenticator. `provenAt`: when this browser proved it or used a backup code. */
  replace(
    at: AtSignIn,
    setUp: SetUp,
    proof: { readonly provenAt: number; readonly typed: unknown },
    by: Caller,
  ): Promise<Outcome | Unreadable>
  renewCodes(at: AtSignIn, setUp: SetUp, by: Caller): Promise<Outcome>
  saveCodes(at: AtSignIn): Promise<Outcome>
  /** An act, with the same id for the same kind, actor and key, so that a retry finds what it began. */
  actOf(request: ActOf): ActRequest
  /** An authenticator enrolled elsewhere, imported before the directory knows the account. */
  adopt(accountId: string, secret: string, replace: boolean, by: Caller): Promise<Outcome>
}

export interface EnrolmentsOptions extends LinksOptions {
  readonly accounts: Accounts
  readonly sealing: Sealing<'record'>
  readonly rules: Rules
  readonly directory: PasswordKeeper & Pick<Directory, 'find'>
  /** Keys the ids of acts. 32 bytes. */
  readonly idKey: Uint8Array
}

export function createEnrolments(options: EnrolmentsOptions): Enrolments {
  const { accounts, idKey } = options
  const { newLink, ...links } = createLinks(options)
  const sealed = createSealed(options)
  const inSignIn = { ...options, sealed, newLink }

  return {
    ...createPasswords({
      ...options,
      makeLink: (accountId, id, indexSeconds) => newLink(accountId, 'password', id, indexSeconds),
    }),
    ...links,
    ...sealed,
    ...createSignIns(inSignIn),
    newLink,
    enrol: enrolWith(inSignIn),

    async replace({ accountId, epoch, since, binding }, setUp, { provenAt, typed }, by) {
      const code = normaliseCode(typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      const confirmed = sealed.confirmed(accountId, setUp, code.code)
      const ask = () => ({ is: 'replace', epoch, since, binding, provenAt, ...confirmed, by }) as const
      return accounts.execute(accountId, ask, { durable: true })
    },

    renewCodes: ({ accountId, epoch, since, binding }, { codes }, by) =>
      accounts.execute(accountId, ({ factor }) => {
        const authenticatorId = factor.is === 'active' ? factor.authenticators[0].id : ''
        const sealedCodes = sealed.sealCodes(accountId, authenticatorId, codes)
        return { is: 'renew-codes', epoch, since, binding, by, sealedCodes }
      }),

    saveCodes: ({ accountId, epoch, since, binding }) =>
      accounts.execute(accountId, () => ({ is: 'save-codes', epoch, since, binding })),

    actOf: ({ does, actorId, key, target, what }) => ({
      id: key === null ? newId() : derivedId(idKey, { for: 'act', does, actor: actorId, key }),
      does,
      target,
      what: digest({ for: 'act', does, what: JSON.stringify(what) }),
    }),

    adopt(accountId, secret, replace, by) {
      const authenticatorId = newId()
      const sealedSecret = options.sealing.seal(secret, secretUse(accountId, authenticatorId))
      // These codes are never shown: the first sign-in makes a new set and shows that.
      const sealedCodes = sealed.sealCodes(accountId, authenticatorId, newBackupCodes())
      const ask = () => ({ is: 'adopt', replace, authenticatorId, sealedSecret, sealedCodes, by }) as const
      return accounts.execute(accountId, ask, { durable: true, newcomer: true })
    },
  }
}

type EnrolOptions = EnrolmentsOptions & { readonly sealed: Sealed; readonly newLink: MakeLink }

const enrolWith =
  (options: EnrolOptions): Enrolments['enrol'] =>
  async ({ accountId, newPassword = null, ...at }, setUp, typed, by) => {
    const { accounts, sealing, rules } = options
    const code = normaliseCode(typed)
    if (code.is !== 'code') return { is: 'unreadable', why: code.is }
    const confirmed = options.sealed.confirmed(accountId, setUp, code.code)
    const person = await options.directory.find(accountId)
    const sealedPassword = newPassword === null ? null : sealing.seal(newPassword, passwordUse(accountId))
    const facts = { ...standingOf(person, rules), ...confirmed, sealedPassword, mailedTo: unverifiedEmail(person), by }
    const ask = () => ({ is: 'enrol', ...at, ...facts }) as const
    const outcome = await accounts.execute(accountId, ask, { durable: true })
    // The answer waits until the directory has the password.
    if (sealedPassword !== null && outcome.is !== 'refused') await accounts.flush(accountId, 'set-password')
    return outcome
  }

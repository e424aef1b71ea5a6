/**
 * What people do here, in the product's words. Turns what they typed or hold into facts (a matched step, a digest) and sends
 * these down the corridor. Rules live in the core; this is where secrets are opened, and where they stay.
 */
import { type Passwords, createPasswords, type PasswordKeeper, unverifiedEmail } from './passwords.ts'
import type { Account, Act, ActKind, Ended } from '../core/account.ts'
import { isUnfinished } from '../core/questions.ts'
import { mayNotStart } from '../core/reset.ts'
import type { Rules } from '../core/rules.ts'
import { sealsOf } from '../core/keyRotation.ts'
import { actsExceeded, mayResume } from '../core/stepUp.ts'
import type { ActRequest, Caller, SignInProof } from '../core/command.ts'
import type { Refusal } from '../core/refusal.ts'
import { digestBackupCodes, matchBackupCode, newBackupCodes, type BackupCodeSet } from '../crypto/backupCodes.ts'
import { normaliseCode } from '../crypto/codes.ts'
import { codesUse, passwordUse, secretUse, useOfSeal } from '../crypto/recordUses.ts'
import { derivedId, digest, newId } from '../crypto/tokens.ts'
import { createLinks, type Links, type LinksOptions } from './links.ts'
import { matchStep, newSecret } from '../crypto/totp.ts'
import type { Outcome } from '../accounts/accounts.ts'
import type { Directory, Person } from '../ports.ts'

/** What was typed is no code at all: answered without asking the record. */
export interface Unreadable {
  readonly is: 'unreadable'
  readonly why: 'empty' | 'malformed'
}

/** What one browser at one door is setting up. Sealed with its holder until it is confirmed; nobody else sees or voids it. */
export interface SetUp {
  readonly authenticatorId: string
  /** Base32. */
  readonly secret: string
  readonly codes: readonly string[]
}

/** The door a set-up is confirmed at, and as whose. */
export interface EnrolmentContext {
  readonly flow: 'link' | 'sign-in'
  readonly accountId: string
  readonly epoch: number
  /** As `InSignIn`; null at a link's door. */
  readonly since: number | null
  /** Digest of what only this browser at this door has. */
  readonly binding: string
  /** Digest of the mailed link; at the sign-in door of the one that this browser opened, null: none. */
  readonly link: string | null
  /** Whether this browser gave the password, under this epoch. */
  readonly password: boolean
  /** Hash of the password that this browser chose behind an invitation. Absent or null: it chose none. */
  readonly newPassword?: string | null
}

/** One submission at sign-in: whose, under which epoch it began, and the one-time token of its form. */
export interface Submission {
  readonly accountId: string
  readonly epoch: number
  /** As `InSignIn`. */
  readonly since: number | null
  readonly form: string
  readonly typed: unknown
  /** Whether this account has completed a sign-in in this browser. */
  readonly knownBrowser: boolean
}

/** @see Journey.actOf. `key` null: no other call is the same act. `what`: everything that was asked, as JSON. */
export interface ActOf {
  readonly does: ActKind
  readonly actorId: string
  readonly key: string | null
  readonly target: string
  readonly what: readonly unknown[]
}

/** The acting person's own code, and whether it was given in a browser that is known for them. */
export type OwnCode = Pick<Submission, 'typed' | 'knownBrowser'>

export interface ResetRequest {
  readonly id: string
  readonly target: Person
  /** The target's record, when the caller has read it. */
  readonly account?: Account | null
  readonly reason: string | null
  readonly seen?: string | null | undefined
  readonly by: Caller
}

/** The records of both, by name: what one has done must not be held against the other. */
export interface ResetParties {
  /** null: nothing is recorded of the acting person. */
  readonly actor: Account | null
  readonly target: Account
  readonly status: Person['status']
  readonly roles: Person['roles']
  /** The newest reset the actor has seen; undefined: they did not say. */
  readonly seen?: string | null | undefined
}

export interface Enrolments extends Passwords, Links {
  newSetUp(): SetUp
  proveCode(submission: Submission, by: Caller): Promise<Outcome | Unreadable>
  useBackupCode(submission: Submission, by: Caller): Promise<Outcome | Unreadable>
  enrol(at: EnrolmentContext, setUp: SetUp, typed: unknown, by: Caller): Promise<Outcome | Unreadable>
  /** In place of the authenticator that works. `provenAt`: when this browser proved that one, or had a backup code. */
  replace(
    at: EnrolmentContext,
    setUp: SetUp,
    provenAt: number,
    typed: unknown,
    by: Caller,
  ): Promise<Outcome | Unreadable>
  renewCodes(
    at: Pick<EnrolmentContext, 'accountId' | 'epoch' | 'since' | 'binding'>,
    setUp: SetUp,
    by: Caller,
  ): Promise<Outcome>
  saveCodes(at: Pick<EnrolmentContext, 'accountId' | 'epoch' | 'since' | 'binding'>): Promise<Outcome>

  /** What is about to be done, named the same for the same kind, actor and key, so that a retry finds what it began. */
  actOf(request: ActOf): ActRequest
  /** Why the reset cannot be, before a code is spent on it. */
  resetRefusal(parties: ResetParties): Refusal | null
  /** Whether a burnt act may be done without another code: the process died in between, a moment ago, and nothing came since. */
  mayResume(act: Act, target: Account): boolean
  stepUp(actorId: string, act: ActRequest, code: OwnCode, by: Caller): Promise<Outcome | Unreadable>
  /** Instead of a code: on the strength of the sign-in, which is good for this one act. */
  spendProof(actorId: string, act: ActRequest, proof: SignInProof, by: Caller): Promise<Outcome>
  startReset(request: ResetRequest): Promise<Outcome>
  resend(accountId: string, resetId: string, by: Caller): Promise<Outcome>
  /** Mails the link of the reset under way once more, for whoever gave the password and waits for it. `form`: one letter each. */
  sendAgain(at: Pick<EnrolmentContext, 'accountId' | 'epoch' | 'since'>, form: string, by: Caller): Promise<Outcome>
  revoke(accountId: string, resetId: string, freeze: boolean, by: Caller): Promise<Outcome>
  /** With a session that is ended: sign-ins that are none yet end as well, and the audit is told. */
  endSignIns(accountId: string, by: Caller): Promise<Outcome>
  endSessions(accountId: string, because: 'disabled' | 'password-changed' | 'asked', by: Caller): Promise<Outcome>

  /** An authenticator enrolled elsewhere comes with its account, before the directory knows it. */
  adopt(accountId: string, secret: string, replace: boolean, by: Caller): Promise<Outcome>
  /** Seals anew under the newest key what the record keeps under older ones. */
  reseal(accountId: string): Promise<Outcome>
}

export interface EnrolmentsOptions extends LinksOptions {
  readonly rules: Rules
  readonly directory: PasswordKeeper & Pick<Directory, 'find'>
  /** Keys the ids of resets. 32 bytes. */
  readonly idKey: Uint8Array
  /** What a reset would end, counted now. */
  readonly count: (accountId: string, epoch: number) => Promise<Omit<Ended, 'backupCodes'>>
}

export function createEnrolments(options: EnrolmentsOptions): Enrolments {
  const { accounts, sealing, clock, rules, idKey, count } = options
  const { newLink, ...links } = createLinks(options)
  const gone = { status: 'disabled', roles: rules.strictRoles } as const

  const secretOf = (account: Account): string | null => {
    if (account.factor.is !== 'active') return null
    const [totp] = account.factor.authenticators
    return sealing.open(totp.sealed, secretUse(account.id, totp.id))
  }
  const stepOf = (account: Account, code: string): number | null => {
    const secret = secretOf(account)
    return secret === null ? null : matchStep(secret, code, clock.now())
  }
  const indexOf = (account: Account, typed: unknown): number | null => {
    if (account.factor.is !== 'active') return null
    const [totp] = account.factor.authenticators
    const text = sealing.open(account.factor.backupCodes.sealed, codesUse(account.id, totp.id))
    return matchBackupCode(JSON.parse(text) as BackupCodeSet, typed)
  }
  const sealCodes = (accountId: string, authenticatorId: string, codes: readonly string[]): string =>
    sealing.seal(JSON.stringify(digestBackupCodes(codes)), codesUse(accountId, authenticatorId))

  /** What a holder sets up, sealed for the record, and the step their first code matches. */
  const confirmedBy = (accountId: string, { authenticatorId, secret, codes }: SetUp, code: string) => ({
    authenticatorId,
    sealedSecret: sealing.seal(secret, secretUse(accountId, authenticatorId)),
    sealedCodes: sealCodes(accountId, authenticatorId, codes),
    step: matchStep(secret, code, clock.now()),
  })

  return {
    ...createPasswords({
      ...options,
      makeLink: (accountId, id, indexSeconds) => newLink(accountId, 'password', id, indexSeconds),
    }),
    ...links,

    newSetUp: () => ({ authenticatorId: newId(), secret: newSecret(), codes: newBackupCodes() }),

    async proveCode({ accountId, epoch, since, form, typed, knownBrowser }, by) {
      const code = normaliseCode(typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      return accounts.execute(accountId, (account) => ({
        is: 'prove-code',
        epoch,
        since,
        form,
        knownBrowser,
        by,
        step: stepOf(account, code.code),
      }))
    },

    async useBackupCode({ accountId, epoch, since, form, typed, knownBrowser }, by) {
      if (typeof typed !== 'string' || typed.trim() === '') return { is: 'unreadable', why: 'empty' }
      const ask = (account: Account) =>
        ({ is: 'use-backup-code', epoch, since, form, knownBrowser, by, index: indexOf(account, typed) }) as const
      return accounts.execute(accountId, ask, { durable: true })
    },

    async enrol({ accountId, newPassword = null, ...at }, setUp, typed, by) {
      const code = normaliseCode(typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      const confirmed = confirmedBy(accountId, setUp, code.code)
      const person = await options.directory.find(accountId)
      // A person who is gone from the directory is treated as disabled, with every role.
      const { status, roles } = person ?? gone
      const sealedPassword = newPassword === null ? null : sealing.seal(newPassword, passwordUse(accountId))
      const ask = () =>
        ({
          is: 'enrol',
          ...at,
          status,
          roles,
          ...confirmed,
          sealedPassword,
          mailedTo: unverifiedEmail(person),
          by,
        }) as const
      const outcome = await accounts.execute(accountId, ask, { durable: true })
      // Nobody is told that it is done while their password does not fit yet.
      if (sealedPassword !== null && outcome.is !== 'refused') await accounts.flush(accountId, 'set-password')
      return outcome
    },

    async replace({ accountId, epoch, since, binding }, setUp, provenAt, typed, by) {
      const code = normaliseCode(typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      const confirmed = confirmedBy(accountId, setUp, code.code)
      return accounts.execute(accountId, () => ({ is: 'replace', epoch, since, binding, provenAt, ...confirmed, by }), {
        durable: true,
      })
    },

    renewCodes: ({ accountId, epoch, since, binding }, { codes }, by) =>
      accounts.execute(accountId, (account) => {
        const authenticatorId = account.factor.is === 'active' ? account.factor.authenticators[0].id : ''
        return {
          is: 'renew-codes',
          epoch,
          since,
          binding,
          by,
          sealedCodes: sealCodes(accountId, authenticatorId, codes),
        }
      }),

    saveCodes: ({ accountId, epoch, since, binding }) =>
      accounts.execute(accountId, () => ({ is: 'save-codes', epoch, since, binding })),

    actOf: ({ does, actorId, key, target, what }) => ({
      id: key === null ? newId() : derivedId(idKey, { for: 'act', does, actor: actorId, key }),
      does,
      target,
      what: digest({ for: 'act', does, what: JSON.stringify(what) }),
    }),

    resetRefusal: ({ actor, target, status, roles, seen }) =>
      mayNotStart(target, { status, roles, seen }, clock.now(), rules) ??
      (actor && actsExceeded(actor, clock.now(), rules)),

    mayResume: (act, target) => mayResume(target, act, clock.now()),

    async stepUp(actorId, act, { typed, knownBrowser }, by) {
      const code = normaliseCode(typed)
      if (code.is !== 'code') return { is: 'unreadable', why: code.is }
      return accounts.execute(actorId, (account) => ({
        is: 'step-up',
        act,
        knownBrowser,
        by,
        step: stepOf(account, code.code),
      }))
    },

    spendProof: (actorId, act, proof, by) => accounts.execute(actorId, () => ({ is: 'spend-proof', act, proof, by })),

    async startReset({ id, target, reason, seen, by, account }) {
      const before = account === undefined ? await accounts.get(target.id) : account
      const [link, ended] = await Promise.all([newLink(target.id, 'reset', id), count(target.id, before?.epoch ?? 0)])
      const { status, roles } = target
      const request = { id, reason, status, roles, link, seen, ended, by }
      return accounts.execute(target.id, () => ({ is: 'start-reset', ...request }), { durable: true })
    },

    async resend(accountId, resetId, by) {
      const account = await accounts.get(accountId)
      // A hint is only written for a reset that exists; the record has the last word either way.
      const known = account?.resets.some((reset) => reset.id === resetId && isUnfinished(reset)) ?? false
      const link = known ? await newLink(accountId, 'reset', resetId) : { digest: '', sealed: '' }
      return accounts.execute(accountId, () => ({ is: 'resend', resetId, link, by }), { durable: true })
    },

    async sendAgain({ accountId, ...signIn }, form, by) {
      const { status } = (await options.directory.find(accountId)) ?? gone
      const { factor } = (await accounts.getStored(accountId)) ?? {}
      const link =
        factor?.is === 'reset' ? await newLink(accountId, 'reset', factor.resetId) : { digest: '', sealed: '' }
      return accounts.execute(accountId, () => ({ is: 'send-again', ...signIn, status, link, form, by }), {
        durable: true,
      })
    },

    revoke: (accountId, resetId, freeze, by) =>
      accounts.execute(accountId, () => ({ is: 'revoke', resetId, freeze, by }), { durable: true }),

    endSessions: (accountId, because, by) =>
      accounts.execute(accountId, () => ({ is: 'end-sessions', because, by }), { durable: true }),

    endSignIns: (accountId, by) => accounts.execute(accountId, () => ({ is: 'end-sign-ins', by }), { durable: true }),

    reseal: (accountId) =>
      accounts.execute(accountId, (account) => {
        const reEncrypted = sealsOf(account).flatMap((seal): [string, string][] => {
          const renewed = sealing.renew(seal.sealed, useOfSeal(accountId, seal))
          return renewed === null ? [] : [[seal.sealed, renewed]]
        })
        return { is: 'reseal', seals: new Map(reEncrypted) }
      }),

    adopt(accountId, secret, replace, by) {
      const authenticatorId = newId()
      const sealedSecret = sealing.seal(secret, secretUse(accountId, authenticatorId))
      // Nobody was shown codes: the first sign-in makes a set and shows it.
      const sealedCodes = sealCodes(accountId, authenticatorId, newBackupCodes())
      const ask = () => ({ is: 'adopt', replace, authenticatorId, sealedSecret, sealedCodes, by }) as const
      return accounts.execute(accountId, ask, { durable: true, newcomer: true })
    },
  }
}

/**
 * The stored shape: one versioned document per account. What is derivable (expired, locked, the worth of a link) is no field.
 * No secret is stored in the clear: authenticators and backup codes are sealed, links are digests.
 */
import type { OutboxEntry, EndedClient } from './effect.ts'
import type { Flow, Link } from './link.ts'

/** Raised whenever a field changes its meaning; a record of a newer format is refused, never stripped. */
export const FORMAT = 1

export interface Account {
  readonly format: typeof FORMAT
  readonly id: string
  /**
   * Sign-in generation: epoch seconds of the last change that ended everything proven before it, made to rise.
   * Whatever was proven under another epoch is worth nothing. Compared with `===`, never reused.
   */
  readonly epoch: number
  /**
   * Wall time of the last rise of the epoch, which may itself run ahead of the clock. 0: it never rose.
   * Absent in a record written before this field existed: the epoch stands in for it.
   */
  readonly endedAt?: number
  /**
   * When sessions were ended last, if the epoch did not rise with it: a sign-in whose password was accepted in or before that second and
   * that was no session yet is over as well. Of another epoch it means nothing.
   */
  readonly signInsEnded?: { readonly epoch: number; readonly at: number }
  readonly factor: Factor
  readonly attempts: Attempts
  /** Newest first. */
  readonly resets: readonly Reset[]
  /** Newest first: what became of each mailed link, so that its bearer can be told. */
  readonly links: readonly Link[]
  /** The newest change of the password that came by here; absent: none did. */
  readonly password?: PasswordChange
  /** What this person did to others with their own code, newest first: a retry is recognised, not repeated. */
  readonly acts: readonly Act[]
  readonly outbox: readonly OutboxEntry[]
  /** Numbers the entries of the outbox; with the epoch it makes an id that is never used twice. */
  readonly outboxCount: number
}

export type Factor =
  /** Never enrolled. */
  | { readonly is: 'none' }
  | Active
  /** The old factor is dead; a new one must be set up. */
  | {
      readonly is: 'reset'
      readonly resetId: string
      readonly at: number
      /** Until when signing in with the password leads to the set-up. */
      readonly signInUntil: number
      /** Both doors shut until a new reset. */
      readonly frozen: boolean
      /** As the person's roles were when it started. Absent, in a record of before there were any: strict, since nobody knows. */
      readonly profile?: Profile
      /** A run of wrong codes stood in the record when it started. Absent: none did. */
      readonly afterWrongCodes?: true
    }
  /** The directory knows of a factor, the record is gone. Never stored: only a reset leads out of it. */
  | { readonly is: 'lost' }

export interface Active {
  readonly is: 'active'
  readonly authenticators: readonly [Totp]
  readonly backupCodes: BackupCodes
  readonly enrolledAt: number
  /** The one its set-up raised: as long as it is the record's, nothing has ended what was proven there. */
  readonly epoch: number
  readonly lastUsedAt: number | null
  /** When the newest sign-in was proven whose proof was spent on an act; no older one is good for another. Absent: none was. */
  readonly usedProofAt?: number
  /** Digest of the browser and door that confirmed: their double click sees their own result. */
  readonly binding: string | null
}

export interface Totp {
  readonly kind: 'totp'
  readonly id: string
  readonly sealed: string
  /** The newest time step ever accepted (RFC 6238 §5.2: a code is accepted once). */
  readonly lastStep: number
  /** The form it was accepted from: sending the same form again shows the same result. */
  readonly lastForm: string | null
}

export interface BackupCodes {
  readonly sealed: string
  readonly issuedAt: number
  /** Indexes that were used, in the order of use. */
  readonly used: readonly number[]
  readonly lastForm: string | null
  /** When the person said that they have saved them; null: show a fresh set at the next sign-in. */
  readonly savedAt: number | null
  /** Digest of the browser that was shown this set, as `Active.holder`; null: none was. */
  readonly binding: string | null
}

export interface Attempts {
  /** Wrong codes in a row, authenticator and backup codes together. */
  readonly failures: number
  readonly pausedUntil: number | null
  /** Those of them in browsers that are known for the account, with a pause of their own. Absent: as all. */
  readonly known?: { readonly failures: number; readonly pausedUntil: number | null }
  /** A letter told of one in a browser that was not known. Absent: none did in this run. */
  readonly warned?: true
}

export interface Reset {
  readonly id: string
  /** Account id of the administrator; null: the command line. */
  readonly requestedBy: string | null
  readonly requestedAt: number
  readonly reason: string | null
  /** Of the current link. */
  readonly expiresAt: number
  readonly state: ResetState
  readonly ended: Ended
  readonly mail: MailState
}

export type ResetState =
  | { readonly is: 'sent' }
  | { readonly is: 'opened'; readonly openedAt: number }
  | { readonly is: 'completed'; readonly openedAt: number | null; readonly at: number; readonly via: Flow }
  | { readonly is: 'superseded'; readonly openedAt: number | null; readonly at: number }
  | { readonly is: 'revoked'; readonly openedAt: number | null; readonly at: number }

/** What a set-up after a reset takes: `standard`, the password or the mailed link; `strict`, both of them at either door. */
export type Profile = 'standard' | 'strict'

/** What a reset ended, counted at its swap. */
export interface Ended {
  readonly sessions: number
  readonly grants: number
  readonly backupCodes: number
  readonly clients: readonly EndedClient[]
}

export interface MailState {
  readonly status: 'queued' | 'accepted' | 'failed' | 'withdrawn'
  readonly attempts: number
  readonly acceptedAt: number | null
  readonly lastError: string | null
}

export interface PasswordChange {
  readonly at: number
  /** The one it raised: as long as it is the record's, nothing has ended what came of it. */
  readonly epoch: number
  /** On the strength of what: a mailed link, an invitation, a sign-in, or whatever a host's own page asked for. */
  readonly via: 'link' | 'invitation' | 'sign-in' | 'host'
  /** The form it was chosen in: sending the same form again shows the same result; null: it was none of ours. */
  readonly form: string | null
}

/** What one person does to another with a step-up: resets the second factor, changes the account, invites with roles. */
export const actKinds = ['reset', 'change', 'invite'] as const
export type ActKind = (typeof actKinds)[number]

export interface Act {
  /** Derived from its kind, the actor and their key; of a reset: the reset's id. */
  readonly id: string
  /** A record of before may lack it: such an act matches nothing. */
  readonly does: ActKind
  readonly target: string
  /** Digest of what was asked, so that the same key with another request is noticed. */
  readonly what: string
  readonly at: number
}

export const newAccount = (id: string, now: number): Account => ({
  format: FORMAT,
  id,
  epoch: now,
  endedAt: 0,
  factor: { is: 'none' },
  attempts: { failures: 0, pausedUntil: null },
  resets: [],
  links: [],
  acts: [],
  outbox: [],
  outboxCount: 0,
})

/** Stands in for a missing record. */
export const lostAccount = (id: string): Account => ({ ...newAccount(id, 0), factor: { is: 'lost' } })

export type Reading =
  | { readonly is: 'account'; readonly account: Account }
  | { readonly is: 'damaged' }
  | { readonly is: 'newer'; readonly format: number }

/** The record in a stored text. What cannot be understood is damage; what a newer version wrote is not ours to touch. */
export function readAccount(id: string, text: string): Reading {
  const stored = parse(text)
  if (typeof stored !== 'object' || stored === null) return { is: 'damaged' }
  const account = stored as Account
  if (typeof account.format === 'number' && account.format > FORMAT) return { is: 'newer', format: account.format }
  const whole =
    account.format === FORMAT &&
    account.id === id &&
    isCount(account.epoch) &&
    isCount(account.endedAt ?? 0) &&
    isCount(account.outboxCount) &&
    isWhole(account.factor) &&
    (account.signInsEnded === undefined || isEnd(account.signInsEnded)) &&
    isCount(account.attempts?.failures) &&
    isPause(account.attempts.pausedUntil) &&
    (account.attempts.known === undefined || isWholeRun(account.attempts.known)) &&
    [account.resets, account.links, account.acts, account.outbox].every(Array.isArray)
  return whole ? { is: 'account', account } : { is: 'damaged' }
}

/** A factor with all that decides who gets in: half of one must neither open anything nor keep a reset from repairing it. */
function isWhole(factor: Factor | undefined | null): boolean {
  switch (factor?.is) {
    case 'none':
      return true
    case 'active': {
      const { authenticators, backupCodes: codes, usedProofAt = 0 } = factor
      const totp = Array.isArray(authenticators) ? authenticators[0] : undefined
      return isCount(totp?.lastStep) && isCount(usedProofAt) && Array.isArray(codes?.used) && codes.used.every(isCount)
    }
    case 'reset':
      return isCount(factor.signInUntil) && typeof factor.frozen === 'boolean'
    case 'lost':
    case undefined:
    default:
      return false
  }
}

const isEnd = (ended: Account['signInsEnded'] | null): boolean => isCount(ended?.epoch) && isCount(ended?.at)

const isPause = (pausedUntil: unknown): boolean => pausedUntil === null || isCount(pausedUntil)

const isWholeRun = (run: Attempts['known'] | null): boolean => isCount(run?.failures) && isPause(run?.pausedUntil)

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The world of one account: its record, the time, and values kept from earlier. */
import { totpOf } from '../../../src/core/authenticators.ts'
import type { Account } from '../../../src/core/account.ts'
import { lostAccount, missingAccount, newAccount } from '../../../src/core/newAccount.ts'
import { type Link, purposeOf } from '../../../src/core/link.ts'
import { INVITATION_RENEWAL_SECONDS, PASSWORD_BY_EMAIL_SECONDS, type Rules } from '../../../src/core/rules.ts'
import type { Command } from '../../../src/core/command.ts'
import { NOW, STEP } from '../accountFixture.ts'

export interface World {
  readonly account: Account
  readonly now: number
  readonly kept: Kept
}

/** Values of earlier that an attacker may have kept. */
export interface Kept {
  /** The epoch before the last rise. */
  readonly epoch: number
  /** The newest step ever used, on any authenticator. */
  readonly step: number
  /** Resets and links that led to a set-up. */
  readonly used: readonly string[]
}

/** Limits that are small enough to be reached: 1 wrong code is free, the 2nd pauses, the 3rd locks. */
export const smallRules: Rules = {
  linkLifetimeSeconds: 900,
  signInLifetimeSeconds: 3600,
  invitationLifetimeSeconds: 3600,
  passwordLinkLifetimeSeconds: 3600,
  freeAttempts: 1,
  firstPauseSeconds: 30,
  longestPauseSeconds: 60,
  lockAfter: 3,
  passwordFreeAttempts: 3,
  passwordFirstPauseSeconds: 30,
  passwordLongestPauseSeconds: 60,
  passwordsPerAccount: null,
  passwordsPerNetwork: null,
  passwordLinksPerNetwork: null,
  passwordLinksPerBrowser: null,
  mailsPerHour: null,
  linksPerHour: null,
  actsPerHour: null,
  stepUpMaxAgeSeconds: 60,
  stepUpMinFactorAgeSeconds: 0,
  profile: 'standard',
  strictRoles: ['admin'],
  maxPasskeys: 2,
  passkeyRoles: ['helpdesk'],
}

export const begin = (account: Account): World => ({
  account,
  now: NOW,
  kept: { epoch: account.epoch - 1, step: STEP, used: [] },
})
export const newWorld = begin(newAccount('anna', NOW))
export const lostWorld = begin(lostAccount('anna'))
export const missingWorld = begin(missingAccount('anna', NOW))

/** The world after a command changed its record to `next`. */
export function moved({ account, now, kept }: World, command: Command, next: Account): World {
  const epoch = next.epoch === account.epoch ? kept.epoch : account.epoch
  const step = next.factor.is === 'active' ? Math.max(kept.step, totpOf(next.factor)?.lastStep ?? 0) : kept.step
  const spends = command.is === 'enrol' && next !== account
  const used = spends ? [...kept.used, ...usedBy(account)] : kept.used
  return { account: next, now, kept: { epoch, step, used } }
}

/** What a set-up uses up: the reset that required it, with all its links, or every invitation. */
export function usedBy({ factor, links }: Account): string[] {
  if (factor.is === 'none') return links.filter((link) => purposeOf(link) === 'invitation').map(({ digest }) => digest)
  if (factor.is !== 'reset') return []
  const { resetId } = factor
  return [resetId, ...links.filter((link) => link.resetId === resetId).map(({ digest }) => digest)]
}

/** When a password set by a mailed link starts to count beside the link of a reset. */
export const passwordDeadline = ({ password }: Account): number[] =>
  password?.via === 'link' ? [password.at + PASSWORD_BY_EMAIL_SECONDS] : []

/** Until when an expired invitation has a successor. */
export const renewalDeadline = (link: Link): number[] =>
  purposeOf(link) === 'invitation' && link.state.is === 'live' ? [link.expiresAt + INVITATION_RENEWAL_SECONDS] : []

/** The times at which an answer can change. */
const deadlines = ({ account }: World): number[] => [
  ...[account.attempts.pausedUntil, account.attempts.known?.pausedUntil ?? null].filter((at) => at !== null),
  ...(account.factor.is === 'reset' ? [account.factor.signInUntil] : []),
  ...account.links.flatMap(({ state, expiresAt }) => (state.is === 'live' ? [expiresAt] : [])),
  ...account.links.flatMap(renewalDeadline),
  ...passwordDeadline(account),
]

/** The world at the second of the next deadline; null: there is none. */
export function waited(world: World): World | null {
  const next = Math.min(...deadlines(world).filter((at) => at > world.now))
  return next === Infinity ? null : { ...world, now: next }
}

/** The newest used proof, while its age is valid. */
export const usedProofOf = ({ factor }: Account, now: number): number | null =>
  factor.is === 'active' &&
  factor.usedProofAt !== undefined &&
  now - factor.usedProofAt <= smallRules.stepUpMaxAgeSeconds
    ? factor.usedProofAt
    : null

/** How many resets and links matter, newest first: with an active factor only the newest does. */
export const depthOf = ({ factor }: Account): number => (factor.is === 'active' ? 1 : 2)

/** The form that requested the newest link at a sign-in, while it can be submitted again. */
export const formOfNewest = ({ factor, links: [newest] }: Account): string | null =>
  (factor.is === 'reset' && newest?.form) || null

/** Links to a set-up: of a reset or an invitation. */
export const isOfSetUp = (link: Link): boolean => purposeOf(link) !== 'password'

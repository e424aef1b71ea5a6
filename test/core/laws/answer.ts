/** The subject of the laws: a question with its answer, and helpers for both. */
import { isDeepStrictEqual } from 'node:util'
import { isUnusedImport } from '../../../src/core/authenticator.ts'
import { type Authenticator, type Passkey, passkeysOf, totpOf } from '../../../src/core/authenticators.ts'
import type { Account } from '../../../src/core/account.ts'
import type { Purpose } from '../../../src/core/link.ts'
import { decide } from '../../../src/core/decide.ts'
import { PASSWORD_BY_EMAIL_SECONDS, type Rules } from '../../../src/core/rules.ts'
import type { AuditType, OutboxEntry } from '../../../src/core/effect.ts'
import type { Command } from '../../../src/core/command.ts'
import type { Decision, Event } from '../../../src/core/decision.ts'
import type { Question, World } from '../stateSpace.ts'

export interface Answer extends World, Question {
  readonly decision: Decision
  readonly rules: Rules
  /** The record afterwards; the same one if nothing is saved. */
  readonly after: Account
  /** The event; null: nothing new happened. */
  readonly done: Event['is'] | null
  /** What the change enqueued. Found once for all laws. */
  readonly effects: readonly OutboxEntry[]
}

export function answerTo(world: World, question: Question, rules: Rules): Answer {
  const decision = decide(world.account, question.command, world.now, rules)
  const after = (decision.is === 'repeated' ? undefined : decision.account) ?? world.account
  const done = decision.is === 'done' ? decision.event.is : null
  const { account, now, kept } = world
  const { command, facts, stale } = question
  const effects = newEffects(account, after)
  // Millions of these are made: a spread of the two would take twice as long.
  return { account, now, kept, command, facts, stale, decision, rules, after, done, effects }
}

const noEffects: readonly OutboxEntry[] = []
function newEffects(before: Account, after: Account): readonly OutboxEntry[] {
  if (after.outbox === before.outbox) return noEffects
  return after.outbox.filter((outbox) => !before.outbox.some((entry) => entry.id === outbox.id))
}

export const purposes: readonly Purpose[] = ['reset', 'invitation', 'password']

export type Law = (answer: Answer) => boolean

export const implies = (when: boolean, then: boolean): boolean => !when || then

/** The audit line of each event; events that are missing enqueue nothing. */
export const auditLines: { readonly [K in Event['is']]?: AuditType } = {
  enrolled: 'two_factor.enrolled',
  replaced: 'two_factor.replaced',
  'set-up-corrected': 'two_factor.enrolled',
  'authenticator-added': 'two_factor.authenticator_added',
  'authenticator-removed': 'two_factor.authenticator_removed',
  'authenticator-renamed': 'two_factor.authenticator_renamed',
  adopted: 'two_factor.adopted',
  'account-deleted': 'account.deleted',
  'backup-code-accepted': 'two_factor.backup_code_used',
  'codes-renewed': 'two_factor.backup_codes_renewed',
  'reset-started': 'two_factor.reset.started',
  invited: 'account.invited',
  'link-opened': 'two_factor.reset.opened',
  'link-resent': 'two_factor.reset.resent',
  'reset-revoked': 'two_factor.reset.revoked',
  'sessions-ended': 'session.ended',
  'sign-ins-ended': 'session.ended',
  'password-link-sent': 'account.password_link_sent',
  'password-changed': 'account.password_changed',
  'email-changed': 'account.email_changed',
  'change-noted': 'account.changed',
  restored: 'account.restored',
}

/** Only its time is stored, which prevents its replacement for a while. */
export const isPasswordLinkOpened = ({ account, command, done }: Answer): boolean =>
  done === 'link-opened' &&
  command.is === 'open-link' &&
  account.links.some((link) => link.digest === command.digest && link.purpose === 'password')

/** Whether the event raises the epoch: an import does where it replaces what this record judged. */
export const isRaising = (answer: Answer): boolean =>
  answer.done === 'adopted' ? !isFirstImport(answer) : raising.has(answer.done)

/** Into a record without a factor, or over an import that was never used. */
export const isFirstImport = ({ account: { factor }, command }: Answer): boolean =>
  command.is === 'adopt' &&
  (factor.is === 'none' ||
    (factor.is === 'lost' && factor.missing === true) ||
    (command.mode === 'refresh' && isUnusedImport(factor)))

const raising = new Set<Event['is'] | null>([
  'reset-started',
  'enrolled',
  'replaced',
  'authenticator-removed',
  'sessions-ended',
  'password-changed',
  'email-changed',
  'account-deleted',
  'restored',
])
/** Commands that judge a proof of a stored secret. */
export const ofCodes = new Set<Command['is']>(['prove-code', 'use-backup-code', 'step-up', 'spend-proof'])

export const auditTypes = ({ effects }: Answer): string[] =>
  effects.flatMap((outbox) => (outbox.is === 'audit' ? [outbox.line.type] : []))

export const noticesOfWrongCodes = ({ effects }: Answer): string[] =>
  effects.flatMap((outbox) =>
    outbox.is === 'notice' && outbox.notice.is === 'wrong-codes' ? [outbox.notice.where] : [],
  )

/** A mailed link has set the password too recently for it to count beside another one. */
export const isPasswordOfEmail = ({ password }: Account, now: number): boolean =>
  password?.via === 'link' && now < password.at + PASSWORD_BY_EMAIL_SECONDS

export const lastStepOf = ({ factor }: Account): number | null =>
  factor.is === 'active' ? (totpOf(factor)?.lastStep ?? null) : null

export const passkeysIn = ({ factor }: Account): Passkey[] => (factor.is === 'active' ? passkeysOf(factor) : [])
export const numberIn = ({ passkeyNumber = 0 }: Account): number => passkeyNumber

/** A step-up or a use of a sign-in's proof by a passkey, which the budget of codes does not limit. */
export const isByPasskey = (command: Command): boolean =>
  (command.is === 'step-up' && command.passkey !== undefined) ||
  (command.is === 'spend-proof' && command.proof.by === 'passkey')

/** The same app, or none before and after. */
export const sameApp = ({ account, after }: Answer): boolean =>
  account.factor.is === 'active' &&
  after.factor.is === 'active' &&
  totpOf(account.factor)?.id === totpOf(after.factor)?.id

export const sameAuthenticators = ({ account, after }: Answer): boolean =>
  account.factor.is === 'active' &&
  after.factor.is === 'active' &&
  isDeepStrictEqual(account.factor.authenticators.map(identity), after.factor.authenticators.map(identity))

const identity = (item: Authenticator): string[] => [item.id, item.kind === 'passkey' ? item.credential : '']

/**
 * The store was restored from a backup, so that this record is older than what happened: it must not bring back what was ended since.
 * Everything proven before is void, every mailed link is cancelled, and what the audit says was replaced after the backup ends again.
 */
import type { Account, Active, Reset } from './account.ts'
import type { CommandOf } from './command.ts'
import { type Decision, done, refused } from './decision.ts'
import type { Effect } from './effect.ts'
import { superseded, supersededLines, withoutLinks } from './links.ts'
import { audit, withdrawDeadMail } from './outbox.ts'
import { decidedNow } from './proofs.ts'
import { backupCodesState, codesRemaining, endedFactor } from './questions.ts'
import { KEPT_RESETS, RESTORED_EPOCH_DISTANCE, type Rules } from './rules.ts'

export function restore(account: Account, command: CommandOf<'restore'>, now: number, rules: Rules): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  if (account.restored === command.id) return { is: 'repeated', event: { is: 'restored' } }
  const epoch = Math.max(account.epoch + 1, now + RESTORED_EPOCH_DISTANCE)
  const current = withoutLinks({ ...account, epoch, endedAt: now, restored: command.id }, now)
  const next = command.factor
    ? withoutFactor(current, command, now, rules)
    : { account: command.codes ? withoutCodes(current) : current, effects: [] }
  const parts = [...(command.factor ? ['second factor'] : []), ...(command.codes ? ['backup codes'] : [])]
  const isOther =
    next.account.factor.is !== account.factor.is || backupCodesState(next.account) !== backupCodesState(account)
  return done(next.account, { is: 'restored' }, now, [
    audit('account.restored', command.by, { reason: ['sessions', ...parts].join(', ') }),
    ...next.effects,
    { is: 'purge', epoch, resetId: null, because: 'asked' },
    ...(isOther ? [{ is: 'tell-directory', enrolledAt: null } as const] : []),
  ])
}

/** No set-up is possible until a new reset: a link that was mailed after the backup is not known here. */
function withoutFactor(
  account: Account,
  { id, roles, by }: CommandOf<'restore'>,
  now: number,
  rules: Rules,
): { readonly account: Account; readonly effects: readonly Effect[] } {
  const frozen: Reset = {
    id,
    requestedBy: null,
    requestedAt: now,
    reason: null,
    expiresAt: now,
    state: { is: 'revoked', openedAt: null, at: now },
    ended: { sessions: 0, grants: 0, ...endedFactor(account), clients: [] },
    mail: { status: 'withdrawn', attempts: 0, acceptedAt: null, lastError: null },
  }
  const { factor } = account
  if (factor.is === 'reset' && factor.frozen) return { account, effects: [] }
  const signInUntil = now + rules.signInLifetimeSeconds
  const { profile, afterWrongCodes } = factor.is === 'reset' ? factor : decidedNow(account, roles, rules)
  const decided = { ...(profile && { profile }), ...(afterWrongCodes && { afterWrongCodes }) }
  const next = withdrawDeadMail({
    ...account,
    factor: { is: 'reset', resetId: id, at: now, signInUntil, frozen: true, ...decided },
    resets: [frozen, ...account.resets.map((item) => superseded(item, now))].slice(0, KEPT_RESETS),
  })
  return { account: next, effects: supersededLines(account.resets, by) }
}

/** Each counts as used, and as not saved, so that the next sign-in shows a fresh set. */
function withoutCodes(account: Account): Account {
  if (account.factor.is !== 'active') return account
  const used = Array.from({ length: codesRemaining({ ...account, factor: unused(account.factor) }) }, (_, n) => n)
  const backupCodes = { ...account.factor.backupCodes, used, lastForm: null, savedAt: null, binding: null }
  return { ...account, factor: { ...account.factor, backupCodes } }
}

const unused = (factor: Active): Active => ({ ...factor, backupCodes: { ...factor.backupCodes, used: [] } })

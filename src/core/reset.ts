/**
 * A reset: the swap that starts it makes the old factor void. Set-up by link or at the sign-in fulfils the same obligation.
 *
 *   sent ──Continue on the link──▶ opened ──confirmation in either flow──▶ completed
 *   superseded: a newer reset · revoked: the link is cancelled, the obligation stays · expired: computed, a resend revives it
 */
import type { Account, Reset } from './account.ts'
import { type Link, purposeOf } from './link.ts'
import { disabledRefusal } from './authority.ts'
import { noAttempts } from './attempts.ts'
import { refused, done, type Decision } from './decision.ts'
import { nextEpoch } from './authenticator.ts'
import {
  ended,
  linkEmailEffect,
  newLink,
  openedAt,
  superseded,
  tooManyRequests,
  tooManyLinks,
  withNewest,
  supersededLines,
  withoutLinks,
} from './links.ts'
import { audit, withdrawDeadMail, withoutPassword } from './outbox.ts'
import { decidedNow, proofsOfReset, proofsRefusal } from './proofs.ts'
import { endedFactor, flowClosed, isSignInOver, isUnfinished, linkOf, linkRefusal } from './questions.ts'
import { KEPT_CLIENTS, KEPT_RESETS, type Rules } from './rules.ts'
import type { CommandOf } from './command.ts'
import type { Effect } from './effect.ts'
import type { Refusal } from './refusal.ts'

const queued = { status: 'queued', attempts: 0, acceptedAt: null, lastError: null } as const

/** Why this account cannot be reset now, regardless of the actor. */
export function mayNotStart(
  account: Account,
  command: Pick<CommandOf<'start-reset'>, 'status' | 'roles' | 'seen'>,
  now: number,
  rules: Rules,
): Refusal | null {
  const disabled = disabledRefusal(command.status)
  if (disabled) return disabled
  if (command.status === 'pending' || account.factor.is === 'none') return { is: 'setup-incomplete' }
  const newest = account.resets[0]
  if (command.seen !== undefined && newest && newest.id !== command.seen)
    return { is: 'superseded-meanwhile', resetId: newest.id, by: newest.requestedBy, at: newest.requestedAt }
  // A reset that could not be completed is refused before a code is consumed and the factor is void.
  return proofsRefusal(proofsOfReset(account, command.roles, rules, now)) ?? tooManyLinks(account, 'reset', now, rules)
}

export function startReset(account: Account, command: CommandOf<'start-reset'>, now: number, rules: Rules): Decision {
  if (account.resets.some((reset) => reset.id === command.id))
    return { is: 'repeated', event: { is: 'reset-started', resetId: command.id } }
  const refusal = mayNotStart(account, command, now, rules)
  if (refusal) return refused(refusal)

  const { epoch, endedAt } = nextEpoch(account, now)
  const link = newLink({ ...command, purpose: 'reset', lifetimeSeconds: rules.linkLifetimeSeconds }, now)
  const reset: Reset = {
    id: command.id,
    requestedBy: command.by.actor,
    requestedAt: now,
    reason: command.reason,
    expiresAt: link.expiresAt,
    state: { is: 'sent' },
    ended: { ...command.ended, ...endedFactor(account) },
    mail: queued,
  }
  const signInUntil = now + rules.signInLifetimeSeconds
  const decided = decidedNow(account, command.roles, rules)
  const next = withdrawDeadMail({
    ...account,
    epoch,
    endedAt,
    attempts: noAttempts,
    factor: { is: 'reset', resetId: reset.id, at: now, signInUntil, frozen: false, ...decided },
    resets: withShortReceipts([reset, ...account.resets.map((item) => superseded(item, now))].slice(0, KEPT_RESETS)),
    // Together with the new link in the same mailbox, an earlier password link would open the account.
    links: withNewest(link, ended(account.links, 'cancelled', now, 'password'), now),
  })
  return done(next, { is: 'reset-started', resetId: reset.id }, now, [
    audit('two_factor.reset.started', command.by, { reason: command.reason }),
    ...supersededLines(account.resets, command.by),
    linkEmailEffect(link, command.link),
    { is: 'purge', epoch, resetId: reset.id, because: 'reset' },
    ...(account.factor.is === 'reset' ? [] : [{ is: 'tell-directory', enrolledAt: null } as const]),
  ])
}

export function openLink(account: Account, command: CommandOf<'open-link'>, now: number): Decision {
  const link = linkOf(account, command.digest, 'reset', 'invitation', 'password')
  const refusal = linkRefusal(link, account, now)
  if (refusal) return refused(refusal)
  if (link?.purpose === 'password' && link.openedAt === undefined) {
    const links = account.links.map((item) => (item === link ? { ...item, openedAt: now } : item))
    return done({ ...account, links }, { is: 'link-opened', resetId: link.resetId }, now, [])
  }
  // Opening an invitation, or any link a second time, changes nothing.
  if (link && purposeOf(link) !== 'reset')
    return { is: 'repeated', event: { is: 'link-opened', resetId: link.resetId } }
  const reset = account.resets.find((item) => item.id === link?.resetId)
  if (!reset) return refused({ is: 'link-unknown' })
  const event = { is: 'link-opened', resetId: reset.id } as const
  if (reset.state.is === 'opened') return { is: 'repeated', event }
  return done(withReset(account, { ...reset, state: { is: 'opened', openedAt: now } }), event, now, [
    audit('two_factor.reset.opened', command.by, { reason: reset.id }),
  ])
}

export function resend(account: Account, command: CommandOf<'resend'>, now: number, rules: Rules): Decision {
  const reset = account.resets.find((item) => item.id === command.resetId)
  if (!reset) return refused({ is: 'reset-not-found' })
  if (!isUnfinished(reset) || account.factor.is !== 'reset') return refused({ is: 'reset-finished' })
  const signInUntil = Math.max(account.factor.signInUntil, now + rules.signInLifetimeSeconds)
  return sentAgain({ account: { ...account, factor: { ...account.factor, signInUntil } }, reset }, command, now, rules)
}

/**
 * Requested with the password, at a sign-in that requires the link as well: the email goes to the address on file and extends no time.
 * After an administrator cancelled the link, only a new reset sends another one.
 */
export function sendAgain(account: Account, command: CommandOf<'send-again'>, now: number, rules: Rules): Decision {
  const { factor } = account
  const shut = disabledRefusal(command.status) ?? flowClosed(account, now)
  if (shut) return refused(shut)
  if (isSignInOver(account, command)) return refused({ is: 'sign-in-over' })
  const reset = account.resets.find((item) => factor.is === 'reset' && item.id === factor.resetId)
  if (!reset || !isUnfinished(reset)) return refused({ is: 'reset-finished' })
  if (account.links.some(({ form }) => form === command.form))
    return { is: 'repeated', event: { is: 'link-resent', resetId: reset.id } }
  return sentAgain({ account, reset }, command, now, rules)
}

/** A new link with its own lifetime replaces the former one and its email. */
export function sentAgain(
  { account, reset }: { readonly account: Account; readonly reset: Reset },
  command: CommandOf<'resend' | 'renew-link' | 'send-again'>,
  now: number,
  rules: Rules,
): Decision {
  const isOwn = command.is === 'send-again'
  const tooMany = isOwn ? tooManyRequests(account, now, rules) : tooManyLinks(account, 'reset', now, rules)
  if (tooMany) return refused(tooMany)
  const link: Link = {
    ...newLink({ id: reset.id, link: command.link, purpose: 'reset', lifetimeSeconds: rules.linkLifetimeSeconds }, now),
    ...(isOwn ? { form: command.form } : {}),
  }
  const links = withNewest(link, account.links, now)
  const withoutOldEmail = account.outbox.filter(({ is }) => is !== 'reset-mail')
  const fresh: Reset = { ...reset, expiresAt: link.expiresAt, state: { is: 'sent' }, mail: queued }
  return done(
    { ...withReset(account, fresh), links, outbox: withoutOldEmail },
    { is: 'link-resent', resetId: reset.id },
    now,
    [audit('two_factor.reset.resent', command.by, { reason: reset.id }), linkEmailEffect(link, command.link)],
  )
}

export function revoke(account: Account, command: CommandOf<'revoke'>, now: number): Decision {
  const reset = account.resets.find((item) => item.id === command.resetId)
  if (!reset) return refused({ is: 'reset-not-found' })
  if (!isUnfinished(reset) || account.factor.is !== 'reset') return refused({ is: 'reset-finished' })
  const next = withdrawDeadMail({
    ...withReset(account, { ...reset, state: { is: 'revoked', openedAt: openedAt(reset), at: now } }),
    factor: { ...account.factor, frozen: account.factor.frozen || command.freeze },
    links: ended(account.links, 'cancelled', now, 'reset'),
  })
  return done(next, { is: 'reset-revoked', resetId: reset.id }, now, [
    audit('two_factor.reset.revoked', command.by, { reason: command.freeze ? 'frozen' : null }),
  ])
}

/** Ends sign-ins that have no session yet, when sessions are ended: no list shows whose they are. */
export function endSignIns(account: Account, command: CommandOf<'end-sign-ins'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const at = Math.max(now, account.signInsEnded?.at ?? 0)
  const next: Account = { ...account, signInsEnded: { epoch: account.epoch, at } }
  return done(next, { is: 'sign-ins-ended' }, now, [audit('session.ended', command.by, { reason: 'asked' })])
}

/** Ends everything proven before; the factor does not change. */
export function endSessions(account: Account, command: CommandOf<'end-sessions'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const { epoch, endedAt } = nextEpoch(account, now)
  // The outbox stays, and so does the obligation to enrol: its flows compare the new epoch from now on.
  const effects: Effect[] = [
    audit('session.ended', command.by, { reason: command.because }),
    { is: 'purge', epoch, resetId: null, because: command.because },
  ]
  const event = { is: 'sessions-ended' } as const
  switch (command.because) {
    case 'asked':
      return done({ ...account, epoch, endedAt }, event, now, effects)
    case 'password-changed': {
      // Changed at a host's own page: a password link is cancelled as if it had been changed here.
      const links = ended(account.links, 'cancelled', now, 'password')
      const password = { at: now, epoch, via: 'host', form: null } as const
      const outbox = withoutPassword(account.outbox)
      return done(withdrawDeadMail({ ...account, epoch, endedAt, links, password, outbox }), event, now, effects)
    }
    case 'disabled':
      return done({ ...withoutLinks(account, now), epoch, endedAt }, event, now, [
        audit('account.disabled', command.by),
        ...effects,
      ])
  }
}

const withReset = (account: Account, reset: Reset): Account => ({
  ...account,
  resets: account.resets.map((item) => (item.id === reset.id ? reset : item)),
})

/** Bounds the list of clients, the only part of a receipt without a fixed size. */
function withShortReceipts(resets: readonly Reset[]): Reset[] {
  let room = KEPT_CLIENTS
  return resets.map((reset) => {
    const clients = reset.ended.clients.slice(0, room)
    room -= clients.length
    return { ...reset, ended: { ...reset.ended, clients } }
  })
}

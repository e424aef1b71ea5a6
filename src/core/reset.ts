/**
 * A reset: the old factor dies in the swap that starts it; two doors lead to the same obligation.
 *
 *   sent ──Continue on the link──▶ opened ──confirm at either door──▶ completed
 *   superseded: a newer reset · revoked: the link dies, the obligation stays · expired: a comparison, a resend revives it
 */
import type { Account, Link, Reset } from './account.ts'
import { noAttempts } from './attempts.ts'
import { refused, risen } from './authenticator.ts'
import {
  killed,
  mailDebt,
  newLink,
  openedAt,
  superseded,
  supersededLines,
  tooManyAsked,
  tooManyLinks,
  withNewest,
  withoutLinks,
} from './lives.ts'
import { audit, done, withdrawDeadMail, withoutPassword } from './outbox.ts'
import { decidedNow, proofsOfReset, proofsRefusal } from './proofs.ts'
import { codesRemaining, doorShut, isSignInOver, isUnfinished, linkOf, linkRefusal, purposeOf } from './questions.ts'
import { KEPT_CLIENTS, KEPT_RESETS, type Rules } from './rules.ts'
import type { Command, Debt, Decision, Refusal } from './vocabulary.ts'

type Asked<K extends Command['is']> = Extract<Command, { is: K }>

const queued = { status: 'queued', attempts: 0, acceptedAt: null, lastError: null } as const

/** Why this account cannot be reset now, apart from who asks. */
export function mayNotStart(
  account: Account,
  asked: Pick<Asked<'start-reset'>, 'status' | 'roles' | 'seen'>,
  now: number,
  rules: Rules,
): Refusal | null {
  if (asked.status === 'disabled') return { is: 'account-disabled' }
  if (asked.status === 'pending' || account.factor.is === 'none') return { is: 'setup-incomplete' }
  const newest = account.resets[0]
  if (asked.seen !== undefined && newest && newest.id !== asked.seen)
    return { is: 'superseded-meanwhile', resetId: newest.id, by: newest.requestedBy, at: newest.requestedAt }
  // Nothing could complete it: refused before a code is spent and the factor is dead.
  return proofsRefusal(proofsOfReset(account, asked.roles, rules, now)) ?? tooManyLinks(account, 'reset', now, rules)
}

export function startReset(account: Account, asked: Asked<'start-reset'>, now: number, rules: Rules): Decision {
  if (account.resets.some((reset) => reset.id === asked.id))
    return { is: 'repeated', event: { is: 'reset-started', resetId: asked.id } }
  const no = mayNotStart(account, asked, now, rules)
  if (no) return refused(no)

  const { epoch, endedAt } = risen(account, now)
  const link = newLink(asked.id, asked.link, now, rules.linkLifetimeSeconds)
  const reset: Reset = {
    id: asked.id,
    requestedBy: asked.by.actor,
    requestedAt: now,
    reason: asked.reason,
    expiresAt: link.expiresAt,
    life: { is: 'sent' },
    ended: { ...asked.ended, backupCodes: codesRemaining(account) },
    mail: queued,
  }
  const signInUntil = now + rules.signInLifetimeSeconds
  const decided = decidedNow(account, asked.roles, rules)
  const next = withdrawDeadMail({
    ...account,
    epoch,
    endedAt,
    attempts: noAttempts,
    factor: { is: 'reset', resetId: reset.id, at: now, signInUntil, frozen: false, ...decided },
    resets: withShortReceipts([reset, ...account.resets.map((one) => superseded(one, now))].slice(0, KEPT_RESETS)),
    // Asked for before: with the new link in the same mailbox it would open the account.
    links: withNewest(link, killed(account.links, 'cancelled', now, 'password'), now),
  })
  return done(next, { is: 'reset-started', resetId: reset.id }, now, [
    audit('two_factor.reset.started', asked.by, { reason: asked.reason }),
    ...supersededLines(account.resets, asked.by),
    mailDebt(link, asked.link),
    { is: 'purge', epoch, resetId: reset.id },
    ...(account.factor.is === 'reset' ? [] : [{ is: 'tell-directory', enrolledAt: null } as const]),
  ])
}

export function openLink(account: Account, asked: Asked<'open-link'>, now: number): Decision {
  const link = linkOf(account, asked.digest, 'reset', 'invitation', 'password')
  const no = linkRefusal(link, account, now)
  if (no) return refused(no)
  if (link?.purpose === 'password' && link.openedAt === undefined) {
    const links = account.links.map((one) => (one === link ? { ...one, openedAt: now } : one))
    return done({ ...account, links }, { is: 'link-opened', resetId: link.resetId }, now, [])
  }
  // Nothing to note: opening an invitation makes no difference, nor does opening a link again.
  if (link && purposeOf(link) !== 'reset')
    return { is: 'repeated', event: { is: 'link-opened', resetId: link.resetId } }
  const reset = account.resets.find((one) => one.id === link?.resetId)
  if (!reset) return refused({ is: 'link-unknown' })
  const event = { is: 'link-opened', resetId: reset.id } as const
  if (reset.life.is === 'opened') return { is: 'repeated', event }
  return done(withReset(account, { ...reset, life: { is: 'opened', openedAt: now } }), event, now, [
    audit('two_factor.reset.opened', asked.by, { reason: reset.id }),
  ])
}

export function resend(account: Account, asked: Asked<'resend'>, now: number, rules: Rules): Decision {
  const reset = account.resets.find((one) => one.id === asked.resetId)
  if (!reset) return refused({ is: 'reset-not-found' })
  if (!isUnfinished(reset) || account.factor.is !== 'reset') return refused({ is: 'reset-finished' })
  const signInUntil = Math.max(account.factor.signInUntil, now + rules.signInLifetimeSeconds)
  return sentAgain({ ...account, factor: { ...account.factor, signInUntil } }, reset, asked, now, rules)
}

/**
 * An expired link is good for one thing, once: its own successor, to the address on file. It asks for no more than its reset still
 * allows at the other door, and opens neither for longer; a letter found years later is a letter.
 */
export function renewLink(account: Account, asked: Asked<'renew-link'>, now: number, rules: Rules): Decision {
  const link = linkOf(account, asked.digest, 'reset')
  const no = linkRefusal(link, account, now) ?? { is: 'link-unknown' as const }
  if (no.is !== 'link-expired') return refused(no)
  const reset = account.resets.find((one) => one.id === link?.resetId)
  const shut = doorShut(account, now)
  if (!reset || !isUnfinished(reset) || shut) return refused(shut ?? { is: 'reset-finished' })
  return sentAgain(account, reset, asked, now, rules)
}

/**
 * Asked for on the strength of the password, at a sign-in that waits for the link: its letter goes to the address on file and opens no
 * door for longer. A link that an administrator cancelled has no successor but a new reset's.
 */
export function sendAgain(account: Account, asked: Asked<'send-again'>, now: number, rules: Rules): Decision {
  const { factor } = account
  const shut = doorShut(account, now)
  if (shut) return refused(shut)
  if (isSignInOver(account, asked)) return refused({ is: 'sign-in-over' })
  const reset = account.resets.find((one) => factor.is === 'reset' && one.id === factor.resetId)
  if (!reset || !isUnfinished(reset)) return refused({ is: 'reset-finished' })
  if (account.links.some(({ form }) => form === asked.form))
    return { is: 'repeated', event: { is: 'link-resent', resetId: reset.id } }
  return sentAgain(account, reset, asked, now, rules)
}

/** A fresh link with a life of its own in place of the one there was, and of its letter. */
function sentAgain(
  account: Account,
  reset: Reset,
  asked: Asked<'resend' | 'renew-link' | 'send-again'>,
  now: number,
  rules: Rules,
): Decision {
  const isOwn = asked.is === 'send-again'
  const tooMany = isOwn ? tooManyAsked(account, now, rules) : tooManyLinks(account, 'reset', now, rules)
  if (tooMany) return refused(tooMany)
  const link: Link = {
    ...newLink(reset.id, asked.link, now, rules.linkLifetimeSeconds),
    ...(isOwn ? { form: asked.form } : {}),
  }
  const links = withNewest(link, account.links, now)
  const withoutOldLetter = account.owed.filter((owed) => owed.is !== 'reset-mail')
  const fresh: Reset = { ...reset, expiresAt: link.expiresAt, life: { is: 'sent' }, mail: queued }
  return done(
    { ...withReset(account, fresh), links, owed: withoutOldLetter },
    { is: 'link-resent', resetId: reset.id },
    now,
    [audit('two_factor.reset.resent', asked.by, { reason: reset.id }), mailDebt(link, asked.link)],
  )
}

export function revoke(account: Account, asked: Asked<'revoke'>, now: number): Decision {
  const reset = account.resets.find((one) => one.id === asked.resetId)
  if (!reset) return refused({ is: 'reset-not-found' })
  if (!isUnfinished(reset) || account.factor.is !== 'reset') return refused({ is: 'reset-finished' })
  const next = withdrawDeadMail({
    ...withReset(account, { ...reset, life: { is: 'revoked', openedAt: openedAt(reset), at: now } }),
    factor: { ...account.factor, frozen: account.factor.frozen || asked.freeze },
    links: killed(account.links, 'cancelled', now, 'reset'),
  })
  return done(next, { is: 'reset-revoked', resetId: reset.id }, now, [
    audit('two_factor.reset.revoked', asked.by, { reason: asked.freeze ? 'frozen' : null }),
  ])
}

/** One session ended, or all but one: sign-ins that are no session yet end with it, since no list shows whose they are. */
export function endSignIns(account: Account, asked: Asked<'end-sign-ins'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const at = Math.max(now, account.signInsEnded?.at ?? 0)
  const next: Account = { ...account, signInsEnded: { epoch: account.epoch, at } }
  return done(next, { is: 'sign-ins-ended' }, now, [audit('session.ended', asked.by, { reason: 'asked' })])
}

/** Everything proven before ends; the factor itself stays. */
export function endSessions(account: Account, asked: Asked<'end-sessions'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const { epoch, endedAt } = risen(account, now)
  // What is owed stays owed, and an obligation to enrol outlives the rise: its doors compare the new epoch from now on.
  const debts: Debt[] = [
    audit('session.ended', asked.by, { reason: asked.because }),
    { is: 'purge', epoch, resetId: null },
  ]
  const event = { is: 'sessions-ended' } as const
  switch (asked.because) {
    case 'asked':
      return done({ ...account, epoch, endedAt }, event, now, debts)
    case 'password-changed': {
      // At a host's own page: a link to yet another password is as dead as if it had been changed here.
      const links = killed(account.links, 'cancelled', now, 'password')
      const password = { at: now, epoch, via: 'host', form: null } as const
      const owed = withoutPassword(account.owed)
      return done(withdrawDeadMail({ ...account, epoch, endedAt, links, password, owed }), event, now, debts)
    }
    case 'disabled':
      return done({ ...withoutLinks(account, now), epoch, endedAt }, event, now, [
        audit('account.disabled', asked.by),
        ...debts,
      ])
  }
}

const withReset = (account: Account, reset: Reset): Account => ({
  ...account,
  resets: account.resets.map((one) => (one.id === reset.id ? reset : one)),
})

/** Receipts could be the longest part of a record. */
function withShortReceipts(resets: readonly Reset[]): Reset[] {
  let room = KEPT_CLIENTS
  return resets.map((reset) => {
    const clients = reset.ended.clients.slice(0, room)
    room -= clients.length
    return { ...reset, ended: { ...reset.ended, clients } }
  })
}

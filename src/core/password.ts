/**
 * Forgotten and changed passwords. The directory stores them; the core decides who may set one, and what that ends. The second factor
 * does not change, nor does a reset or its link.
 */
import type { Account } from './account.ts'
import { refused, done, type Decision } from './decision.ts'
import { disabledRefusal } from './authority.ts'
import { nextEpoch } from './authenticator.ts'
import { ended, linkEmailEffect, newLink, openedRefusal, tooManyLinks, withNewest } from './links.ts'
import { audit, ownNotice, withdrawDeadMail, withoutPassword } from './outbox.ts'
import { isSignInOver, linkOf, linkRefusal } from './questions.ts'
import { MAILBOX_REST_SECONDS, type Rules } from './rules.ts'
import type { PasswordRight, CommandOf } from './command.ts'
import type { Refusal } from './refusal.ts'
import { verifyEmail } from './emailVerification.ts'

/** Why no email with a password link is sent now. */
export function mayNotSendLink(
  account: Account,
  { status }: Pick<CommandOf<'send-password-link'>, 'status'>,
  now: number,
  rules: Rules,
): Refusal | null {
  const disabled = disabledRefusal(status)
  if (disabled) return disabled
  if (status === 'pending') return { is: 'setup-incomplete' }
  return mailboxRefusal(account, now) ?? openedRefusal(account, now) ?? tooManyLinks(account, 'password', now, rules)
}

/** Public: a person may request this for any account. The only effect is a limited number of emails to the address on file. */
export function sendPasswordLink(
  account: Account,
  command: CommandOf<'send-password-link'>,
  now: number,
  rules: Rules,
): Decision {
  const refusal = mayNotSendLink(account, command, now, rules)
  if (refusal) return refused(refusal)
  const link = newLink({ ...command, purpose: 'password', lifetimeSeconds: rules.passwordLinkLifetimeSeconds }, now)
  const next = withdrawDeadMail({ ...account, links: withNewest(link, account.links, now) })
  return done(next, { is: 'password-link-sent', id: command.id }, now, [
    audit('account.password_link_sent', command.by),
    linkEmailEffect(link, command.link),
  ])
}

/**
 * A mailbox must not prove both factors. While the second factor must be set up again, and for some time after a mailed link did so, no
 * password link is sent.
 */
function mailboxRefusal({ factor, resets }: Account, now: number): Refusal | null {
  if (factor.is === 'lost') return { is: 'record-lost' }
  if (factor.is === 'reset') return factor.frozen ? { is: 'set-up-frozen' } : { is: 'mailbox-used', until: null }
  const usedAt = resets.map(({ state }) => (state.is === 'completed' && state.via === 'link' ? state.at : -Infinity))
  const until = Math.max(...usedAt, -Infinity) + MAILBOX_REST_SECONDS
  return now < until ? { is: 'mailbox-used', until } : null
}

/**
 * The swap is the change: it uses the link, ends every sign-in and enqueues the new password for the directory. Until the directory has
 * it the old one still matches there; a sign-in with a password older than the record is refused.
 */
export function changePassword(account: Account, command: CommandOf<'change-password'>, now: number): Decision {
  const { password } = account
  if (password?.form === command.form && password.epoch === account.epoch)
    return { is: 'repeated', event: { is: 'password-changed', at: password.at } }
  const refusal = rightRefusal(account, command.right, now)
  if (refusal) return refused(refusal)
  const { epoch, endedAt } = nextEpoch(account, now)
  const link = command.right.is === 'link' ? command.right.digest : null
  const next: Account = {
    ...account,
    epoch,
    endedAt,
    password: { at: now, epoch, via: command.right.is, form: command.form },
    links: ended(account.links, command.right.is === 'link' ? 'used' : 'cancelled', now, 'password'),
    outbox: withoutPassword(account.outbox),
  }
  return done(withdrawDeadMail(next), { is: 'password-changed', at: now }, now, [
    audit('account.password_changed', command.by, { reason: command.right.is }),
    { is: 'set-password', sealedPassword: command.sealedPassword, epoch },
    { is: 'purge', epoch, resetId: null, because: 'password-changed' },
    ownNotice({ is: 'password-changed' }, command.by),
    ...verifyEmail(account, { ...command, link }, now, 'password'),
  ])
}

function rightRefusal(account: Account, right: PasswordRight, now: number): Refusal | null {
  if (account.factor.is === 'lost') return { is: 'record-lost' }
  if (right.is === 'restore') return null
  if (right.is === 'link') return linkRefusal(linkOf(account, right.digest, 'password'), account, now)
  // A sign-in is not complete before the required set-up.
  return isSignInOver(account, right) || account.factor.is === 'reset' ? { is: 'sign-in-over' } : null
}

/**
 * Forgotten and changed passwords. The directory keeps them; what is decided here is who may set one, and what it ends. The second
 * factor stays as it is, a reset and its link too.
 */
import type { Account } from './account.ts'
import { refused, risen } from './authenticator.ts'
import { killed, mailDebt, newLink, tooManyLinks, withNewest } from './lives.ts'
import { audit, done, withdrawDeadMail } from './outbox.ts'
import { linkOf, linkRefusal } from './questions.ts'
import { PASSWORD_LINK_SECONDS, type Rules } from './rules.ts'
import type { Command, Decision, PasswordRight, Refusal } from './vocabulary.ts'

type Asked<K extends Command['is']> = Extract<Command, { is: K }>

/** Anybody may ask for anybody: what it does is to send a letter to the address on record, and of those only so many. */
export function sendPasswordLink(
  account: Account,
  asked: Asked<'send-password-link'>,
  now: number,
  rules: Rules,
): Decision {
  const { factor } = account
  if (factor.is === 'lost') return refused({ is: 'record-lost' })
  if (asked.status === 'disabled') return refused({ is: 'account-disabled' })
  if (asked.status === 'pending') return refused({ is: 'setup-incomplete' })
  if (factor.is === 'reset' && factor.frozen) return refused({ is: 'door-frozen' })
  const tooMany = tooManyLinks(account, 'password', now, rules)
  if (tooMany) return refused(tooMany)
  const link = newLink(asked.id, asked.link, now, PASSWORD_LINK_SECONDS, 'password')
  const next = withdrawDeadMail({ ...account, links: withNewest(link, account.links, now) })
  return done(next, { is: 'password-link-sent', id: asked.id }, now, [
    audit('account.password_link_sent', asked.by),
    mailDebt(link, asked.link),
  ])
}

/**
 * The swap is the change: it spends the link, ends every sign-in and owes the directory the new password. Until that is paid the old
 * one still fits there: whoever answers waits for it, and whoever signs in with a password older than the record knows is refused.
 */
export function changePassword(account: Account, asked: Asked<'change-password'>, now: number): Decision {
  const { password } = account
  if (password?.form === asked.form && password.epoch === account.epoch)
    return { is: 'repeated', event: { is: 'password-changed', at: password.at } }
  const no = rightRefusal(account, asked.right, now)
  if (no) return refused(no)
  const epoch = risen(account, now)
  const next: Account = {
    ...account,
    epoch,
    password: { at: now, epoch, form: asked.form },
    links: killed(account.links, asked.right.is === 'link' ? 'used' : 'cancelled', now, 'password'),
    // Only the newest is to arrive.
    owed: account.owed.filter(({ is }) => is !== 'set-password'),
  }
  return done(withdrawDeadMail(next), { is: 'password-changed', at: now }, now, [
    audit('account.password_changed', asked.by, { reason: asked.right.is }),
    { is: 'set-password', sealedPassword: asked.sealedPassword, epoch },
    { is: 'purge', epoch, resetId: null },
    { is: 'notice', notice: { is: 'password-changed' } },
  ])
}

function rightRefusal(account: Account, right: PasswordRight, now: number): Refusal | null {
  if (account.factor.is === 'lost') return { is: 'record-lost' }
  if (right.is === 'link') return linkRefusal(linkOf(account, right.digest, 'password'), account, now)
  return right.epoch === account.epoch ? null : { is: 'sign-in-over' }
}

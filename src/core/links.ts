/** How links begin, and how resets and links end. An ended one keeps its state. */
import type { Account, Reset } from './account.ts'
import { type Flow, type Link, type Purpose, purposeOf } from './link.ts'
import { audit, withdrawDeadMail } from './outbox.ts'
import { isUnfinished } from './questions.ts'
import { HOUR, KEPT_LINKS, OPENED_KEPT_SECONDS, type Rules, RESERVED_LINKS } from './rules.ts'
import type { Caller, NewLink } from './command.ts'
import type { Effect } from './effect.ts'
import type { Refusal } from './refusal.ts'

/** When Continue was pressed on its current link; null: not yet. */
export const openedAt = (reset: Reset): number | null => (reset.state.is === 'sent' ? null : reset.state.openedAt)

export const completed = (reset: Reset, via: Flow, at: number): Reset =>
  isUnfinished(reset) ? { ...reset, state: { is: 'completed', openedAt: openedAt(reset), at, via } } : reset

export const superseded = (reset: Reset, at: number): Reset =>
  isUnfinished(reset) ? { ...reset, state: { is: 'superseded', openedAt: openedAt(reset), at } } : reset

/** Audit lines of the resets that `superseded` ends. */
export const supersededLines = (resets: readonly Reset[], by: Caller): Effect[] =>
  resets.filter(isUnfinished).map((reset) => audit('two_factor.reset.superseded', by, { reason: reset.id }))

/** Ends every live link of these purposes. */
export const ended = (
  links: readonly Link[],
  is: 'used' | 'replaced' | 'cancelled',
  at: number,
  ...purposes: [Purpose, ...Purpose[]]
): Link[] =>
  links.map((link) =>
    link.state.is === 'live' && purposes.includes(purposeOf(link)) ? { ...link, state: { is, at } } : link,
  )

/** Adds the newest link before those it replaces. The cap is per purpose: public requests must not push out links of another purpose. */
export function withNewest(link: Link, links: readonly Link[], now: number): Link[] {
  const all = [link, ...ended(links, 'replaced', now, purposeOf(link))]
  const isOf = (other: Link) => (item: Link) => purposeOf(item) === purposeOf(other)
  return all.filter((item, n) => all.slice(0, n).filter(isOf(item)).length < KEPT_LINKS)
}

/** Cancels every link, for a changed address or a disabled account. An unfinished reset then counts as expired; a resend revives it. */
export function withoutLinks(account: Account, now: number): Account {
  const links = ended(account.links, 'cancelled', now, 'reset', 'invitation', 'password')
  const resets = account.resets.map((reset) =>
    isUnfinished(reset) && now < reset.expiresAt ? { ...reset, expiresAt: now } : reset,
  )
  return withdrawDeadMail({ ...account, links, resets })
}

/** A link that its owner has just opened is not replaced by an anonymous request. */
export function openedRefusal({ links }: Account, now: number): Refusal | null {
  const until = links
    .filter((link) => link.purpose === 'password' && link.state.is === 'live' && link.openedAt !== undefined)
    .map((link) => Math.min((link.openedAt ?? 0) + OPENED_KEPT_SECONDS, link.expiresAt))
  const last = Math.max(...until, -Infinity)
  return now < last ? { is: 'too-many-resets', retryAt: last } : null
}

interface LinkRequest {
  readonly id: string
  readonly link: NewLink
  readonly purpose: Purpose
  readonly lifetimeSeconds: number
}

export const newLink = ({ id, link, purpose, lifetimeSeconds }: LinkRequest, now: number): Link => ({
  digest: link.digest,
  resetId: id,
  ...(purpose === 'reset' ? {} : { purpose }),
  issuedAt: now,
  expiresAt: now + lifetimeSeconds,
  state: { is: 'live' },
})

export const linkEmailEffect = (link: Link, { sealed }: NewLink): Effect => ({
  is: `${purposeOf(link)}-mail`,
  resetId: link.resetId,
  sealedLink: sealed,
  expiresAt: link.expiresAt,
})

/**
 * Checked before any change: an email is never accepted and then dropped. Counted per purpose: anonymous requests for password links
 * must not keep an administrator from starting a reset.
 */
export function tooManyLinks(account: Account, purpose: Purpose, now: number, rules: Rules): Refusal | null {
  if (rules.linksPerHour === null) return null
  const recent = account.links.filter((link) => purposeOf(link) === purpose && now - link.issuedAt < HOUR)
  const oldest = recent[rules.linksPerHour - 1]
  return oldest ? { is: 'too-many-resets', retryAt: oldest.issuedAt + HOUR } : null
}

/**
 * The same limit for links that the account's owner requests, less a number reserved for administrators: a thief of the password must
 * not use up the limit and block another reset.
 */
export function tooManyRequests(account: Account, now: number, rules: Rules): Refusal | null {
  const { linksPerHour: limit } = rules
  const linksPerHour = limit === null ? null : Math.max(1, limit - RESERVED_LINKS)
  return tooManyLinks(account, 'reset', now, { ...rules, linksPerHour })
}

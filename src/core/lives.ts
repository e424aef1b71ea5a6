/** How links begin, and how resets and links end. What has ended stays as it ended. */
import type { Account, Door, Link, Purpose, Reset } from './account.ts'
import { audit } from './outbox.ts'
import { isUnfinished, purposeOf } from './questions.ts'
import { HOUR, type Rules } from './rules.ts'
import type { Caller, Debt, NewLink, Refusal } from './vocabulary.ts'

/** When Continue was pressed on its current link; null: not yet. */
export const openedAt = (reset: Reset): number | null => (reset.life.is === 'sent' ? null : reset.life.openedAt)

export const completed = (reset: Reset, via: Door, at: number): Reset =>
  isUnfinished(reset) ? { ...reset, life: { is: 'completed', openedAt: openedAt(reset), at, via } } : reset

export const superseded = (reset: Reset, at: number): Reset =>
  isUnfinished(reset) ? { ...reset, life: { is: 'superseded', openedAt: openedAt(reset), at } } : reset

/** What the audit is told of those that `superseded` ends. */
export const supersededLines = (resets: readonly Reset[], by: Caller): Debt[] =>
  resets.filter(isUnfinished).map((one) => audit('two_factor.reset.superseded', by, { reason: one.id }))

/** Every live link ends this way. */
export const killed = (links: readonly Link[], is: 'used' | 'replaced' | 'cancelled', at: number): Link[] =>
  links.map((link) => (link.fate.is === 'live' ? { ...link, fate: { is, at } } : link))

/** @param life seconds */
export const newLink = (id: string, link: NewLink, now: number, life: number, purpose: Purpose = 'reset'): Link => ({
  digest: link.digest,
  resetId: id,
  ...(purpose === 'reset' ? {} : { purpose }),
  issuedAt: now,
  expiresAt: now + life,
  fate: { is: 'live' },
})

export const mailDebt = (link: Link, { sealed }: NewLink): Debt => ({
  is: `${purposeOf(link)}-mail`,
  resetId: link.resetId,
  sealedLink: sealed,
  expiresAt: link.expiresAt,
})

/** Refused before anything changes: a letter is never accepted and then dropped. */
export function tooManyLinks(account: Account, now: number, rules: Rules): Refusal | null {
  if (rules.linksPerHour === null) return null
  const oldest = account.links.filter((link) => now - link.issuedAt < HOUR)[rules.linksPerHour - 1]
  return oldest ? { is: 'too-many-resets', retryAt: oldest.issuedAt + HOUR } : null
}

/** How resets and links end. What has ended stays as it ended. */
import type { Door, Link, Reset } from './account.ts'
import { audit } from './outbox.ts'
import { isUnfinished } from './questions.ts'
import type { Caller, Debt } from './vocabulary.ts'

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

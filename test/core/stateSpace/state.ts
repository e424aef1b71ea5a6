import type { Authenticator } from '../../../src/core/authenticators.ts'
import { isUnusedImport } from '../../../src/core/authenticator.ts'
import {
  depthOf,
  formOfNewest,
  isOfSetUp,
  passwordDeadline,
  renewalDeadline,
  smallRules,
  usedProofOf,
  type World,
} from './world.ts'

/**
 * Everything in a world that can change an answer: worlds with the same value are one state. Names, ids and numbers are reduced to relations:
 * a time is past or future, an epoch is the previous one or another, a form or browser is the same or not.
 */
export function stateOf({ account, now, kept }: World): string {
  const { factor, attempts, resets, links, outbox, password: changed } = account
  const ahead = (at: number): string => (now < at ? '+' : '-')
  const locked = attempts.failures >= smallRules.lockAfter
  const paused = attempts.pausedUntil === null || locked ? '' : ahead(attempts.pausedUntil)
  const { known = attempts } = attempts
  const pausedHere = known.pausedUntil === null || locked ? '' : ahead(known.pausedUntil)
  const here = locked ? 0 : known.failures
  const isEnded = account.signInsEnded?.epoch === account.epoch
  const parts: unknown[] = [
    isEnded ? 'sign-ins ended' : '',
    factor.is === 'lost' && factor.missing ? 'missing' : factor.is,
    attempts.failures,
    here,
    pausedHere,
    attempts.warned,
    paused,
    Math.min(account.acts.length, 1),
  ]
  if (factor.is === 'reset')
    parts.push(
      factor.frozen,
      ahead(factor.signInUntil),
      factor.profile,
      factor.afterWrongCodes,
      formOfNewest(account) === null,
    )
  if (factor.is === 'active') {
    const { binding, backupCodes: codes } = factor
    parts.push(
      ...factor.authenticators.map(wordOfAuthenticator),
      codes.of === undefined ? '' : 'bound to another',
      codes.lastForm === null ? '' : 'f',
      Math.min(codes.used.length, 2),
      codes.savedAt === null ? 'unsaved' : 'saved',
      usedProofOf(account, now) === null ? '' : 'proof used',
      binding === null ? '' : 'bound',
      isUnusedImport(factor) ? 'unused' : '',
      codes.binding === null ? '' : codes.binding === binding ? 'by the same' : 'by another',
      binding !== null && factor.epoch === account.epoch ? 'as raised' : '',
    )
  }
  const used = (name: string): string => (kept.used.includes(name) ? 'used' : '')
  for (const { id, state, mail } of resets.slice(0, depthOf(account)))
    parts.push(state.is === 'sent' || state.is === 'opened' ? `${state.is} ${mail.status}` : 'finished', used(id))
  const [password] = links.filter((link) => !isOfSetUp(link))
  if (password) parts.push('password', password.state.is, password.state.is === 'live' ? ahead(password.expiresAt) : '')
  if (changed) parts.push(changed.form === null ? 'changed elsewhere' : 'changed', changed.epoch === account.epoch)
  parts.push(...passwordDeadline(account).map(ahead))
  for (const link of links.filter(isOfSetUp).slice(0, depthOf(account))) {
    const { digest, state, expiresAt, resetId, purpose } = link
    const live = state.is === 'live' ? [ahead(expiresAt), ...renewalDeadline(link).map(ahead)].join('') : ''
    parts.push(state.is, live, resetId === resets[0]?.id ? 0 : (purpose ?? 1), used(digest))
  }
  parts.push(account.userHandle === undefined ? '' : 'handle')
  parts.push(outbox.filter(({ is }) => is === 'reset-mail' || is === 'invitation-mail').length)
  return parts.join('|')
}

function wordOfAuthenticator(item: Authenticator): string {
  const form = item.lastForm === null ? '' : 'F'
  if (item.kind === 'totp') return form
  const { backupEligible, signCount, suspectAt } = item
  const count = backupEligible ? 'synced' : signCount === 0 ? '' : 'counted'
  return `passkey ${form} ${count} ${suspectAt === null ? '' : 'suspect'}`
}

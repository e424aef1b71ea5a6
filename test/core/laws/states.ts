/** Laws of every state. */
import { isDeepStrictEqual } from 'node:util'
import { passkeysOf } from '../../../src/core/authenticators.ts'
import type { Reset } from '../../../src/core/account.ts'
import { type Link, purposeOf } from '../../../src/core/link.ts'
import { decide } from '../../../src/core/decide.ts'
import { flowClosed, isDeleted, isUnfinished, mustSaveCodes } from '../../../src/core/questions.ts'
import { KEPT_ACTS, KEPT_LINKS, KEPT_RESETS, OUTBOX_LIMIT, type Rules } from '../../../src/core/rules.ts'
import type { Command } from '../../../src/core/command.ts'
import type { Decision } from '../../../src/core/decision.ts'
import { readAccount, writeAccount } from '../../../src/core/storedAccount.ts'
import type { World } from '../stateSpace.ts'
import { numberIn, passkeysIn, purposes, implies } from './answer.ts'

type StateLaw = (world: World, rules: Rules) => boolean

const request = (world: World, rules: Rules, command: Command): Decision =>
  decide(world.account, command, world.now, rules)
const noCaller = { actor: null, requestId: null, address: null }
const newReset = (now: number, roles: readonly string[]): Command => ({
  is: 'start-reset',
  id: `helpdesk's at ${now}`,
  reason: null,
  status: 'active',
  roles,
  link: { digest: `helpdesk's link at ${now}`, sealed: '' },
  seen: undefined,
  ended: { sessions: 0, grants: 0, clients: [] },
  by: noCaller,
})

/** Its link was cancelled before the reset ended; the reset counts as expired. */
const isLinkCancelled = ({ id, expiresAt }: Reset, links: readonly Link[]): boolean =>
  links.some(({ resetId, state }) => resetId === id && state.is === 'cancelled' && expiresAt <= state.at)

function isRecoverable(world: World, rules: Rules, roles: readonly string[]): boolean {
  const { account, now } = world
  const reset = account.factor.is === 'none' ? null : request(world, rules, newReset(now, roles))
  if (reset?.is === 'refused' && reset.refusal.is === 'password-too-new')
    return isRecoverable({ ...world, now: reset.refusal.until }, rules, roles)
  if (reset && reset.is !== 'done') return false
  const open = reset ? reset.account : account
  if (flowClosed(open, now) !== null) return false
  const setUp = {
    is: 'enrol',
    status: 'active',
    flow: 'sign-in',
    epoch: open.epoch,
    binding: 'a new browser',
    link: reset ? (open.links[0]?.digest ?? null) : null,
    password: true,
    roles,
    authenticatorId: '',
    sealedSecret: '',
    sealedCodes: '',
    sealedPassword: null,
    step: 1,
    by: noCaller,
  } as const
  return request({ ...world, account: open }, rules, setUp).is === 'done'
}

export const stateLaws: Readonly<Record<string, StateLaw>> = {
  'a stored record is read as it was written': ({ account }) => {
    if (account.factor.is === 'lost') return true
    const reading = readAccount(account.id, writeAccount(account))
    return reading.is === 'account' && isDeepStrictEqual(reading.account, account)
  },

  'A record has the newer format from the first passkey, handle or assertion on, and not before': ({ account }) => {
    const { format } = JSON.parse(writeAccount(account)) as { format: number }
    const hadPasskey = passkeysIn(account).length + numberIn(account) > 0 || account.userHandle !== undefined
    return format === (hadPasskey ? 3 : 2)
  },

  'An active factor has one app at most, which is the first, and no more passkeys than allowed; ids and credentials differ':
    ({ account: { factor } }, { maxPasskeys }) => {
      if (factor.is !== 'active') return true
      const keys = passkeysOf(factor)
      const isUnique = (names: readonly string[]): boolean => new Set(names).size === names.length
      return (
        factor.authenticators.length > 0 &&
        factor.authenticators.every(({ kind }, n) => kind === 'passkey' || n === 0) &&
        keys.length <= maxPasskeys &&
        isUnique(factor.authenticators.map(({ id }) => id)) &&
        isUnique(keys.map(({ credential }) => credential))
      )
    },

  'A started reset has one live link, and one email with it in the outbox or its outcome in the record; a finished one has neither':
    ({ account: { resets, links, outbox, factor } }) => {
      const open = resets.filter(isUnfinished)
      const live = links.filter((link) => link.state.is === 'live' && purposeOf(link) === 'reset')
      const emails = outbox.filter(({ is }) => is === 'reset-mail')
      const [reset] = open
      const [link] = live
      // The address changed or the account was disabled: the reset counts as expired, and a resend revives it.
      if (reset && !link) return isLinkCancelled(reset, links) && emails.length === 0
      if (!reset || !link) return open.length + live.length + emails.length === 0
      const [email] = emails
      return (
        open.length === 1 &&
        live.length === 1 &&
        factor.is === 'reset' &&
        factor.resetId === reset.id &&
        link.resetId === reset.id &&
        link.expiresAt === reset.expiresAt &&
        emails.length === (reset.mail.status === 'queued' ? 1 : 0) &&
        (email?.is !== 'reset-mail' || (email.resetId === reset.id && email.expiresAt === link.expiresAt))
      )
    },

  'Only an account that never enrolled has a live invitation, at most one, and a waiting email contains that one': ({
    account: { links, outbox, factor },
  }) => {
    const live = links.filter((link) => link.state.is === 'live' && purposeOf(link) === 'invitation')
    const emails = outbox.flatMap((entry) => (entry.is === 'invitation-mail' ? [entry.resetId] : []))
    return (
      live.length <= 1 &&
      emails.length <= live.length &&
      emails.every((id) => id === live[0]?.resetId) &&
      (live.length === 0 || factor.is === 'none')
    )
  },

  'A frozen account has no live link': ({ account: { factor, links } }) =>
    implies(
      factor.is === 'reset' && factor.frozen,
      links.every(({ state }) => state.is !== 'live'),
    ),

  'A withdrawn email belongs to a reset that is finished or counts as expired': ({ account: { resets, links } }) =>
    resets.every((reset) => reset.mail.status !== 'withdrawn' || !isUnfinished(reset) || isLinkCancelled(reset, links)),

  'An unsaved set of codes never locks the account: a sign-in can always get a fresh one': (world, rules) => {
    if (!mustSaveCodes(world.account)) return true
    const { epoch } = world.account
    const renewed = request(world, rules, {
      is: 'renew-codes',
      epoch,
      binding: 'a new browser',
      sealedCodes: '',
      by: noCaller,
    })
    return (
      renewed.is === 'done' &&
      request({ ...world, account: renewed.account }, rules, { is: 'save-codes', epoch, binding: 'a new browser' })
        .is === 'done'
    )
  },

  'Every state but the first and the last can be left by a reset and a set-up after it, with both proofs if required': (
    world,
    rules,
  ) => isDeleted(world.account) || [[], rules.strictRoles].every((roles) => isRecoverable(world, rules, roles)),

  'The record respects its caps': ({ account: { resets, links, acts, outbox } }) =>
    resets.length <= KEPT_RESETS &&
    purposes.every((purpose) => links.filter((link) => purposeOf(link) === purpose).length <= KEPT_LINKS) &&
    acts.length <= KEPT_ACTS &&
    outbox.length <= OUTBOX_LIMIT,
}

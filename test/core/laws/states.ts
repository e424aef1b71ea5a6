/** Laws of every state, whatever led to it. */
import type { Reset } from '../../../src/core/account.ts'
import { type Link, purposeOf } from '../../../src/core/link.ts'
import { decide } from '../../../src/core/decide.ts'
import { flowClosed, isUnfinished, mustSaveCodes } from '../../../src/core/questions.ts'
import { KEPT_ACTS, KEPT_LINKS, KEPT_RESETS, OUTBOX_LIMIT, type Rules } from '../../../src/core/rules.ts'
import type { Command } from '../../../src/core/command.ts'
import type { Decision } from '../../../src/core/decision.ts'
import type { World } from '../stateSpace.ts'
import { purposes, implies } from './answer.ts'

type StateLaw = (world: World, rules: Rules) => boolean

const request = (world: World, rules: Rules, command: Command): Decision =>
  decide(world.account, command, world.now, rules)
const nobody = { actor: null, requestId: null, address: null }
const newReset = (now: number, roles: readonly string[]): Command => ({
  is: 'start-reset',
  id: `helpdesk's at ${now}`,
  reason: null,
  status: 'active',
  roles,
  link: { digest: `helpdesk's link at ${now}`, sealed: '' },
  seen: undefined,
  ended: { sessions: 0, grants: 0, clients: [] },
  by: nobody,
})

/** It died of something else than the reset's own end, which stands as expired since. */
const hasLostItsLink = ({ id, expiresAt }: Reset, links: readonly Link[]): boolean =>
  links.some(({ resetId, state }) => resetId === id && state.is === 'cancelled' && expiresAt <= state.at)

function leadsBackIn(world: World, rules: Rules, roles: readonly string[]): boolean {
  const { account, now } = world
  const reset = account.factor.is === 'none' ? null : request(world, rules, newReset(now, roles))
  if (reset?.is === 'refused' && reset.refusal.is === 'password-too-new')
    return leadsBackIn({ ...world, now: reset.refusal.until }, rules, roles)
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
    by: nobody,
  } as const
  return request({ ...world, account: open }, rules, setUp).is === 'done'
}

export const stateLaws: Readonly<Record<string, StateLaw>> = {
  'A started reset has one live link, and one email with it in the outbox or its outcome in the record; a finished one has neither':
    ({ account: { resets, links, outbox, factor } }) => {
      const open = resets.filter(isUnfinished)
      const live = links.filter((link) => link.state.is === 'live' && purposeOf(link) === 'reset')
      const letters = outbox.filter(({ is }) => is === 'reset-mail')
      const [reset] = open
      const [link] = live
      // Its letters go elsewhere by now, or it was disabled meanwhile: it stands as expired, and a resend revives it.
      if (reset && !link) return hasLostItsLink(reset, links) && letters.length === 0
      if (!reset || !link) return open.length + live.length + letters.length === 0
      const [letter] = letters
      return (
        open.length === 1 &&
        live.length === 1 &&
        factor.is === 'reset' &&
        factor.resetId === reset.id &&
        link.resetId === reset.id &&
        link.expiresAt === reset.expiresAt &&
        letters.length === (reset.mail.status === 'queued' ? 1 : 0) &&
        (letter?.is !== 'reset-mail' || (letter.resetId === reset.id && letter.expiresAt === link.expiresAt))
      )
    },

  'Only who never enrolled has a live invitation, and one at most; a letter that waits holds that one': ({
    account: { links, outbox, factor },
  }) => {
    const live = links.filter((link) => link.state.is === 'live' && purposeOf(link) === 'invitation')
    const letters = outbox.flatMap((entry) => (entry.is === 'invitation-mail' ? [entry.resetId] : []))
    return (
      live.length <= 1 &&
      letters.length <= live.length &&
      letters.every((id) => id === live[0]?.resetId) &&
      (live.length === 0 || factor.is === 'none')
    )
  },

  'A frozen account waits for no letter': ({ account: { factor, links } }) =>
    implies(
      factor.is === 'reset' && factor.frozen,
      links.every(({ state }) => state.is !== 'live'),
    ),

  'A withdrawn letter is of a reset that is finished or stands as expired': ({ account: { resets, links } }) =>
    resets.every((reset) => reset.mail.status !== 'withdrawn' || !isUnfinished(reset) || hasLostItsLink(reset, links)),

  'A set that was never saved strands nobody: whoever is let in is made a fresh one': (world, rules) => {
    if (!mustSaveCodes(world.account)) return true
    const { epoch } = world.account
    const renewed = request(world, rules, {
      is: 'renew-codes',
      epoch,
      binding: 'a new browser',
      sealedCodes: '',
      by: nobody,
    })
    return (
      renewed.is === 'done' &&
      request({ ...world, account: renewed.account }, rules, { is: 'save-codes', epoch, binding: 'a new browser' })
        .is === 'done'
    )
  },

  'No state is a dead end: a reset leads out of every one but the first, and a set-up back in, by both proofs where they are needed':
    (world, rules) => [[], rules.strictRoles].every((roles) => leadsBackIn(world, rules, roles)),

  'The record keeps to its caps': ({ account: { resets, links, acts, outbox } }) =>
    resets.length <= KEPT_RESETS &&
    purposes.every((purpose) => links.filter((link) => purposeOf(link) === purpose).length <= KEPT_LINKS) &&
    acts.length <= KEPT_ACTS &&
    outbox.length <= OUTBOX_LIMIT,
}

import { totpOf } from '../../../src/core/authenticators.ts'
import { by } from '../accountFixture.ts'
import { type Ask, type Facts, other, type WorldFacts } from './facts.ts'
import { smallRules, usedProofOf, type World } from './world.ts'

/** Codes, backup codes, step-ups and proofs of a sign-in. */
export function askAboutCodes(ask: Ask, { account, now, kept }: World, facts: WorldFacts): void {
  const { epoch } = account
  const { active, codes, right, over, since, fresh, provenAt } = facts
  const totp = active && totpOf(active)
  const lastForm = totp?.lastForm ?? codes?.lastForm
  const forms: Facts = [['', other('form', lastForm)], ...(lastForm ? ([['form sent again', lastForm]] as Facts) : [])]
  const lastStep = totp?.lastStep ?? kept.step
  const steps: Facts = [
    ['wrong code', null],
    ['code older than the last', lastStep - 1],
    ['last code', lastStep],
    ['new code', fresh],
  ]
  const known = { knownBrowser: true, by }
  const acting = { ...known, roles: [] }
  const elsewhereWrong: Facts = [['wrong code in an unknown browser', null]]
  ask('prove-code', known, { epoch: right, step: steps, form: forms })
  ask('prove-code', { ...known, knownBrowser: false }, { epoch: right, step: elsewhereWrong, form: forms.slice(0, 1) })
  const elsewhereRight: Facts = [['new code in an unknown browser', fresh]]
  ask('prove-code', { ...known, knownBrowser: false }, { epoch: right, step: elsewhereRight, form: forms.slice(0, 1) })
  ask('prove-code', known, { epoch: over, step: steps.slice(2), form: forms })
  ask('prove-code', { ...known, epoch }, { since, step: steps.slice(2), form: forms })

  const usedCodes = codes?.used ?? []
  const unused = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].find((index) => !usedCodes.includes(index)) ?? null
  const indexes: Facts = [
    ['wrong code', null],
    ['new code', unused],
  ]
  if (usedCodes.length > 0) indexes.push(['last code', usedCodes.at(-1)])
  if (usedCodes.length > 1) indexes.push(['code used before the last', usedCodes.at(-2)])
  ask(
    'use-backup-code',
    { ...known, knownBrowser: false },
    { epoch: right, index: elsewhereWrong, form: forms.slice(0, 1) },
  )
  ask('use-backup-code', known, { epoch: right, index: indexes, form: forms })
  ask('use-backup-code', known, { epoch: over, index: indexes.slice(1), form: forms })
  ask('use-backup-code', { ...known, epoch }, { since, index: indexes.slice(1), form: forms })

  const [knownAct] = account.acts
  const act = { id: `act ${account.acts.length}`, does: 'reset', target: 'bob', what: 'lost phone' }
  const acts: Facts = [['', act]]
  if (knownAct) {
    const { id, does, target, what } = knownAct
    acts.push(['act known', { id, does, target, what }])
    acts.push(['act known for another target', { id, does, target: 'carol', what }])
    acts.push(['act known for another request', { id, does, target, what: 'another' }])
    acts.push(['act known for another purpose', { id, does: 'change', target, what }])
    acts.push(['act known, of no purpose', { id, target, what }])
  }
  ask('step-up', acting, { act: acts, step: steps })
  ask('step-up', { ...acting, knownBrowser: false, act }, { step: elsewhereWrong })

  const usedAt = usedProofOf(account, now)
  const proof = {
    epoch,
    at: provenAt,
    by: 'otp',
  }
  const proofs: Facts = [
    ['', proof],
    ['too old', { ...proof, at: now - smallRules.stepUpMaxAgeSeconds - 1 }, true],
    ['by a backup code', { ...proof, by: 'backup-code' }, true],
    ['of an old epoch', { ...proof, epoch: kept.epoch }, true],
    ['of a future epoch', { ...proof, epoch: epoch + 1 }, true],
  ]
  if (usedAt !== null) proofs.push(['used', { ...proof, at: usedAt }, true])
  ask('spend-proof', { by, act, roles: [] }, { proof: proofs })
  ask('spend-proof', { by, proof, roles: [] }, { act: acts.slice(1) })
}

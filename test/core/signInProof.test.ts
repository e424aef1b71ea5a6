import { expect } from 'chai'
import {
  anna,
  endSessions,
  enrol,
  newcomer,
  NOW,
  resetAnna,
  spendProof,
  startReset,
  STEP,
  stepUp,
} from './accountFixture.ts'

describe('An act on the strength of a sign-in', () => {
  const bob = { id: 'R1', target: 'bob' }
  const carol = { id: 'R2', target: 'carol' }

  it('spends its proof, and every older one', () => {
    const after = anna.does(spendProof(NOW - 20, bob))
    expect(after.account.acts).to.deep.equal([{ ...bob, does: 'reset', what: 'reason', at: NOW }])
    for (const at of [NOW - 20, NOW - 21]) expect(after.says(spendProof(at, carol))).to.equal('no: proof-used')
    expect(after.says(spendProof(NOW - 19, carol))).to.equal('proof-accepted')
  })

  it('is known again, whatever proof comes with it', () => {
    const after = anna.does(spendProof(NOW, bob))
    for (const at of [NOW, NOW - 3600]) expect(after.says(spendProof(at, bob))).to.equal('again: stepped-up')
    expect(after.says(spendProof(NOW, { ...bob, target: 'carol' }))).to.equal('no: idempotency-conflict')
  })

  it('takes a proof as long as the rules say, to the second', () => {
    expect(anna.says(spendProof(NOW - 60))).to.equal('proof-accepted')
    expect(anna.says(spendProof(NOW - 61))).to.equal('no: proof-too-old')
    // A clock that was set back does not make one last longer.
    expect(anna.says(spendProof(NOW + 61))).to.equal('no: proof-too-old')
    expect(anna.under({ stepUpMaxAgeSeconds: 900 }).says(spendProof(NOW - 900))).to.equal('proof-accepted')
  })

  it('takes no backup code and no set-up', () => {
    expect(anna.says(spendProof(NOW, { byCode: false }))).to.equal('no: proof-too-weak')
    const fresh = newcomer.does(enrol())
    expect(fresh.says(spendProof(NOW))).to.equal('no: proof-too-weak')
    expect(fresh.at(NOW + 30).says(spendProof(NOW + 1))).to.equal('proof-accepted')
  })

  it('takes no proof that something has ended', () => {
    const { epoch } = anna.account
    for (const ended of [anna.does(endSessions()), resetAnna])
      expect(ended.says(spendProof(NOW, { epoch }))).to.equal('no: sign-in-over')
  })

  it('forgets no wrong code, and is none for whoever is paused by them', () => {
    const missed = anna.suffers(stepUp(null))
    expect(missed.does(spendProof(NOW)).account.attempts.failures).to.equal(1)
    const paused = Array.from({ length: 6 }).reduce<typeof anna>((story) => story.suffers(stepUp(null)), anna)
    expect(paused.says(spendProof(NOW))).to.equal('no: paused')
  })

  it('leaves codes as they are, and is left by them', () => {
    const after = anna.does(spendProof(NOW, bob))
    expect(after.says(stepUp(STEP + 1, carol))).to.equal('stepped-up')
    expect(anna.does(stepUp(STEP + 1, carol)).says(spendProof(NOW, bob))).to.equal('proof-accepted')
  })

  it('is counted among the acts of an hour', () => {
    const after = anna.under({ actsPerHour: 1 }).does(spendProof(NOW - 1, bob))
    expect(after.says(spendProof(NOW, carol))).to.equal('no: too-many-resets')
  })

  it('begins anew with the next authenticator', () => {
    const after = anna.does(spendProof(NOW, bob), startReset('R9'), enrol({ binding: 'another' })).at(NOW + 30)
    expect(after.says(spendProof(NOW, carol))).to.equal('no: proof-too-weak')
    expect(after.says(spendProof(NOW + 30, carol))).to.equal('proof-accepted')
  })
})

describe('An authenticator that is too new', () => {
  const least = { stepUpMinFactorAgeSeconds: 3601 }

  it('acts on nobody, by code or sign-in, and burns nothing', () => {
    const young = anna.under(least)
    for (const ask of [stepUp(STEP + 1), stepUp(null), spendProof(NOW)])
      expect(young.ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'factor-too-new', until: NOW + 1 } })
  })

  it('is no question where no wait is asked for, though the clock was set back', () => {
    const old = anna.does(startReset('R9'), enrol({ binding: 'another' })).at(NOW - 3600)
    expect(old.says(stepUp(STEP + 9))).to.equal('stepped-up')
  })

  it('acts once its time has come', () => {
    const old = anna.under(least).at(NOW + 1)
    for (const ask of [stepUp(STEP + 1), spendProof(NOW)]) expect(old.says(ask)).to.match(/stepped-up|proof-accepted/)
  })
})

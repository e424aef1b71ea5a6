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

describe('An act with the proof of a sign-in', () => {
  const bob = { id: 'R1', target: 'bob' }
  const carol = { id: 'R2', target: 'carol' }

  it('uses the proof, and every older one', () => {
    const after = anna.does(spendProof(NOW - 20, bob))
    expect(after.account.acts).to.deep.equal([{ ...bob, does: 'reset', what: 'reason', at: NOW }])
    for (const at of [NOW - 20, NOW - 21]) expect(after.says(spendProof(at, carol))).to.equal('no: proof-used')
    expect(after.says(spendProof(NOW - 19, carol))).to.equal('proof-accepted')
  })

  it('is recognised again, with any proof', () => {
    const after = anna.does(spendProof(NOW, bob))
    for (const at of [NOW, NOW - 3600]) expect(after.says(spendProof(at, bob))).to.equal('again: stepped-up')
    expect(after.says(spendProof(NOW, { ...bob, target: 'carol' }))).to.equal('no: idempotency-conflict')
  })

  it('accepts a proof until the configured age, to the second', () => {
    expect(anna.says(spendProof(NOW - 60))).to.equal('proof-accepted')
    expect(anna.says(spendProof(NOW - 61))).to.equal('no: proof-too-old')
    // A clock that was set back does not extend its validity.
    expect(anna.says(spendProof(NOW + 61))).to.equal('no: proof-too-old')
    expect(anna.under({ stepUpMaxAgeSeconds: 900 }).says(spendProof(NOW - 900))).to.equal('proof-accepted')
  })

  it('accepts no backup code and no set-up', () => {
    expect(anna.says(spendProof(NOW, { how: 'backup-code' }))).to.equal('no: proof-too-weak')
    const fresh = newcomer.does(enrol())
    expect(fresh.says(spendProof(NOW))).to.equal('no: proof-too-weak')
    expect(fresh.at(NOW + 30).says(spendProof(NOW + 1))).to.equal('proof-accepted')
  })

  it('accepts no proof of a sign-in that was ended', () => {
    const { epoch } = anna.account
    for (const ended of [anna.does(endSessions()), resetAnna])
      expect(ended.says(spendProof(NOW, { epoch }))).to.equal('no: sign-in-over')
  })

  it('clears no count of wrong codes, and is refused during their pause', () => {
    const missed = anna.refused(stepUp(null))
    expect(missed.does(spendProof(NOW)).account.attempts.failures).to.equal(1)
    const paused = Array.from({ length: 6 }).reduce<typeof anna>((story) => story.refused(stepUp(null)), anna)
    expect(paused.says(spendProof(NOW))).to.equal('no: paused')
  })

  it('is independent of codes', () => {
    const after = anna.does(spendProof(NOW, bob))
    expect(after.says(stepUp(STEP + 1, carol))).to.equal('stepped-up')
    expect(anna.does(stepUp(STEP + 1, carol)).says(spendProof(NOW, bob))).to.equal('proof-accepted')
  })

  it('is counted among the acts of an hour', () => {
    const after = anna.under({ actsPerHour: 1 }).does(spendProof(NOW - 1, bob))
    expect(after.says(spendProof(NOW, carol))).to.equal('no: too-many-resets')
  })

  it('starts again with the next authenticator', () => {
    const after = anna.does(spendProof(NOW, bob), startReset('R9'), enrol({ binding: 'another' })).at(NOW + 30)
    expect(after.says(spendProof(NOW, carol))).to.equal('no: proof-too-weak')
    expect(after.says(spendProof(NOW + 30, carol))).to.equal('proof-accepted')
  })
})

describe('An authenticator that is too new', () => {
  const least = { stepUpMinFactorAgeSeconds: 3601 }

  it('acts on no account, by code or sign-in, and consumes nothing', () => {
    const young = anna.under(least)
    for (const ask of [stepUp(STEP + 1), stepUp(null), spendProof(NOW)])
      expect(young.ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'factor-too-new', until: NOW + 1 } })
  })

  it('is not refused where no age is configured, after the clock was set back either', () => {
    const old = anna.does(startReset('R9'), enrol({ binding: 'another' })).at(NOW - 3600)
    expect(old.says(stepUp(STEP + 9))).to.equal('stepped-up')
  })

  it('acts once it is old enough', () => {
    const old = anna.under(least).at(NOW + 1)
    for (const ask of [stepUp(STEP + 1), spendProof(NOW)]) expect(old.says(ask)).to.match(/stepped-up|proof-accepted/)
  })
})

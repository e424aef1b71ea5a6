import { expect } from 'chai'
import type { ActRequest } from '../../src/core/command.ts'
import { anna, lost, newcomer, NOW, proveCode, resetAnna, STEP, stepUp, type Story } from './accountFixture.ts'
import { activeFactorOf } from './storyViews.ts'

describe('A step-up', () => {
  const act: ActRequest = { id: 'R9', does: 'reset', target: 'bob', what: 'lost phone' }

  it('consumes the code and notes the act', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    expect(anna.ask(stepUp(STEP + 1, act))).to.have.deep.property('event', { is: 'stepped-up' })
    expect(after.account.acts).to.deep.equal([{ ...act, at: NOW }])
    expect(activeFactorOf(after).lastUsedAt).to.equal(NOW)
    expect(after.says(proveCode(STEP + 1))).to.equal('no: code-replayed')
    expect(after.says(stepUp(STEP + 1, { ...act, id: 'R10' }))).to.equal('no: code-replayed')
  })

  it('accepts no code that a sign-in has consumed, and stores no form that could repeat it', () => {
    const signedIn = anna.does(proveCode(STEP + 1, { form: 'sign-in' }))
    expect(signedIn.says(stepUp(STEP + 1, act))).to.equal('no: code-replayed')
    const after = signedIn.does(stepUp(STEP + 2, act))
    for (const step of [STEP + 1, STEP + 2])
      expect(after.says(proveCode(step, { form: 'sign-in' }))).to.equal('no: code-replayed')
  })

  it('for the same act is recognised again, with any code, and consumes none', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    for (const step of [null, STEP + 1, STEP + 2])
      expect(after.ask(stepUp(step, act))).to.deep.equal({ is: 'repeated', event: { is: 'stepped-up' } })
  })

  it('for an act of that id with another target or reason is a conflict', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    for (const other of [
      { ...act, target: 'carol' },
      { ...act, what: 'another' },
    ])
      expect(after.ask(stepUp(STEP + 2, other))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'idempotency-conflict' },
      })
  })

  it('replayed enqueues an audit line with its target', () => {
    const [outbox] = anna.refused(stepUp(STEP, act)).account.outbox
    expect(outbox).to.have.nested.include({
      'line.type': 'step_up.refused',
      'line.outcome': 'refused',
      'line.reason': 'code-replayed',
      'line.target': 'bob',
    })
  })

  it('is refused without an active authenticator', () => {
    expect(newcomer.says(stepUp(STEP + 1))).to.equal('no: not-enrolled')
    expect(resetAnna.says(stepUp(STEP + 1))).to.equal('no: not-enrolled')
    expect(lost.says(stepUp(STEP + 1))).to.equal('no: record-lost')
  })

  /** This many acts, a minute apart, each with its own code. */
  const acting = (story: Story, times: number): Story => {
    let next = story
    for (let n = 0; n < times; n++)
      next = next.at(NOW + n * 60).does(stepUp(STEP + 1 + n, { id: `R${n}`, target: `user ${n}` }))
    return next
  }

  it('is possible twenty times an hour; the next is refused with a time, and its code is not consumed', () => {
    const busy = acting(anna, 20)
    const retryAt = NOW + 3600
    const ask = stepUp(STEP + 99, { id: 'R99' })
    expect(busy.ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'too-many-resets', retryAt } })
    expect(busy.at(retryAt - 1).says(ask)).to.equal('no: too-many-resets')
    expect(busy.at(retryAt).says(ask)).to.equal('stepped-up')
    expect(busy.says(proveCode(STEP + 99))).to.equal('code-accepted')
  })

  it('is limited by the rules, or not at all if they have no limit', () => {
    expect(acting(anna.under({ actsPerHour: 2 }), 2).says(stepUp(STEP + 99, { id: 'R99' }))).to.equal(
      'no: too-many-resets',
    )
    expect(acting(anna.under({ actsPerHour: null }), 25).says(stepUp(STEP + 99, { id: 'R99' }))).to.equal('stepped-up')
  })

  it('is kept for the last twenty acts', () => {
    const busy = acting(anna.under({ actsPerHour: null }), 21)
    expect(busy.account.acts.map(({ id }) => id)).to.deep.equal(Array.from({ length: 20 }, (_, n) => `R${20 - n}`))
    expect(busy.says(stepUp(null, { id: 'R1', target: 'user 1' }))).to.equal('again: stepped-up')
    expect(busy.says(stepUp(null, { id: 'R0', target: 'user 0' }))).to.equal('no: code-incorrect')
  })
})

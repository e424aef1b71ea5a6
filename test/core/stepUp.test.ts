import { expect } from 'chai'
import type { Active } from '../../src/core/account.ts'
import type { ActRequest } from '../../src/core/command.ts'
import { anna, lost, newcomer, NOW, proveCode, resetAnna, STEP, stepUp, type Story } from './accountFixture.ts'

const factorOf = ({ account }: Story): Active => {
  if (account.factor.is !== 'active') throw new Error('not active')
  return account.factor
}

describe('A step-up', () => {
  const act: ActRequest = { id: 'R9', does: 'reset', target: 'bob', what: 'lost phone' }

  it('burns the code and remembers what for', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    expect(anna.ask(stepUp(STEP + 1, act))).to.have.deep.property('event', { is: 'stepped-up' })
    expect(after.account.acts).to.deep.equal([{ ...act, at: NOW }])
    expect(factorOf(after).lastUsedAt).to.equal(NOW)
    expect(after.says(proveCode(STEP + 1))).to.equal('no: code-replayed')
    expect(after.says(stepUp(STEP + 1, { ...act, id: 'R10' }))).to.equal('no: code-replayed')
  })

  it('takes no code that a sign-in has burnt, and leaves no form that could repeat it', () => {
    const signedIn = anna.does(proveCode(STEP + 1, { form: 'sign-in' }))
    expect(signedIn.says(stepUp(STEP + 1, act))).to.equal('no: code-replayed')
    const after = signedIn.does(stepUp(STEP + 2, act))
    for (const step of [STEP + 1, STEP + 2])
      expect(after.says(proveCode(step, { form: 'sign-in' }))).to.equal('no: code-replayed')
  })

  it('for the same act is known again, whatever code comes with it, and burns none', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    for (const step of [null, STEP + 1, STEP + 2])
      expect(after.ask(stepUp(step, act))).to.deep.equal({ is: 'repeated', event: { is: 'stepped-up' } })
  })

  it('for an act of that name but another target or reason is a conflict', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    for (const other of [
      { ...act, target: 'carol' },
      { ...act, what: 'told to' },
    ])
      expect(after.ask(stepUp(STEP + 2, other))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'idempotency-conflict' },
      })
  })

  it('replayed enqueues an audit line with its target', () => {
    const [outbox] = anna.suffers(stepUp(STEP, act)).account.outbox
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

  /** So many acts, a minute apart, each with a code of its own. */
  const acting = (story: Story, times: number): Story => {
    let next = story
    for (let n = 0; n < times; n++)
      next = next.at(NOW + n * 60).does(stepUp(STEP + 1 + n, { id: `R${n}`, target: `user ${n}` }))
    return next
  }

  it('is possible twenty times an hour; the twenty-first is told when, and its code is not burnt', () => {
    const busy = acting(anna, 20)
    const retryAt = NOW + 3600
    const ask = stepUp(STEP + 99, { id: 'R99' })
    expect(busy.ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'too-many-resets', retryAt } })
    expect(busy.at(retryAt - 1).says(ask)).to.equal('no: too-many-resets')
    expect(busy.at(retryAt).says(ask)).to.equal('stepped-up')
    expect(busy.says(proveCode(STEP + 99))).to.equal('code-accepted')
  })

  it('is possible as often as the rules say, and without end when they say so', () => {
    expect(acting(anna.under({ actsPerHour: 2 }), 2).says(stepUp(STEP + 99, { id: 'R99' }))).to.equal(
      'no: too-many-resets',
    )
    expect(acting(anna.under({ actsPerHour: null }), 25).says(stepUp(STEP + 99, { id: 'R99' }))).to.equal('stepped-up')
  })

  it('is remembered for the last twenty acts', () => {
    const busy = acting(anna.under({ actsPerHour: null }), 21)
    expect(busy.account.acts.map(({ id }) => id)).to.deep.equal(Array.from({ length: 20 }, (_, n) => `R${20 - n}`))
    expect(busy.says(stepUp(null, { id: 'R1', target: 'user 1' }))).to.equal('again: stepped-up')
    expect(busy.says(stepUp(null, { id: 'R0', target: 'user 0' }))).to.equal('no: code-incorrect')
  })
})

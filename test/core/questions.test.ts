import { expect } from 'chai'
import { codesRemaining, flowClosed, factorState, mustEnrol, resetStatus } from '../../src/core/questions.ts'
import { anna, endSessions, enrol, lost, newcomer, NOW, proveCode, resetAnna, revoke } from './accountFixture.ts'

describe('Questions about a record', () => {
  it('answer whether a sign-in must include a set-up', () => {
    expect([newcomer, anna, resetAnna, lost].map(({ account }) => mustEnrol(account))).to.deep.equal([
      true,
      false,
      true,
      false,
    ])
  })

  it('answer why no set-up is possible at the sign-in', () => {
    expect(flowClosed(newcomer.account, NOW)).to.equal(null)
    expect(flowClosed(anna.account, NOW)).to.deep.equal({ is: 'set-up-elsewhere', at: NOW - 3600 })
    expect(flowClosed(resetAnna.account, NOW + 2_591_999)).to.equal(null)
    expect(flowClosed(resetAnna.account, NOW + 2_592_000)).to.deep.equal({ is: 'set-up-expired', at: NOW + 2_592_000 })
    expect(flowClosed(lost.account, NOW)).to.deep.equal({ is: 'record-lost' })
    const frozen = resetAnna.does(revoke('R1', { freeze: true })).account
    for (const now of [NOW, NOW + 2_592_000]) expect(flowClosed(frozen, now)).to.deep.equal({ is: 'set-up-frozen' })
  })

  it('answer the state of the second factor', () => {
    const state = ({ account, rules }: typeof anna) => factorState(account, rules)
    expect([newcomer, anna, resetAnna, lost].map(state)).to.deep.equal(['none', 'active', 'reset', 'unavailable'])
    const locked = anna
      .under({ lockAfter: 10 })
      .with({ ...anna.account, attempts: { failures: 10, pausedUntil: null } })
    expect(state(locked)).to.equal('locked')
    expect(state(locked.with({ ...locked.account, factor: resetAnna.account.factor }))).to.equal('reset')
  })

  it('answer the number of backup codes', () => {
    expect([newcomer, anna, resetAnna, lost].map(({ account }) => codesRemaining(account))).to.deep.equal([0, 10, 0, 0])
  })

  it('answer whether a reset is unfinished, for each of its states', () => {
    const [reset] = resetAnna.account.resets
    if (!reset) throw new Error('no reset')
    expect(resetStatus(reset, NOW)).to.equal('sent')
    const ends = [
      { is: 'completed', openedAt: null, at: NOW, via: 'link' },
      { is: 'superseded', openedAt: null, at: NOW },
      { is: 'revoked', openedAt: null, at: NOW },
    ] as const
    for (const state of ends) expect(resetStatus({ ...reset, state }, NOW + 1e9)).to.equal(state.is)
  })

  it('do not change when only sessions are ended', () => {
    const ended = anna.does(endSessions())
    expect(mustEnrol(ended.account)).to.equal(false)
    expect(ended.says(enrol({ binding: 'thief' }))).to.equal('no: set-up-elsewhere')
    expect(ended.says(proveCode(null))).to.equal('no: code-incorrect')
  })
})

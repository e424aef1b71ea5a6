/** What the console answers to "why can this person not sign in?". */
import { expect } from 'chai'
import type { Status } from '../../src/core/command.ts'
import { signInClosed } from '../../src/core/signInState.ts'
import { anna, lost, newcomer, NOW, proveCode, resetAnna, revoke, type Story } from './accountFixture.ts'

const closed = ({ account, rules, now }: Story, status: Status = 'active', roles: string[] = []) =>
  signInClosed({ status, roles, account }, rules, now)

describe('Why a person cannot sign in', () => {
  it('is no reason of the record while a set-up or a code leads in', () => {
    expect([closed(newcomer), closed(anna), closed(resetAnna)]).to.deep.equal([null, null, null])
    expect(signInClosed({ status: 'active', roles: [], account: null }, anna.rules, NOW)).to.equal(null)
  })

  it('is the status before all else', () => {
    const blocked = resetAnna.does(revoke('R1', { freeze: true }))
    expect([closed(anna, 'pending'), closed(anna, 'disabled'), closed(blocked, 'disabled')]).to.deep.equal([
      { is: 'pending' },
      { is: 'disabled' },
      { is: 'disabled' },
    ])
  })

  it('is a set-up that nothing leads to', () => {
    expect(closed(resetAnna.does(revoke('R1', { freeze: true })))).to.deep.equal({ is: 'blocked' })
    const cancelled = resetAnna.does(revoke('R1'))
    expect([closed(cancelled), closed(cancelled, 'active', ['admin'])]).to.deep.equal([null, { is: 'new-reset' }])
    expect(closed(resetAnna.later(31 * 86_400))).to.deep.equal({ is: 'new-link' })
    expect(closed(lost)).to.deep.equal({ is: 'damaged' })
  })

  it('is a pause after wrong codes until it ends, and the lock', () => {
    const wrong = proveCode(null, { knownBrowser: false })
    const paused = anna.refused(wrong, wrong, wrong, wrong, wrong, wrong)
    const until = paused.account.attempts.pausedUntil ?? 0
    expect(until).to.be.greaterThan(NOW)
    expect(closed(paused)).to.deep.equal({ is: 'paused', until })
    expect(closed(paused.at(until))).to.equal(null)
    expect(closed(paused.under({ lockAfter: 6 }))).to.deep.equal({ is: 'locked' })
  })
})

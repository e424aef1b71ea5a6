/** What the console says a person needs to set up again, and that the set-up accepts exactly that. */
import { expect } from 'chai'
import { wayBack } from '../../src/core/wayBack.ts'
import {
  anna,
  changeEmail,
  enrol,
  newcomer,
  NOW,
  resetAnna,
  resend,
  revoke,
  type Story,
  strictAnna,
} from './accountFixture.ts'

const DAY = 86_400
const need = ({ account, rules, now }: Story, roles: string[] = []) => wayBack(account, roles, rules, now)

describe('What is needed to set up again', () => {
  it('is nothing without a reset', () => {
    expect([need(newcomer), need(anna), need(resetAnna.does(enrol()))]).to.deep.equal([null, null, null])
  })

  it('is the password or the link, or both of them', () => {
    expect([need(resetAnna), need(resetAnna, ['admin']), need(strictAnna)]).to.deep.equal(['either', 'both', 'both'])
  })

  it('is the password alone once the link was cancelled, and a new reset where both are required', () => {
    const cancelled = resetAnna.does(revoke('R1'))
    expect([need(cancelled), need(cancelled, ['admin'])]).to.deep.equal(['password', 'new-reset'])
    expect(need(resetAnna.does(revoke('R1', { freeze: true })))).to.equal('blocked')
  })

  it('is a new link where the address changed and both are required', () => {
    const moved = resetAnna.does(changeEmail())
    expect([need(moved), need(moved, ['admin'])]).to.deep.equal(['password', 'new-link'])
    expect(need(moved.does(resend('R1')), ['admin'])).to.equal('both')
  })

  it('after the time to set up at the sign-in is an unexpired link, else a new one', () => {
    const late = NOW + 31 * DAY
    const resent = resetAnna.at(late).does(resend('R1'))
    expect(need(resetAnna.at(late))).to.equal('new-link')
    expect(need(resetAnna.does(revoke('R1')).at(late))).to.equal('new-reset')
    expect(need(resent)).to.equal('either')
  })
})

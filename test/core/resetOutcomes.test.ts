/** What a change means for the metrics of resets: each completion once with its time, each expired link once. */
import { expect } from 'chai'
import { resetOutcomes } from '../../src/core/resetOutcomes.ts'
import { defaultRules } from '../../src/core/rules.ts'
import {
  type Ask,
  anna,
  enrol,
  enrolByLink,
  openLink,
  resend,
  resetAnna,
  revoke,
  startReset,
  stepUp,
} from './accountFixture.ts'
import { STEP, type Story } from './accountFixture.ts'

const outcomes = (story: Story, ask: Ask) => resetOutcomes(story.account, story.does(ask).account, story.now)

const lifetime = defaultRules.linkLifetimeSeconds

describe('The outcome of a reset', () => {
  for (const [via, ask] of Object.entries({ 'sign-in': enrol(), link: enrolByLink('link of R1') }))
    it(`is the time to the set-up by the ${via}`, () => {
      expect(outcomes(resetAnna.later(90), ask)).to.deep.equal([{ is: 'completed', via, seconds: 90 }])
    })

  it('is never a negative time, whatever the clock', () => {
    expect(outcomes(resetAnna.later(-5), enrol())).to.deep.equal([{ is: 'completed', via: 'sign-in', seconds: 0 }])
  })

  it('has an expired link counted when something follows', () => {
    const late = resetAnna.later(lifetime)
    expect(outcomes(late, resend('R1'))).to.deep.equal([{ is: 'expired', followedBy: 'resent' }])
    expect(outcomes(late, startReset('R2'))).to.deep.equal([{ is: 'expired', followedBy: 'superseded' }])
    expect(outcomes(late, revoke('R1'))).to.deep.equal([{ is: 'expired', followedBy: 'revoked' }])
    expect(outcomes(late, enrol())).to.deep.equal([
      { is: 'expired', followedBy: 'completed' },
      { is: 'completed', via: 'sign-in', seconds: lifetime },
    ])
  })

  it('has no expiry one second before, and none twice', () => {
    const early = resetAnna.later(lifetime - 1)
    for (const ask of [resend('R1'), startReset('R2'), revoke('R1')]) expect(outcomes(early, ask)).to.deep.equal([])
    const again = resetAnna.later(lifetime).does(resend('R1'))
    expect(outcomes(again.later(1), revoke('R1'))).to.deep.equal([])
  })

  it('is nothing for other changes', () => {
    expect(outcomes(resetAnna, openLink('link of R1'))).to.deep.equal([])
    expect(outcomes(anna, startReset('R1'))).to.deep.equal([])
    expect(outcomes(anna, stepUp(STEP + 1))).to.deep.equal([])
    const finished = resetAnna.does(enrol()).later(lifetime)
    expect(outcomes(finished, startReset('R2'))).to.deep.equal([])
  })
})

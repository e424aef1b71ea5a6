import { expect } from 'chai'
import { anna, endSessions, enrolByLink, lost, newcomer, NOW, proveCode, resetAnna, STEP } from './accountFixture.ts'
import { resetEmailsOf } from './storyViews.ts'

describe('Ending all sessions', () => {
  for (const because of ['disabled', 'password-changed', 'asked'] as const)
    it(`for the reason ${because} raises the epoch, and the factor does not change`, () => {
      const ended = anna.does(endSessions(because))
      expect(ended.account).to.deep.include({ epoch: NOW, factor: anna.account.factor })
      const notified = because === 'disabled' ? ['audit account.disabled'] : []
      expect(ended.enqueues).to.deep.equal([...notified, 'audit session.ended', 'purge'])
      expect(ended.account.outbox.at(-2)).to.have.nested.include({ 'line.reason': because })
      expect(ended.account.outbox.at(-1)).to.include({ epoch: NOW, resetId: null })
      expect(ended.says(proveCode(STEP + 1))).to.equal('code-accepted')
    })

  it('keeps an obligation to enrol, its link and its email', () => {
    const ended = resetAnna.does(endSessions())
    expect(ended.account.factor).to.deep.equal(resetAnna.account.factor)
    expect(resetEmailsOf(ended)).to.deep.equal(['sealed link of R1'])
    expect(ended.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('works for an account that never enrolled, and is refused for a lost record', () => {
    expect(newcomer.says(endSessions())).to.equal('sessions-ended')
    expect(lost.says(endSessions())).to.equal('no: record-lost')
  })
})

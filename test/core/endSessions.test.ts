import { expect } from 'chai'
import {
  anna,
  endSessions,
  enrolByLink,
  lost,
  newcomer,
  NOW,
  proveCode,
  resetAnna,
  STEP,
  type Story,
} from './accountFixture.ts'

const letters = ({ account }: Story): string[] =>
  account.outbox.flatMap((outbox) => (outbox.is === 'reset-mail' ? [outbox.sealedLink] : []))

describe('Ending all sessions', () => {
  for (const because of ['disabled', 'password-changed', 'asked'] as const)
    it(`because it is ${because} raises the epoch, and the factor stays as it is`, () => {
      const ended = anna.does(endSessions(because))
      expect(ended.account).to.deep.include({ epoch: NOW, factor: anna.account.factor })
      const notified = because === 'disabled' ? ['audit account.disabled'] : []
      expect(ended.enqueues).to.deep.equal([...notified, 'audit session.ended', 'purge'])
      expect(ended.account.outbox.at(-2)).to.have.nested.include({ 'line.reason': because })
      expect(ended.account.outbox.at(-1)).to.include({ epoch: NOW, resetId: null })
      expect(ended.says(proveCode(STEP + 1))).to.equal('code-accepted')
    })

  it('leaves an obligation to set up, its link and its letter standing', () => {
    const ended = resetAnna.does(endSessions())
    expect(ended.account.factor).to.deep.equal(resetAnna.account.factor)
    expect(letters(ended)).to.deep.equal(['sealed link of R1'])
    expect(ended.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('works for somebody who never enrolled, and not on a record that is gone', () => {
    expect(newcomer.says(endSessions())).to.equal('sessions-ended')
    expect(lost.says(endSessions())).to.equal('no: record-lost')
  })
})

import { expect } from 'chai'
import {
  endSessions,
  anna,
  lost,
  newcomer,
  NOW,
  proveCode,
  replaceBy,
  resetAnna,
  startReset,
  STEP,
} from './accountFixture.ts'
import { PENDING_SECONDS } from '../../src/core/rules.ts'

describe('Replacing the authenticator', () => {
  it('replaces secret and codes, raises the epoch, and enqueues the notice, the audit line and the purge', () => {
    const { account, enqueues } = anna.does(replaceBy('laptop'))
    expect(account.factor).to.deep.include({
      is: 'active',
      authenticators: [
        {
          kind: 'totp',
          id: 'authenticator of laptop',
          sealed: 'secret of laptop',
          lastStep: STEP + 10,
          lastForm: null,
        },
      ],
      enrolledAt: NOW,
      epoch: account.epoch,
    })
    expect(account.epoch).to.be.greaterThan(anna.account.epoch)
    expect(enqueues).to.deep.equal(['audit two_factor.replaced', 'purge', 'notice replaced', 'tell-directory'])
  })

  it('keeps the old one working until the code of the new one is right', () => {
    const missed = anna.refused(replaceBy('laptop', { step: null }))
    expect(missed.account).to.equal(anna.account)
    expect(missed.says(proveCode(STEP + 1))).to.equal('code-accepted')
  })

  it('refuses the confirmed code afterwards, and repeats its result for the same browser', () => {
    const after = anna.does(replaceBy('laptop'))
    expect(after.says(proveCode(STEP + 10))).to.equal('no: code-replayed')
    expect(after.says(replaceBy('laptop', { epoch: anna.account.epoch }))).to.equal('again: replaced')
    expect(after.says(replaceBy('tablet', { epoch: anna.account.epoch }))).to.equal('no: sign-in-over')
  })

  it('is refused without a factor, after a reset, and in a sign-in that was ended', () => {
    const says = [newcomer, lost, resetAnna].map((story) => story.says(replaceBy('laptop')))
    expect(says).to.deep.equal(['no: not-enrolled', 'no: record-lost', 'no: not-enrolled'])
    const { epoch } = anna.account
    for (const event of [startReset('R1'), endSessions()])
      expect(anna.does(event).says(replaceBy('laptop', { epoch }))).to.equal('no: sign-in-over')
  })

  it('needs a recent proof', () => {
    expect(anna.later(PENDING_SECONDS - 1).says(replaceBy('laptop'))).to.equal('replaced')
    expect(anna.later(PENDING_SECONDS).says(replaceBy('laptop'))).to.equal('no: proof-too-old')
    expect(anna.later(-PENDING_SECONDS).says(replaceBy('laptop'))).to.equal('no: proof-too-old')
  })

  it('does not end a lock', () => {
    const locked = anna.under({ lockAfter: 1 }).refused(proveCode(null))
    expect(locked.says(replaceBy('laptop'))).to.equal('no: locked')
  })
})

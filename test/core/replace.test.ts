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
  it('swaps secret and codes, begins a new generation of sign-ins, and enqueues the notice, the audit line and the purge', () => {
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

  it('leaves the old one working until the code of the new one is right', () => {
    const missed = anna.suffers(replaceBy('laptop', { step: null }))
    expect(missed.account).to.equal(anna.account)
    expect(missed.says(proveCode(STEP + 1))).to.equal('code-accepted')
  })

  it('takes no code of before as its first, and shows a double click what it did', () => {
    const after = anna.does(replaceBy('laptop'))
    expect(after.says(proveCode(STEP + 10))).to.equal('no: code-replayed')
    expect(after.says(replaceBy('laptop', { epoch: anna.account.epoch }))).to.equal('again: replaced')
    expect(after.says(replaceBy('tablet', { epoch: anna.account.epoch }))).to.equal('no: sign-in-over')
  })

  it('is not for whoever has none, was reset, or was signed out meanwhile', () => {
    const says = [newcomer, lost, resetAnna].map((story) => story.says(replaceBy('laptop')))
    expect(says).to.deep.equal(['no: not-enrolled', 'no: record-lost', 'no: not-enrolled'])
    const { epoch } = anna.account
    for (const event of [startReset('R1'), endSessions()])
      expect(anna.does(event).says(replaceBy('laptop', { epoch }))).to.equal('no: sign-in-over')
  })

  it('needs a proof that is young', () => {
    expect(anna.later(PENDING_SECONDS - 1).says(replaceBy('laptop'))).to.equal('replaced')
    expect(anna.later(PENDING_SECONDS).says(replaceBy('laptop'))).to.equal('no: proof-too-old')
  })

  it('is no way out of a lock', () => {
    const locked = anna.under({ lockAfter: 1 }).suffers(proveCode(null))
    expect(locked.says(replaceBy('laptop'))).to.equal('no: locked')
  })
})

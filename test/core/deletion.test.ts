import { expect } from 'chai'
import { readAccount } from '../../src/core/storedAccount.ts'
import { OUTBOX_LIMIT } from '../../src/core/rules.ts'
import {
  adopt,
  anna,
  by,
  deleteAccount,
  enrol,
  invite,
  lost,
  NOW,
  proveCode,
  resetAnna,
  sendPasswordLink,
  startReset,
  STEP,
} from './accountFixture.ts'

describe('A deleted account', () => {
  const deleted = anna.does(deleteAccount())

  it('keeps its id and a new epoch, and nothing that was proven, mailed or set up', () => {
    const { account } = resetAnna.does(deleteAccount())
    expect(account).to.deep.include({
      id: 'anna',
      factor: { is: 'deleted', at: NOW },
      endedAt: NOW,
      resets: [],
      links: [],
      acts: [],
    })
    expect(account.epoch).to.be.above(resetAnna.account.epoch)
    expect(account).to.not.have.property('password')
  })

  it('enqueues its audit line, the end of sessions, the removal of the person and of their traces', () => {
    expect(deleted.enqueues).to.deep.equal(['audit account.deleted', 'purge', 'remove-person', 'redact-audit'])
  })

  it('withdraws the emails that wait, and keeps the audit lines', () => {
    expect(resetAnna.enqueues).to.include('reset-mail')
    expect(resetAnna.does(deleteAccount()).enqueues).to.deep.equal([
      'audit two_factor.reset.started',
      'audit account.deleted',
      'purge',
      'remove-person',
      'redact-audit',
    ])
  })

  it('refuses every way back', () => {
    for (const ask of [enrol(), adopt(), adopt('replace'), startReset('R2'), invite('I1'), proveCode(STEP + 1)])
      expect(deleted.says(ask)).to.equal('no: account-deleted')
    expect(deleted.says(sendPasswordLink('P1'))).to.equal('no: account-deleted')
  })

  it('is deleted once', () => {
    expect(deleted.says(deleteAccount())).to.equal('again: account-deleted')
  })

  it('can have had a lost record: its epoch keeps a distance', () => {
    expect(lost.does(deleteAccount()).account.epoch).to.be.above(NOW)
  })

  it('is not deleted while its outbox has no room for the effects', () => {
    expect(anna.withBacklog(OUTBOX_LIMIT - 3).says(deleteAccount())).to.equal('no: outbox-full')
  })

  it('is read from its record; a tombstone without its time is damage, not a new account', () => {
    const text = JSON.stringify(deleted.account)
    expect(readAccount('anna', text)).to.deep.equal({ is: 'account', account: JSON.parse(text) })
    const damaged = { ...deleted.account, factor: { is: 'deleted' } }
    expect(readAccount('anna', JSON.stringify(damaged))).to.deep.equal({ is: 'damaged' })
  })

  it('names the actor in its audit line', () => {
    expect(deleted.account.outbox[0]).to.deep.include({
      is: 'audit',
      line: { type: 'account.deleted', outcome: 'done', reason: null, target: null, ...by },
    })
  })
})

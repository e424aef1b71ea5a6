import { expect } from 'chai'
import type { Account } from '../../src/core/account.ts'
import { newAccount } from '../../src/core/newAccount.ts'
import { areCurrent } from '../../src/core/signInFacts.ts'
import { anna, endSessions, lost, NOW, startReset } from './accountFixture.ts'

describe('Facts reported by a host’s sign-in page', () => {
  it('count for a new account, which has ended nothing yet', () => {
    expect(areCurrent(newAccount('anna', NOW), { authenticatedAt: NOW - 60, provenAt: null })).to.equal(true)
  })

  it('count from the second after the last rise of the epoch on', () => {
    const { account } = anna.does(endSessions())
    const at = account.endedAt!
    const counts = [at - 1, at, at + 1].map((authenticatedAt) =>
      areCurrent(account, { authenticatedAt, provenAt: null }),
    )
    expect(counts).to.deep.equal([false, false, true])
    const proven = [at - 1, at, at + 1].map((provenAt) => areCurrent(account, { authenticatedAt: at + 5, provenAt }))
    expect(proven).to.deep.equal([false, false, true])
  })

  it('are compared with the clock, though the epoch runs ahead of it', () => {
    const { account } = anna.does(endSessions(), endSessions(), endSessions())
    expect(account.epoch).to.be.above(account.endedAt!)
    expect(areCurrent(account, { authenticatedAt: account.endedAt! + 1, provenAt: null })).to.equal(true)
    const repaired = lost.does(startReset('R1')).account
    expect(areCurrent(repaired, { authenticatedAt: repaired.endedAt! + 1, provenAt: null })).to.equal(true)
  })

  it('are compared with the epoch in a record that lacks the time', () => {
    const account = JSON.parse(JSON.stringify({ ...anna.does(endSessions()).account, endedAt: undefined })) as Account
    const at = [account.epoch, account.epoch + 1]
    expect(at.map((authenticatedAt) => areCurrent(account, { authenticatedAt, provenAt: null }))).to.deep.equal([
      false,
      true,
    ])
  })

  it('do not count if they are older than the second factor, even if the clock went back in between', () => {
    const { account } = anna
    const setUpLater = { ...account, factor: { ...account.factor, enrolledAt: NOW + 100 } } as typeof account
    expect(areCurrent(setUpLater, { authenticatedAt: NOW + 200, provenAt: NOW + 100 })).to.equal(false)
    expect(areCurrent(setUpLater, { authenticatedAt: NOW + 200, provenAt: NOW + 101 })).to.equal(true)
  })
})

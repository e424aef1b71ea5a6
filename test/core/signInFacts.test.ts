import { expect } from 'chai'
import { type Account, newAccount } from '../../src/core/account.ts'
import { areCurrent } from '../../src/core/signInFacts.ts'
import { anna, endSessions, lost, NOW, startReset } from './accountFixture.ts'

describe('What a host’s page says about a sign-in', () => {
  it('counts for a new account, which has ended nothing yet', () => {
    expect(areCurrent(newAccount('anna', NOW), { authenticatedAt: NOW - 60, provenAt: null })).to.equal(true)
  })

  it('counts from the second after the last rise on', () => {
    const { account } = anna.does(endSessions())
    const at = account.endedAt!
    const counts = [at - 1, at, at + 1].map((authenticatedAt) =>
      areCurrent(account, { authenticatedAt, provenAt: null }),
    )
    expect(counts).to.deep.equal([false, false, true])
    const proven = [at - 1, at, at + 1].map((provenAt) => areCurrent(account, { authenticatedAt: at + 5, provenAt }))
    expect(proven).to.deep.equal([false, false, true])
  })

  it('is compared with the clock, though the epoch runs ahead of it', () => {
    const { account } = anna.does(endSessions(), endSessions(), endSessions())
    expect(account.epoch).to.be.above(account.endedAt!)
    expect(areCurrent(account, { authenticatedAt: account.endedAt! + 1, provenAt: null })).to.equal(true)
    const repaired = lost.does(startReset('R1')).account
    expect(areCurrent(repaired, { authenticatedAt: repaired.endedAt! + 1, provenAt: null })).to.equal(true)
  })

  it('is compared with the epoch in a record of before the time was kept', () => {
    const account = JSON.parse(JSON.stringify({ ...anna.does(endSessions()).account, endedAt: undefined })) as Account
    const at = [account.epoch, account.epoch + 1]
    expect(at.map((authenticatedAt) => areCurrent(account, { authenticatedAt, provenAt: null }))).to.deep.equal([
      false,
      true,
    ])
  })

  it('about a second factor is older than that factor: no fact, even where the clock went back in between', () => {
    const { account } = anna
    const setUpLater = { ...account, factor: { ...account.factor, enrolledAt: NOW + 100 } } as typeof account
    expect(areCurrent(setUpLater, { authenticatedAt: NOW + 200, provenAt: NOW + 100 })).to.equal(false)
    expect(areCurrent(setUpLater, { authenticatedAt: NOW + 200, provenAt: NOW + 101 })).to.equal(true)
  })
})

/** An outbox that is full is an outage: 503 with Retry-After, on pages as in the API. */
import { expect } from 'chai'
import type { Account } from '../../src/core/account.ts'
import { type Arena, openArena } from '../support/arena.ts'
import type { Person } from '../support/attackPeople.ts'

describe('A full outbox', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena()
    // The 503s are what this is about.
    arena.excused.push(/"status":503/)
  })

  /** Fills the record with what is not due for a day. */
  async function fill({ id }: Person): Promise<void> {
    const { records } = arena.house.store
    const stored = await records.read(id)
    const account = JSON.parse(stored?.text ?? '') as Account
    const nextAt = arena.server.now() + 86_400
    const entry = (n: number) => ({
      id: `${account.epoch}.${account.owedCount + n}`,
      at: arena.server.now(),
      nextAt,
      tries: 1,
      is: 'notice',
      notice: { is: 'codes-renewed' },
    })
    const owed = Array.from({ length: 32 }, (_, n) => entry(n))
    const text = JSON.stringify({ ...account, owed, owedCount: account.owedCount + 32 })
    expect(await records.swap(id, text, stored?.version ?? 0, { wakeAt: nextAt })).to.equal(true)
  }

  it('answers a code with 503, Retry-After, and the page for it', async () => {
    const person = await arena.person()
    const page = await arena.challenge(person)
    await fill(person)
    const sent = await page.visitor.send(page, { code: '000000' })
    expect([sent.status, sent.h1]).to.deep.equal([503, 'Not available right now'])
    expect(sent.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
  })

  it('answers Continue on a mailed link likewise', async () => {
    const person = await arena.person()
    const { link } = await arena.reset(person)
    await arena.settled(person)
    const page = await arena.visitor().get(link)
    await fill(person)
    const sent = await page.visitor.send(page, {})
    expect([sent.status, sent.h1]).to.deep.equal([503, 'Not available right now'])
    expect(sent.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
  })
})

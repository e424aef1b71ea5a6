/** An outbox that is full is an outage: 503 with Retry-After, on pages as in the API. */
import { expect } from 'chai'
import { storedAccount } from '../support/storedAccount.ts'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'

describe('A full outbox', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture()
    fixture.excused.push(/"status":503/)
  })

  /** Fills the outbox with entries that are due in a day. */
  async function fill({ id }: Person): Promise<void> {
    const { records } = fixture.host.store
    const stored = await records.read(id)
    const account = await storedAccount(fixture.host, id)
    if (!account) throw new Error('no record')
    const nextAt = fixture.server.now() + 86_400
    const entry = (n: number) => ({
      id: `${account.epoch}.${account.outboxCount + n}`,
      at: fixture.server.now(),
      nextAt,
      tries: 1,
      is: 'notice',
      notice: { is: 'codes-renewed' },
    })
    const outbox = Array.from({ length: 32 }, (_, n) => entry(n))
    const text = JSON.stringify({ ...account, outbox, outboxCount: account.outboxCount + 32 })
    expect(await records.swap(id, text, stored?.version ?? 0, { wakeAt: nextAt })).to.equal(true)
  }

  it('answers a code with 503, Retry-After and a page', async () => {
    const person = await fixture.person()
    const page = await fixture.challenge(person)
    await fill(person)
    const sent = await page.visitor.send(page, { code: '000000' })
    expect([sent.status, sent.h1]).to.deep.equal([503, 'Not available right now'])
    expect(sent.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
  })

  it('answers Continue on a mailed link with the same', async () => {
    const person = await fixture.person()
    const { link } = await fixture.reset(person)
    await fixture.idle(person)
    const page = await fixture.visitor().get(link)
    await fill(person)
    const sent = await page.visitor.send(page, {})
    expect([sent.status, sent.h1]).to.deep.equal([503, 'Not available right now'])
    expect(sent.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
  })
})

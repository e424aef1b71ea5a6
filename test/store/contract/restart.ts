import { expect } from 'chai'
import type { Store } from '../../../src/store/store.ts'
import { movableClock } from '../../../src/testing/clock.ts'
import { type OpenStore, start } from '../../../src/testing/storeContract/fixture.ts'
import type { OpenedDatabase } from '../contract.ts'

export function restart(open: OpenStore<OpenedDatabase>): void {
  let opened: OpenedDatabase
  beforeEach(async () => {
    opened = await open(movableClock(start))
  })
  afterEach(() => opened.close())

  it('has everything after a restart', async () => {
    const { store } = opened
    await store.records.swap('ada', 'one', 0)
    await store.records.swap('ada', 'two', 1, { wakeAt: start + 5 })
    await store.artefacts.put('Session', 's', 'one', {
      expiresAt: start + 50,
      indexes: { uid: 'u', accountId: 'ada', grantId: 'g' },
    })
    await store.artefacts.take('Session', 's')
    await store.profiles.swap('ada', 'profile', 0, {
      email: 'ada@example.com',
      status: 'active',
      words: ['ada'],
      tags: ['t'],
    })
    await store.journal('audit').append({ id: 'e', at: start, text: 'event', tags: ['t'] })
    const everything = async (from: Store) => [
      await from.records.read('ada'),
      await from.records.backlog(start + 6),
      await from.artefacts.get('Session', 's'),
      await from.artefacts.find('Session', 'uid', 'u'),
      await from.artefacts.ofAccount('Session', 'ada', '', 10),
      await from.profiles.list({ search: 'ad', limit: 10 }),
      await from.journal('audit').list({ tags: ['t'], limit: 10 }),
    ]
    const before = await everything(store)
    expect(await everything(await opened.reopen())).to.deep.equal(before)
    expect(before.flat()).to.have.lengthOf(7)
    expect(before.flat()).not.to.include(null)
  })
}

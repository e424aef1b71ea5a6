import { expect } from 'chai'
import type { Store } from '../../../src/store/store.ts'
import type { Open, OpenedDatabase } from '../contract.ts'
import { stage, start } from './fixture.ts'

export function restart(open: Open<OpenedDatabase>): void {
  const at = stage(open)

  it('has everything after a restart', async () => {
    await at.records.swap('ada', 'one', 0)
    await at.records.swap('ada', 'two', 1, { wakeAt: start + 5 })
    await at.artefacts.put('Session', 's', 'one', {
      expiresAt: start + 50,
      indexes: { uid: 'u', accountId: 'ada', grantId: 'g' },
    })
    await at.artefacts.take('Session', 's')
    await at.profiles.swap('ada', 'profile', 0, { email: 'ada@example.com', status: 'active', words: ['ada'] })
    await at.audit.append({ id: 'e', at: start, text: 'event', tags: ['t'] })
    const everything = async (store: Store) => [
      await store.records.read('ada'),
      await store.records.backlog(start + 6),
      await store.artefacts.get('Session', 's'),
      await store.artefacts.find('Session', 'uid', 'u'),
      await store.artefacts.ofAccount('Session', 'ada', '', 10),
      await store.profiles.list({ search: 'ad', limit: 10 }),
      await store.journal('audit').list({ tags: ['t'], limit: 10 }),
    ]
    const before = await everything(at.store)
    expect(await everything(await at.opened.reopen())).to.deep.equal(before)
    expect(before.flat()).to.have.lengthOf(7)
    expect(before.flat()).not.to.include(null)
  })
}

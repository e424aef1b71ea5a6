import { equal, ok } from 'node:assert/strict'
import { StoreUnavailable } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import type { Runner } from '../runner.ts'
import { refusal, stage, start, type OpenStore } from './fixture.ts'

const keys = { email: 'ada@example.com', status: 'active', words: ['ada'], tags: [] }

/** Every operation of a store, once. */
export const calls: Record<string, (store: Store) => Promise<unknown>> = {
  ping: (store) => store.ping(),
  'records.read': ({ records }) => records.read('a'),
  'records.swap': ({ records }) => records.swap('a', '', 0),
  'records.due': ({ records }) => records.due(start, 1, 1),
  'records.backlog': ({ records }) => records.backlog(start),
  'artefacts.put': ({ artefacts }) => artefacts.put('k', 'a', ''),
  'artefacts.add': ({ artefacts }) => artefacts.add('k', 'a', ''),
  'artefacts.replace': ({ artefacts }) => artefacts.replace('k', 'a', ''),
  'artefacts.get': ({ artefacts }) => artefacts.get('k', 'a'),
  'artefacts.find': ({ artefacts }) => artefacts.find('k', 'uid', 'a'),
  'artefacts.take': ({ artefacts }) => artefacts.take('k', 'a'),
  'artefacts.delete': ({ artefacts }) => artefacts.delete('k', 'a'),
  'artefacts.ofAccount': ({ artefacts }) => artefacts.ofAccount('k', 'a', '', 1),
  'artefacts.countOfAccount': ({ artefacts }) => artefacts.countOfAccount('k', 'a'),
  'artefacts.deleteOfGrant': ({ artefacts }) => artefacts.deleteOfGrant('k', 'a'),
  'profiles.read': ({ profiles }) => profiles.read('a'),
  'profiles.findByEmail': ({ profiles }) => profiles.findByEmail('a'),
  'profiles.swap': ({ profiles }) => profiles.swap('a', '', 0, keys),
  'profiles.list': ({ profiles }) => profiles.list({ limit: 1 }),
  'counters.read': ({ counters }) => counters.read('a'),
  'counters.add': ({ counters }) => counters.add('a', 1, 1),
  'counters.set': ({ counters }) => counters.set('a', 1, 1),
  'counters.delete': ({ counters }) => counters.delete('a'),
  'journal.append': (store) => store.journal('audit').append({ id: 'a', at: start, text: '', tags: [] }),
  'journal.list': (store) => store.journal('audit').list({ limit: 1 }),
  'journal.remove': (store) => store.journal('audit').remove({ to: start, limit: 1 }),
}

export function closing(runner: Runner, open: OpenStore): void {
  runner.describe('closing', () => {
    const at = stage(runner, open)
    const { it } = at

    it('answers a ping and has a description', async () => {
      await at.store.ping()
      ok(typeof at.store.description === 'string' && at.store.description !== '')
    })

    for (const [name, call] of Object.entries(calls)) {
      it(`refuses ${name} as unavailable once it is closed`, async () => {
        await at.store.close()
        ok((await refusal(call(at.store))) instanceof StoreUnavailable)
      })
    }

    it('can be closed twice', async () => {
      await at.store.close()
      await at.store.close()
    })

    it('completes operations that began before it was closed', async () => {
      const swap = at.records.swap('ada', 'one', 0)
      const closed = at.store.close()
      equal(await swap, true)
      await closed
    })
  })
}

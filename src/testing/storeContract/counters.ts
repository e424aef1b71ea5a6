import { equal } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { atOnce, same, stage, start, type OpenStore } from './fixture.ts'

export function counters(runner: Runner, open: OpenStore): void {
  runner.describe('counters', () => {
    const at = stage(runner, open)
    const { it } = at

    it('are absent at first', async () => {
      equal(await at.store.counters.read('a'), null)
      equal(await at.store.counters.delete('a'), false)
    })

    it('start with the number that is added and keep their first expiry', async () => {
      same(await at.store.counters.add('a', 2, 60), { count: 2, until: start + 60 })
      at.after(20)
      same(await at.store.counters.add('a', 3, 60), { count: 5, until: start + 60 })
      same(await at.store.counters.read('a'), { count: 5, until: start + 60 })
      equal(await at.store.counters.read('b'), null)
    })

    it('are absent at their expiry and start again after it', async () => {
      await at.store.counters.add('a', 5, 60)
      at.after(59)
      same(await at.store.counters.read('a'), { count: 5, until: start + 60 })
      at.after(60)
      equal(await at.store.counters.read('a'), null)
      equal(await at.store.counters.delete('a'), false)
      await at.store.counters.set('a', 9, 10)
      at.after(70)
      same(await at.store.counters.add('a', 1, 30), { count: 1, until: start + 100 })
    })

    it('are replaced by a set, with a new expiry', async () => {
      await at.store.counters.add('a', 5, 60)
      same(await at.store.counters.set('a', 1, 90), { count: 1, until: start + 90 })
      same(await at.store.counters.read('a'), { count: 1, until: start + 90 })
    })

    it('are deleted once', async () => {
      await at.store.counters.add('a', 5, 60)
      equal(await at.store.counters.delete('a'), true)
      equal(await at.store.counters.delete('a'), false)
      equal(await at.store.counters.read('a'), null)
    })

    it('count all of fifty concurrent additions', async () => {
      const counted = await atOnce(50, () => at.store.counters.add('a', 1, 60))
      same(
        counted.map(({ count }) => count).toSorted((a, b) => a - b),
        Array.from({ length: 50 }, (_, index) => index + 1),
      )
    })

    it('stay in tidy when they have not expired', async () => {
      await at.store.counters.add('gone', 1, 10)
      await at.store.counters.add('here', 1, 60)
      at.after(20)
      await at.store.counters.tidy()
      same(await at.store.counters.read('here'), { count: 1, until: start + 60 })
    })

    it('accept every string as a name', async () => {
      await at.store.counters.add('ünï:{a}\u0000 b', 1, 60)
      equal((await at.store.counters.read('ünï:{a}\u0000 b'))?.count, 1)
      equal(await at.store.counters.read('ünï:{a}'), null)
    })
  })
}

import { equal, notEqual } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { atOnce, refusal, same, stage, start, type OpenStore } from './fixture.ts'

export function worker(runner: Runner, open: OpenStore): void {
  runner.describe('due records', () => {
    const at = stage(runner, open)
    const { it } = at

    it('are those whose wakeAt has passed, earliest first, and no others', async () => {
      await at.records.swap('third', '', 0, { wakeAt: start + 3 })
      await at.records.swap('first', '', 0, { wakeAt: start + 1 })
      await at.records.swap('later', '', 0, { wakeAt: start + 4 })
      await at.records.swap('second', '', 0, { wakeAt: start + 2 })
      await at.records.swap('never', '', 0)
      await at.records.swap('null', '', 0, { wakeAt: null })
      same(await at.records.due(start + 3, 10, 30), ['first', 'second', 'third'])
    })

    it('are the earliest when there are more than the limit', async () => {
      for (const n of [3, 1, 4, 2]) await at.records.swap(`due ${n}`, '', 0, { wakeAt: start + n })
      same(await at.records.due(start + 9, 2, 30), ['due 1', 'due 2'])
      same(await at.records.due(start + 9, 2, 30), ['due 3', 'due 4'])
      same(await at.records.due(start + 9, 2, 30), [])
    })

    it('are none with a limit of 0', async () => {
      await at.records.swap('ada', '', 0, { wakeAt: start })
      same(await at.records.due(start, 0, 30), [])
      same(await at.records.due(start, 1, 30), ['ada'])
    })

    it('are leased, and due again when the lease has expired', async () => {
      await at.records.swap('ada', '', 0, { wakeAt: start })
      same(await at.records.due(start, 10, 30), ['ada'])
      same(await at.records.due(start + 29, 10, 30), [])
      same(await at.records.due(start + 30, 10, 30), ['ada'])
    })

    it('keep text and version when they are leased', async () => {
      await at.records.swap('ada', 'one', 0, { wakeAt: start })
      await at.records.due(start, 10, 30)
      same(await at.records.read('ada'), { text: 'one', version: 1 })
      equal(await at.records.swap('ada', 'two', 1), true)
    })

    it('are leased to one of two concurrent workers', async () => {
      await atOnce(40, (n) => at.records.swap(`due ${n}`, '', 0, { wakeAt: start }))
      const named = (await atOnce(8, () => at.records.due(start, 10, 30))).flat()
      equal(named.length, 40)
      equal(new Set(named).size, 40)
    })

    it('get a new wakeAt by a swap, earlier or later, during a lease too', async () => {
      await at.records.swap('ada', '', 0, { wakeAt: start + 50 })
      await at.records.swap('ada', '', 1, { wakeAt: start + 5 })
      same(await at.records.due(start + 5, 10, 30), ['ada'])
      await at.records.swap('ada', '', 2, { wakeAt: start + 6 })
      same(await at.records.due(start + 6, 10, 30), ['ada'])
    })

    it('are not due after a swap without wakeAt', async () => {
      await at.records.swap('ada', '', 0, { wakeAt: start })
      await at.records.swap('ada', '', 1)
      await at.records.swap('bob', '', 0, { wakeAt: start })
      await at.records.swap('bob', '', 1, { wakeAt: null })
      same(await at.records.due(start + 1_000_000, 10, 30), [])
      equal(await at.records.backlog(start + 1_000_000), 0)
    })

    it('keep their wakeAt when a swap is refused', async () => {
      await at.records.swap('ada', '', 0, { wakeAt: start })
      await at.records.swap('ada', '', 7, { wakeAt: null })
      same(await at.records.due(start, 10, 30), ['ada'])
    })

    it('are counted in the backlog until they are leased', async () => {
      for (const n of [1, 2, 3]) await at.records.swap(`due ${n}`, '', 0, { wakeAt: start + n })
      await at.records.swap('never', '', 0)
      equal(await at.records.backlog(start + 1), 0)
      equal(await at.records.backlog(start + 3), 2)
      await at.records.due(start + 1, 10, 30)
      equal(await at.records.backlog(start + 9), 2)
    })

    it('refuse NaN as wakeAt, with which an outbox entry would never be due', async () => {
      await at.records.swap('ada', 'one', 0, { wakeAt: start })
      notEqual((await refusal(at.records.swap('ada', 'two', 1, { wakeAt: NaN }))).name, 'StoreUnavailable')
      same(await at.records.read('ada'), { text: 'one', version: 1 })
      same(await at.records.due(start, 10, 30), ['ada'])
    })

    it('are swapped although a concurrent swap is refused', async () => {
      const answers = await Promise.allSettled([
        at.records.swap('ada', 'one', 0),
        at.records.swap('bob', 'one', 0, { wakeAt: NaN }),
        at.records.swap('eve', 'one', 0),
      ])
      same(
        answers.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      same(await at.records.read('ada'), { text: 'one', version: 1 })
      equal(await at.records.read('bob'), null)
      same(await at.records.read('eve'), { text: 'one', version: 1 })
    })
  })
}

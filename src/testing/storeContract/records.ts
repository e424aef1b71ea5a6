import { equal } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { atOnce, awkward, count, same, stage, type OpenStore } from './fixture.ts'

export function records(runner: Runner, open: OpenStore): void {
  runner.describe('records', () => {
    const at = stage(runner, open)
    const { it } = at

    it('has nothing under an id never written', async () => {
      equal(await at.records.read('ada'), null)
    })

    it('creates a record at version 1 when version 0 is expected', async () => {
      equal(await at.records.swap('ada', 'one', 0), true)
      same(await at.records.read('ada'), { text: 'one', version: 1 })
    })

    it('adds one to the version with every swap', async () => {
      for (const version of [0, 1, 2, 3]) equal(await at.records.swap('ada', `after ${version}`, version), true)
      same(await at.records.read('ada'), { text: 'after 3', version: 4 })
    })

    it('refuses every version but the stored one and changes nothing', async () => {
      await at.records.swap('ada', 'one', 0)
      await at.records.swap('ada', 'two', 1)
      for (const version of [0, 1, 3, -1, 1.5]) equal(await at.records.swap('ada', 'wrong', version), false)
      same(await at.records.read('ada'), { text: 'two', version: 2 })
    })

    it('refuses every version but 0 of an absent record', async () => {
      equal(await at.records.swap('ada', 'one', 1), false)
      equal(await at.records.read('ada'), null)
    })

    it('accepts one of twenty concurrent creations', async () => {
      const answers = await atOnce(20, (n) => at.records.swap('ada', `by ${n}`, 0))
      equal(count(answers, true), 1)
      same(await at.records.read('ada'), { text: `by ${answers.indexOf(true)}`, version: 1 })
    })

    it('accepts one of twenty concurrent swaps', async () => {
      await at.records.swap('ada', 'first', 0)
      const answers = await atOnce(20, (n) => at.records.swap('ada', `by ${n}`, 1))
      equal(count(answers, true), 1)
      same(await at.records.read('ada'), { text: `by ${answers.indexOf(true)}`, version: 2 })
    })

    it('loses none of 200 increments by read and swap from ten concurrent callers', async () => {
      await at.records.swap('counter', '0', 0)
      await atOnce(10, async () => {
        let left = 20
        while (left > 0) {
          const seen = await at.records.read('counter')
          if (await at.records.swap('counter', String(Number(seen!.text) + 1), seen!.version)) left--
        }
      })
      same(await at.records.read('counter'), { text: '200', version: 201 })
    })

    it('keeps accounts apart in concurrent writes', async () => {
      const answers = await atOnce(200, (n) => at.records.swap(`account ${n}`, `text ${n}`, 0))
      equal(count(answers, true), 200)
      for (const n of [0, 100, 199]) equal((await at.records.read(`account ${n}`))!.text, `text ${n}`)
    })

    it('reads a write as soon as the swap has answered', async () => {
      for (let version = 0; version < 20; version++) {
        await at.records.swap('ada', String(version), version)
        equal((await at.records.read('ada'))!.text, String(version))
      }
    })

    it('accepts every string as an id of its own', async () => {
      for (const id of awkward) equal(await at.records.swap(id, `text of ${id}`, 0), true, JSON.stringify(id))
      for (const id of awkward) {
        same(await at.records.read(id), { text: `text of ${id}`, version: 1 }, JSON.stringify(id))
      }
    })

    it('returns every text unchanged, a megabyte included', async () => {
      for (const [n, text] of [...awkward, '李👩‍💻\0'.repeat(100_000)].entries()) {
        await at.records.swap(`id ${n}`, text, 0)
        equal((await at.records.read(`id ${n}`))!.text === text, true, `text ${n}`)
      }
    })

    it('answers true to a durable swap, and false to one at an old version', async () => {
      equal(await at.records.swap('ada', 'one', 0, { durable: true }), true)
      equal(await at.records.swap('ada', 'two', 0, { durable: true }), false)
      same(await at.records.read('ada'), { text: 'one', version: 1 })
    })
  })
}

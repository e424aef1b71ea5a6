import { equal } from 'node:assert/strict'
import type { ProfileKeys } from '../../store/store.ts'
import type { Runner } from '../runner.ts'
import { atOnce, awkward, count, same, stage, type OpenStore } from './fixture.ts'

const keys = (email: string, status = 'active', words: string[] = []): ProfileKeys => ({
  email,
  status,
  words,
  tags: [],
})

export function profiles(runner: Runner, open: OpenStore): void {
  runner.describe('profiles', () => {
    const at = stage(runner, open)
    const { it } = at

    it('answer true to a durable swap, and false to one at an old version', async () => {
      const durable = { ...keys('ada@example.com'), durable: true }
      equal(await at.profiles.swap('1', 'one', 0, durable), true)
      equal(await at.profiles.swap('1', 'two', 0, durable), false)
      equal(await at.profiles.swap('2', 'two', 0, durable), 'taken')
      await at.profiles.confirm?.('1', 1)
      same(await at.profiles.read('1'), { text: 'one', version: 1 })
    })

    it('has no profile at first', async () => {
      equal(await at.profiles.read('1'), null)
      equal(await at.profiles.findByEmail('ada@example.com'), null)
      same(await at.profiles.list({ limit: 10 }), [])
    })

    it('reads by id and finds by email', async () => {
      equal(await at.profiles.swap('1', 'ada', 0, keys('ada@example.com')), true)
      same(await at.profiles.read('1'), { text: 'ada', version: 1 })
      same(await at.profiles.findByEmail('ada@example.com'), { id: '1', text: 'ada', version: 1 })
      equal(await at.profiles.findByEmail('ada@example'), null)
    })

    it('swaps the expected version only, as records do', async () => {
      await at.profiles.swap('1', 'one', 0, keys('ada@example.com'))
      equal(await at.profiles.swap('1', 'two', 1, keys('ada@example.com')), true)
      for (const version of [0, 1, 3]) {
        equal(await at.profiles.swap('1', 'wrong', version, keys('changed@example.com', 'disabled', ['w'])), false)
      }
      equal(await at.profiles.swap('2', 'wrong', 1, keys('new@example.com')), false)
      same(await at.profiles.read('1'), { text: 'two', version: 2 })
      equal(await at.profiles.findByEmail('changed@example.com'), null)
      same(await at.profiles.list({ search: 'w', limit: 10 }), [])
      equal((await at.profiles.list({ statuses: ['active'], limit: 10 })).length, 1)
    })

    it('accepts one of twenty concurrent swaps', async () => {
      await at.profiles.swap('1', 'first', 0, keys('ada@example.com'))
      const answers = await atOnce(20, (n) => at.profiles.swap('1', `by ${n}`, 1, keys(`ada${n}@example.com`)))
      const winner = answers.indexOf(true)
      equal(count(answers, true), 1)
      equal(count(answers, false), 19)
      same(await at.profiles.read('1'), { text: `by ${winner}`, version: 2 })
      equal((await at.profiles.findByEmail(`ada${winner}@example.com`))!.id, '1')
      equal((await at.profiles.list({ limit: 100 })).length, 1)
    })

    it('gives an email to one account only', async () => {
      await at.profiles.swap('1', 'ada', 0, keys('ada@example.com'))
      await at.profiles.swap('2', 'bob', 0, keys('bob@example.com'))
      equal(await at.profiles.swap('3', 'eve', 0, keys('ada@example.com')), 'taken')
      equal(await at.profiles.swap('2', 'eve', 1, keys('ada@example.com', 'disabled')), 'taken')
      equal(await at.profiles.read('3'), null)
      same(await at.profiles.read('2'), { text: 'bob', version: 1 })
      equal((await at.profiles.findByEmail('bob@example.com'))!.id, '2')
      same(await at.profiles.list({ statuses: ['disabled'], limit: 10 }), [])
    })

    it('gives an email to one of twenty concurrent swaps', async () => {
      const answers = await atOnce(20, (n) => at.profiles.swap(`id ${n}`, `by ${n}`, 0, keys('ada@example.com')))
      equal(count(answers, true), 1)
      equal(count(answers, 'taken'), 19)
      equal((await at.profiles.findByEmail('ada@example.com'))!.id, `id ${answers.indexOf(true)}`)
      equal((await at.profiles.list({ limit: 100 })).length, 1)
    })

    it('frees an email that its account no longer has', async () => {
      await at.profiles.swap('1', 'ada', 0, keys('ada@example.com'))
      equal(await at.profiles.swap('1', 'ada', 1, keys('ada@new.example')), true)
      equal(await at.profiles.findByEmail('ada@example.com'), null)
      equal((await at.profiles.findByEmail('ada@new.example'))!.id, '1')
      equal(await at.profiles.swap('2', 'bob', 0, keys('ada@example.com')), true)
    })

    it('accepts every string as an id, an email and a text', async () => {
      for (const [n, text] of awkward.entries()) {
        equal(await at.profiles.swap(`id of ${text}`, text, 0, keys(`${text}@${n}`)), true, text)
      }
      for (const [n, text] of awkward.entries()) {
        same(await at.profiles.findByEmail(`${text}@${n}`), { id: `id of ${text}`, text, version: 1 })
      }
    })
  })
}

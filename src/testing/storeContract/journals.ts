import { equal, notEqual, ok } from 'node:assert/strict'
import type { Journal, JournalQuery } from '../../store/store.ts'
import type { Runner } from '../runner.ts'
import { atOnce, awkward, refusal, same, scan, stage, start, type OpenStore } from './fixture.ts'

export function journals(runner: Runner, open: OpenStore): void {
  runner.describe('journals', () => {
    const at = stage(runner, open)
    const { it } = at
    const append = (id: string, seconds = 0, tags: string[] = [], journal: Journal = at.audit) =>
      journal.append({ id, at: start + seconds, text: `text of ${id}`, tags })
    const ids = async (query: Partial<JournalQuery> = {}, journal: Journal = at.audit) =>
      (await journal.list({ limit: 100, ...query })).map(({ id }) => id)
    const pages = async (query: JournalQuery) => {
      const entries = await scan<{ id: string; position: string }>((last) =>
        at.audit.list({ ...query, ...(last && { before: last.position }) }),
      )
      return entries.map(({ id }) => id)
    }

    it('are empty at first', async () => {
      same(await ids(), [])
    })

    it('return an entry as it was appended, with its position', async () => {
      await append('e', 5, ['user:1', 'type:x'])
      const { position, ...entry } = (await at.audit.list({ limit: 1 }))[0]!
      ok(typeof position === 'string' && position !== '')
      same(entry, { id: 'e', at: start + 5, text: 'text of e', tags: ['user:1', 'type:x'] })
    })

    it('list the newest first, and those of one second by arrival', async () => {
      await append('a', 1)
      await append('b', 3)
      await append('c', 3)
      await append('late', 2)
      await append('d', 3)
      same(await ids(), ['d', 'c', 'b', 'late', 'a'])
      same(await ids({ limit: 2 }), ['d', 'c'])
      same(await ids({ limit: 0 }), [])
    })

    it('keep the order in which one process appends concurrently', async () => {
      await atOnce(60, (n) => append(`e${n}`, n < 20 ? 1 : 2, n % 2 ? ['odd'] : []))
      const newest = Array.from({ length: 60 }, (_, n) => `e${59 - n}`)
      same(await ids(), newest)
      same(
        await ids({ tags: ['odd'] }),
        newest.filter((_, n) => n % 2 === 0),
      )
    })

    it('ignore a second entry with the same id', async () => {
      await append('e', 1, ['old'])
      await at.audit.append({ id: 'e', at: start + 9, text: 'other', tags: ['new'] })
      same(await ids(), ['e'])
      same(await ids({ tags: ['new'] }), [])
      const [{ at: time, text } = {}] = await at.audit.list({ limit: 1 })
      same([time, text], [start + 1, 'text of e'])
    })

    it('append a durable entry once, and replace its text', async () => {
      const durable = { durable: true }
      for (const text of ['one', 'other']) await at.audit.append({ id: 'e', at: start, text, tags: ['t'] }, durable)
      same(await ids({ tags: ['t'] }), ['e'])
      equal((await at.audit.list({ limit: 1 }))[0]?.text, 'one')
      equal(await at.audit.replace('e', 'redacted', durable), true)
      equal(await at.audit.replace('unknown', 'redacted', durable), false)
      equal((await at.audit.list({ limit: 1 }))[0]?.text, 'redacted')
    })

    it('replace the text of an entry, and nothing else of it', async () => {
      for (const n of [1, 2, 3]) await append(`e${n}`, n, ['t', `only ${n}`])
      const before = await at.audit.list({ limit: 10 })
      equal(await at.audit.replace('e2', 'other \0 text'), true)
      const expected = before.map((entry) => (entry.id === 'e2' ? { ...entry, text: 'other \0 text' } : entry))
      same(await at.audit.list({ limit: 10 }), expected)
      same(await at.audit.list({ tags: ['only 2', 't'], limit: 10 }), expected.slice(1, 2))
      await append('e2', 9)
      same(await at.audit.list({ limit: 10 }), expected)
    })

    it('replace no text of an unknown entry or of another journal', async () => {
      await append('e', 1, ['t'], at.mailbox)
      equal(await at.audit.replace('e', 'other'), false)
      same(await ids(), [])
      equal((await at.mailbox.list({ limit: 1 }))[0]?.text, 'text of e')
    })

    it('store one entry for twenty concurrent appends of the same id', async () => {
      await atOnce(20, () => append('e', 1, ['t']))
      same(await ids(), ['e'])
      same(await ids({ tags: ['t'] }), ['e'])
    })

    it('keep the entries of audit and mailbox apart', async () => {
      await append('e', 1, ['t'], at.audit)
      await append('e', 2, ['t'], at.mailbox)
      await append('f', 3, ['t'], at.mailbox)
      same(await ids({ tags: ['t'] }, at.audit), ['e'])
      same(await ids({}, at.audit), ['e'])
      same(await ids({ tags: ['t'] }, at.mailbox), ['f', 'e'])
    })

    it('filter by tags, all of which an entry must have', async () => {
      await append('a', 1, ['user:1', 'type:x'])
      await append('b', 2, ['user:2', 'type:x'])
      await append('c', 3, ['type:y', 'user:1', 'actor:9'])
      await append('d', 4)
      same(await ids({ tags: ['user:1'] }), ['c', 'a'])
      same(await ids({ tags: ['type:x'] }), ['b', 'a'])
      same(await ids({ tags: ['type:x', 'user:1'] }), ['a'])
      same(await ids({ tags: ['user:1', 'type:y', 'actor:9'] }), ['c'])
      same(await ids({ tags: ['user:2', 'type:y'] }), [])
      same(await ids({ tags: ['user'] }), [])
      same(await ids({ tags: [] }), ['d', 'c', 'b', 'a'])
    })

    it('accept a tag named twice', async () => {
      await append('a', 1, ['t', 't'])
      same(await ids({ tags: ['t', 't'] }), ['a'])
    })

    it('filter by time, both ends included', async () => {
      for (const n of [1, 2, 3, 4]) await append(`e${n}`, n, ['t'])
      for (const tags of [[], ['t']]) {
        same(await ids({ tags, from: start + 2 }), ['e4', 'e3', 'e2'])
        same(await ids({ tags, to: start + 3 }), ['e3', 'e2', 'e1'])
        same(await ids({ tags, from: start + 2, to: start + 3 }), ['e3', 'e2'])
        same(await ids({ tags, from: start + 3, to: start + 2 }), [])
      }
    })

    it('return each entry on one page only, with every filter', async () => {
      for (let n = 0; n < 40; n++) await append(`e${n}`, Math.floor(n / 7), ['all', n % 3 ? 'some' : 'few'])
      for (const filter of [{}, { tags: ['some'] }, { tags: ['all', 'few'] }, { from: start + 1, to: start + 4 }]) {
        same(await pages({ ...filter, limit: 3 }), await ids(filter), JSON.stringify(filter))
      }
    })

    it('keep a cursor valid while new entries are appended', async () => {
      for (let n = 0; n < 6; n++) await append(`e${n}`, n)
      const [, , third] = await at.audit.list({ limit: 3 })
      await append('new', 9)
      await append('equal', 3)
      same(await ids({ before: third!.position }), ['e2', 'e1', 'e0'])
    })

    it('find nothing before an invalid position', async () => {
      await append('e', 1)
      for (const before of ['', 'x', '0', 'NaN_NaN', "'; --", '_', '1_2_x', '\0']) {
        same(await ids({ before }), [], JSON.stringify(before))
      }
    })

    it('accept every string as an id, a tag and a text', async () => {
      for (const [n, word] of awkward.entries()) {
        await at.audit.append({ id: `id ${word}`, at: start + n, text: word, tags: [`t ${word}`] })
      }
      for (const word of awkward) {
        const found = await at.audit.list({ tags: [`t ${word}`], limit: 100 })
        same(
          found.map(({ text, tags }) => [text, ...tags]),
          [[word, `t ${word}`]],
          JSON.stringify(word),
        )
      }
    })

    it('keep all of 300 concurrent appends', async () => {
      await atOnce(300, (n) => append(`e${n}`, n % 5, ['t']))
      equal((await ids({ tags: ['t'], limit: 1000 })).length, 300)
    })

    it('remove the oldest entries up to a second, as many as the limit says', async () => {
      for (const n of [3, 1, 4, 2, 5]) await append(`e${n}`, n, ['t', `only ${n}`])
      equal(await at.audit.remove({ to: start + 4, limit: 3 }), 3)
      same(await ids(), ['e5', 'e4'])
      same(await ids({ tags: ['t'] }), ['e5', 'e4'])
      same(await ids({ tags: ['only 1'] }), [])
      equal(await at.audit.remove({ to: start + 4, limit: 0 }), 0)
      equal(await at.audit.remove({ to: start + 4, limit: 3 }), 1)
      equal(await at.audit.remove({ to: start + 4, limit: 3 }), 0)
      same(await ids(), ['e5'])
    })

    it('remove the oldest entries of one tag, and leave the others and the other journal', async () => {
      for (const n of [1, 2, 3, 4]) await append(`e${n}`, n, n % 2 ? ['refused', 'x', 'x'] : ['x'])
      await append('e1', 1, ['refused'], at.mailbox)
      equal(await at.audit.remove({ to: start + 9, tag: 'refused', limit: 1 }), 1)
      same(await ids(), ['e4', 'e3', 'e2'])
      equal(await at.audit.remove({ to: start + 9, tag: 'refused', limit: 9 }), 1)
      same(await ids({ tags: ['x'] }), ['e4', 'e2'])
      same(await ids({ tags: ['refused'] }), [])
      same(await ids({}, at.mailbox), ['e1'])
    })

    it('accept an entry with the id of a removed one', async () => {
      await append('e', 1, ['t'])
      await at.audit.remove({ to: start + 1, limit: 1 })
      await append('e', 5, ['t'])
      same(await ids({ tags: ['t'] }), ['e'])
      same(await ids(), ['e'])
    })

    it('remove every tag and id that a string can be', async () => {
      for (const word of awkward) await at.audit.append({ id: `i${word}`, at: start, text: '', tags: [`t${word}`] })
      for (const word of awkward) equal(await at.audit.remove({ to: start, tag: `t${word}`, limit: 9 }), 1, word)
      same(await ids(), [])
    })

    it('refuse NaN as the time of an entry', async () => {
      notEqual((await refusal(append('e', NaN))).name, 'StoreUnavailable')
      same(await ids(), [])
    })
  })
}

import { equal, ok } from 'node:assert/strict'
import type { ProfileQuery } from '../../store/store.ts'
import { byBytes } from '../../store/values.ts'
import type { Runner } from '../runner.ts'
import { atOnce, awkward, same, scan, stage, type OpenStore } from './fixture.ts'

/** [email, status, words]; the id is the email. */
const people: [string, string, string[]][] = [
  ['zoe@example.com', 'active', ['zoe', 'ann', 'smith']],
  ['anna@example.com', 'active', ['anna', 'smith']],
  ['bob@example.com', 'pending', ['bob', 'annan']],
  ['eve@example.com', 'disabled', ['eve', 'smithers']],
  ['anton@example.com', 'disabled', ['anton', 'anton']],
  ['li@example.com', 'active', ['李雷', 'çelik', 'o’hara']],
]

export function profileSearch(runner: Runner, open: OpenStore): void {
  runner.describe('lists of profiles', () => {
    const at = stage(runner, open, async () => {
      for (const person of people) await add(...person)
    })
    const { it } = at
    const add = (email: string, status: string, words: string[]) =>
      at.profiles.swap(email, `text of ${email}`, 0, { email, status, words, tags: [] })
    const names = async (query: Partial<ProfileQuery>) =>
      (await at.profiles.list({ limit: 100, ...query })).map(({ id }) => id.replace('@example.com', ''))

    it('are ordered by email and give id, text and version', async () => {
      same(await names({}), ['anna', 'anton', 'bob', 'eve', 'li', 'zoe'])
      same(await at.profiles.list({ limit: 1 }), [
        { id: 'anna@example.com', text: 'text of anna@example.com', version: 1 },
      ])
    })

    it('begin after the cursor and end at the limit', async () => {
      same(await names({ after: 'anna@example.com', limit: 2 }), ['anton', 'bob'])
      same(await names({ after: 'anna@example.coma' }), ['anton', 'bob', 'eve', 'li', 'zoe'])
      same(await names({ after: 'zoe@example.com' }), [])
      same(await names({ limit: 0 }), [])
    })

    it('contain all profiles when the search is empty', async () => {
      equal((await names({ search: '' })).length, 6)
    })

    it('find prefixes of the email and of every word, each profile once', async () => {
      same(await names({ search: 'an' }), ['anna', 'anton', 'bob', 'zoe'])
      same(await names({ search: 'anna' }), ['anna', 'bob'])
      same(await names({ search: 'smith' }), ['anna', 'eve', 'zoe'])
      same(await names({ search: 'smithers' }), ['eve'])
      same(await names({ search: 'anna@example.com' }), ['anna'])
    })

    it('find the first eight words of a name, and no word of an earlier name', async () => {
      const many = Array.from({ length: 100 }, (_, n) => `word${String(n).padStart(2, '0')}${'x'.repeat(60)}`)
      await add('long@example.com', 'active', many)
      const foundBy = async () => {
        const found = await Promise.all(many.map((word) => names({ search: word.slice(0, 6) })))
        return found.flatMap((list, n) => (list.includes('long') ? [n] : []))
      }
      same(await foundBy(), [0, 1, 2, 3, 4, 5, 6, 7])
      const keys = { email: 'long@example.com', status: 'active', words: many.slice(90), tags: [] }
      equal(await at.profiles.swap('long@example.com', 'same', 1, { ...keys, words: many }), true)
      same(await foundBy(), [0, 1, 2, 3, 4, 5, 6, 7])
      equal(await at.profiles.swap('long@example.com', 'other', 2, keys), true)
      same(await foundBy(), [90, 91, 92, 93, 94, 95, 96, 97])
      equal(await at.profiles.swap('long@example.com', 'other', 3, { ...keys, status: 'disabled' }), true)
      same(await foundBy(), [90, 91, 92, 93, 94, 95, 96, 97])
      same(await names({ search: 'word9', statuses: ['active'] }), [])
    })

    it('do not find the middle of a word, two words, or the end of an email', async () => {
      for (const search of ['mith', 'anna smith', 'example.com', 'nna', 'annab']) {
        same(await names({ search }), [], search)
      }
    })

    it('filter by one status or by several, alone and with a search', async () => {
      same(await names({ statuses: ['active'] }), ['anna', 'li', 'zoe'])
      same(await names({ statuses: ['active'], search: 'an' }), ['anna', 'zoe'])
      same(await names({ statuses: ['pending'], search: 'an' }), ['bob'])
      same(await names({ statuses: ['unknown'] }), [])
      same(await names({ statuses: [] }), [])
      same(await names({ statuses: ['pending', 'disabled'] }), ['anton', 'bob', 'eve'])
      same(await names({ statuses: ['pending', 'active', 'unknown'], search: 'an' }), ['anna', 'bob', 'zoe'])
    })

    it('return each profile on one page only, in order, with a search and a status', async () => {
      await atOnce(60, (n) => add(`smith${n}@x.example`, ['active', 'pending', 'disabled'][n % 3]!, ['smith', `n${n}`]))
      for (const query of [
        {},
        { search: 'smith' },
        { search: 's', statuses: ['active'] },
        { statuses: ['disabled', 'pending'] },
      ]) {
        const whole = (await at.profiles.list({ ...query, limit: 1000 })).map(({ id }) => id)
        const seen = await scan<{ id: string }>((last) =>
          at.profiles.list({ ...query, limit: 7, ...(last && { after: last.id }) }),
        )
        same(
          seen.map(({ id }) => id),
          whole,
          JSON.stringify(query),
        )
        same(whole, whole.toSorted(byBytes))
        equal(new Set(whole).size, whole.length)
      }
    })

    it('are counted up to a bound, with a search, a status and a tag', async () => {
      const { profiles } = at
      if (!profiles.count) return
      await atOnce(30, (n) => add(`smith${n}@x.example`, ['active', 'pending', 'disabled'][n % 3]!, ['smith', `n${n}`]))
      for (const query of [
        {},
        { search: 'smith' },
        { search: 'smit', statuses: ['active', 'unknown'] },
        { search: 's' },
        { statuses: ['disabled', 'pending'] },
        { tags: [['nothing']] },
        { search: 'nobody' },
      ]) {
        const all = (await profiles.list({ ...query, limit: 1000 })).length
        for (const most of [1, 7, 1000])
          equal(await profiles.count(query, most), Math.min(all, most), `${JSON.stringify(query)} ${most}`)
      }
    })

    it('follow a changed name, status and email', async () => {
      const anna = (version: number, email: string, status: string, words: string[]) =>
        at.profiles.swap('anna@example.com', 'anna', version, { email, status, words, tags: [] })
      await anna(1, 'anna@example.com', 'active', ['anna', 'jones'])
      same(await names({ search: 'smith' }), ['eve', 'zoe'])
      same(await names({ search: 'jones' }), ['anna'])
      await anna(2, 'anna@example.com', 'disabled', ['anna', 'jones'])
      same(await names({ search: 'jones', statuses: ['active'] }), [])
      same(await names({ search: 'jones', statuses: ['disabled'] }), ['anna'])
      await anna(3, 'zzz@example.com', 'disabled', ['anna', 'jones'])
      same(await names({ search: 'anna' }), ['bob', 'anna'])
      same(await names({ search: 'anna@' }), [])
      equal((await names({})).at(-1), 'anna')
      await anna(4, 'zzz@example.com', 'disabled', [])
      same(await names({ search: 'jones' }), [])
    })

    it('treat no character of a search as a pattern', async () => {
      for (const search of ['%', '_', '*', 'a%', 'a_', '[a', '?', '"', "'", '\\', '(', '\0', '-', '+', 'an*']) {
        same(await names({ search }), [], JSON.stringify(search))
      }
    })

    it('find words in every script', async () => {
      for (const search of ['李', '李雷', 'ç', 'çelik', 'o’']) same(await names({ search }), ['li'], search)
      same(await names({ search: 'c' }), [])
    })

    it('find every string by itself and by its prefixes', async () => {
      for (const [n, word] of awkward.entries()) await add(`${n}@x.example`, 'active', [`~${word}`])
      for (const [n, word] of awkward.entries()) {
        const found = await at.profiles.list({ search: `~${word}`, limit: 100 })
        const expected = awkward.flatMap((other, m) => (`~${other}`.startsWith(`~${word}`) ? [`${m}@x.example`] : []))
        same(
          found.map(({ id }) => id),
          expected.toSorted(byBytes),
          JSON.stringify(word),
        )
        ok(expected.includes(`${n}@x.example`))
      }
    })

    it('order emails by bytes, whatever the strings', async () => {
      for (const word of awkward) await add(`~${word}`, 'active', [])
      const found = await at.profiles.list({ search: '~', limit: 100 })
      same(
        found.map(({ id }) => id),
        awkward.map((word) => `~${word}`).toSorted(byBytes),
      )
    })

    it('find a long word by its first 64 characters', async () => {
      const long = 'ü'.repeat(60) + 'abcdefgh'
      await add('long@example.com', 'active', [long])
      for (const length of [1, 63, 64, 65, 68]) {
        same(await names({ search: Array.from(long).slice(0, length).join('') }), ['long'], String(length))
      }
      same(await names({ search: 'ü'.repeat(61) }), [])
      await add('longer@example.com', 'active', ['ü'.repeat(60) + 'abcx', 'ü'.repeat(60) + 'abcd!'])
      await add('other@example.com', 'active', ['ü'.repeat(60) + 'abcy'])
      same(await names({ search: 'ü'.repeat(60) + 'abc' }), ['long', 'longer', 'other'])
      same(await names({ search: long }), ['long', 'longer'])
    })
  })
}

import { expect } from 'chai'
import type { ProfileQuery } from '../../../src/store/store.ts'
import { byBytes } from '../../../src/store/values.ts'
import type { Open } from '../contract.ts'
import { atOnce, awkward, stage, scan } from './fixture.ts'

/** [email, status, words]; the id is the email. */
const people: [string, string, string[]][] = [
  ['zoe@example.com', 'active', ['zoe', 'ann', 'smith']],
  ['anna@example.com', 'active', ['anna', 'smith']],
  ['bob@example.com', 'pending', ['bob', 'annan']],
  ['eve@example.com', 'disabled', ['eve', 'smithers']],
  ['anton@example.com', 'disabled', ['anton', 'anton']],
  ['li@example.com', 'active', ['李雷', 'çelik', 'o’hara']],
]

export function profileSearch(open: Open): void {
  describe('lists of profiles', () => {
    const at = stage(open)
    const add = (email: string, status: string, words: string[]) =>
      at.profiles.swap(email, `text of ${email}`, 0, { email, status, words })
    const names = async (query: Partial<ProfileQuery>) =>
      (await at.profiles.list({ limit: 100, ...query })).map(({ id }) => id.replace('@example.com', ''))

    beforeEach(async () => {
      for (const person of people) await add(...person)
    })

    it('are ordered by email and give id, text and version', async () => {
      expect(await names({})).to.deep.equal(['anna', 'anton', 'bob', 'eve', 'li', 'zoe'])
      expect(await at.profiles.list({ limit: 1 })).to.deep.equal([
        { id: 'anna@example.com', text: 'text of anna@example.com', version: 1 },
      ])
    })

    it('begin after the cursor and end at the limit', async () => {
      expect(await names({ after: 'anna@example.com', limit: 2 })).to.deep.equal(['anton', 'bob'])
      expect(await names({ after: 'anna@example.coma' })).to.deep.equal(['anton', 'bob', 'eve', 'li', 'zoe'])
      expect(await names({ after: 'zoe@example.com' })).to.deep.equal([])
      expect(await names({ limit: 0 })).to.deep.equal([])
    })

    it('contain all profiles when the search is empty', async () => {
      expect(await names({ search: '' })).to.have.lengthOf(6)
    })

    it('find prefixes of the email and of every word, each profile once', async () => {
      expect(await names({ search: 'an' })).to.deep.equal(['anna', 'anton', 'bob', 'zoe'])
      expect(await names({ search: 'anna' })).to.deep.equal(['anna', 'bob'])
      expect(await names({ search: 'smith' })).to.deep.equal(['anna', 'eve', 'zoe'])
      expect(await names({ search: 'smithers' })).to.deep.equal(['eve'])
      expect(await names({ search: 'anna@example.com' })).to.deep.equal(['anna'])
    })

    it('find the first eight words of a name, and no word of an earlier name', async () => {
      const many = Array.from({ length: 100 }, (_, n) => `word${String(n).padStart(2, '0')}${'x'.repeat(60)}`)
      await add('long@example.com', 'active', many)
      const foundBy = async () => {
        const found = await Promise.all(many.map((word) => names({ search: word.slice(0, 6) })))
        return found.flatMap((list, n) => (list.includes('long') ? [n] : []))
      }
      expect(await foundBy()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7])
      const keys = { email: 'long@example.com', status: 'active', words: many.slice(90) }
      expect(await at.profiles.swap('long@example.com', 'same', 1, { ...keys, words: many })).to.equal(true)
      expect(await foundBy()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7])
      expect(await at.profiles.swap('long@example.com', 'other', 2, keys)).to.equal(true)
      expect(await foundBy()).to.deep.equal([90, 91, 92, 93, 94, 95, 96, 97])
      expect(await at.profiles.swap('long@example.com', 'other', 3, { ...keys, status: 'disabled' })).to.equal(true)
      expect(await foundBy()).to.deep.equal([90, 91, 92, 93, 94, 95, 96, 97])
      expect(await names({ search: 'word9', statuses: ['active'] })).to.deep.equal([])
    })

    it('do not find the middle of a word, two words, or the end of an email', async () => {
      for (const search of ['mith', 'anna smith', 'example.com', 'nna', 'annab']) {
        expect(await names({ search }), search).to.deep.equal([])
      }
    })

    it('filter by one status or by several, alone and with a search', async () => {
      expect(await names({ statuses: ['active'] })).to.deep.equal(['anna', 'li', 'zoe'])
      expect(await names({ statuses: ['active'], search: 'an' })).to.deep.equal(['anna', 'zoe'])
      expect(await names({ statuses: ['pending'], search: 'an' })).to.deep.equal(['bob'])
      expect(await names({ statuses: ['unknown'] })).to.deep.equal([])
      expect(await names({ statuses: [] })).to.deep.equal([])
      expect(await names({ statuses: ['pending', 'disabled'] })).to.deep.equal(['anton', 'bob', 'eve'])
      expect(await names({ statuses: ['pending', 'active', 'unknown'], search: 'an' })).to.deep.equal([
        'anna',
        'bob',
        'zoe',
      ])
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
        expect(
          seen.map(({ id }) => id),
          JSON.stringify(query),
        ).to.deep.equal(whole)
        expect(whole).to.deep.equal(whole.toSorted(byBytes))
        expect(new Set(whole).size).to.equal(whole.length)
      }
    })

    it('follow a changed name, status and email', async () => {
      const anna = (version: number, email: string, status: string, words: string[]) =>
        at.profiles.swap('anna@example.com', 'anna', version, { email, status, words })
      await anna(1, 'anna@example.com', 'active', ['anna', 'jones'])
      expect(await names({ search: 'smith' })).to.deep.equal(['eve', 'zoe'])
      expect(await names({ search: 'jones' })).to.deep.equal(['anna'])
      await anna(2, 'anna@example.com', 'disabled', ['anna', 'jones'])
      expect(await names({ search: 'jones', statuses: ['active'] })).to.deep.equal([])
      expect(await names({ search: 'jones', statuses: ['disabled'] })).to.deep.equal(['anna'])
      await anna(3, 'zzz@example.com', 'disabled', ['anna', 'jones'])
      expect(await names({ search: 'anna' })).to.deep.equal(['bob', 'anna'])
      expect(await names({ search: 'anna@' })).to.deep.equal([])
      expect((await names({})).at(-1)).to.equal('anna')
      await anna(4, 'zzz@example.com', 'disabled', [])
      expect(await names({ search: 'jones' })).to.deep.equal([])
    })

    it('treat no character of a search as a pattern', async () => {
      for (const search of ['%', '_', '*', 'a%', 'a_', '[a', '?', '"', "'", '\\', '(', '\0', '-', '+', 'an*']) {
        expect(await names({ search }), JSON.stringify(search)).to.deep.equal([])
      }
    })

    it('find words in every script', async () => {
      for (const search of ['李', '李雷', 'ç', 'çelik', 'o’'])
        expect(await names({ search }), search).to.deep.equal(['li'])
      expect(await names({ search: 'c' })).to.deep.equal([])
    })

    it('find every string by itself and by its prefixes', async () => {
      for (const [n, word] of awkward.entries()) await add(`${n}@x.example`, 'active', [`~${word}`])
      for (const [n, word] of awkward.entries()) {
        const found = await at.profiles.list({ search: `~${word}`, limit: 100 })
        const expected = awkward.flatMap((other, m) => (`~${other}`.startsWith(`~${word}`) ? [`${m}@x.example`] : []))
        expect(
          found.map(({ id }) => id),
          JSON.stringify(word),
        ).to.deep.equal(expected.toSorted(byBytes))
        expect(expected).to.include(`${n}@x.example`)
      }
    })

    it('order emails by bytes, whatever the strings', async () => {
      for (const word of awkward) await add(`~${word}`, 'active', [])
      const found = await at.profiles.list({ search: '~', limit: 100 })
      expect(found.map(({ id }) => id)).to.deep.equal(awkward.map((word) => `~${word}`).toSorted(byBytes))
    })

    it('find a long word by its first 64 characters', async () => {
      const long = 'ü'.repeat(60) + 'abcdefgh'
      await add('long@example.com', 'active', [long])
      for (const length of [1, 63, 64, 65, 68]) {
        expect(await names({ search: Array.from(long).slice(0, length).join('') }), String(length)).to.deep.equal([
          'long',
        ])
      }
      expect(await names({ search: 'ü'.repeat(61) })).to.deep.equal([])
      await add('longer@example.com', 'active', ['ü'.repeat(60) + 'abcx', 'ü'.repeat(60) + 'abcd!'])
      await add('other@example.com', 'active', ['ü'.repeat(60) + 'abcy'])
      expect(await names({ search: 'ü'.repeat(60) + 'abc' })).to.deep.equal(['long', 'longer', 'other'])
      expect(await names({ search: long })).to.deep.equal(['long', 'longer'])
    })
  })
}

import { deepEqual, equal } from 'node:assert/strict'
import type { PeopleQuery } from '../../ports.ts'
import type { Runner } from '../runner.ts'
import { directoryStage, type OpenDirectory, unique } from './fixture.ts'

export function lists(runner: Runner, open: OpenDirectory): void {
  runner.describe('the list of a directory', () => {
    const at = directoryStage(runner, open)
    const { it } = runner
    const emails = async (query: Partial<PeopleQuery>) =>
      (await at.directory.list({ limit: 100, ...query })).map(({ email }) => email)
    /** People whose emails begin with a word of their own. */
    const family = async (...names: string[]) => {
      const word = unique()
      const added = await Promise.all(names.map((name) => at.add({ email: `${word}.${name}@example.com` })))
      return { word, emails: added.map(({ email }) => email) }
    }

    it('is ordered by email', async () => {
      const { word } = await family('c', 'a', 'b')
      deepEqual(
        await emails({ search: word }),
        ['a', 'b', 'c'].map((name) => `${word}.${name}@example.com`),
      )
    })

    it('begins after the cursor and ends at the limit', async () => {
      const { word, emails: all } = await family('a', 'b', 'c', 'd')
      deepEqual(await emails({ search: word, after: all[0] ?? '', limit: 2 }), all.slice(1, 3))
      deepEqual(await emails({ search: word, after: all[3] ?? '' }), [])
      const seen: string[] = []
      for (let page = await emails({ search: word, limit: 1 }); page[0] !== undefined && seen.length < 9;) {
        seen.push(page[0])
        page = await emails({ search: word, limit: 1, after: page[0] })
      }
      deepEqual(seen, all)
    })

    it('finds prefixes of the email and of a word of the name, in any case', async () => {
      const [first, last] = [unique(), unique()]
      const ana = await at.add({ name: `${first} ${last}` })
      const names = (await at.hasName()) ? [first, last, first.slice(0, -1), last.toUpperCase()] : []
      for (const search of [...names, ana.email.slice(0, 12), ana.email.toUpperCase()])
        deepEqual(await emails({ search }), [ana.email], search)
      for (const search of [first.slice(1), `${first}x`]) deepEqual(await emails({ search }), [], search)
    })

    it('counts what it lists, up to a bound', async () => {
      const { directory } = at
      if (!directory.count) return
      const { word, emails: all } = await family('a', 'b', 'c')
      for (const search of [word, unique()])
        for (const most of [1, 100])
          deepEqual(await directory.count({ search }, most), Math.min(most, search === word ? all.length : 0))
    })

    it('reads a search as text, not as a pattern', async () => {
      const { word } = await family('a')
      for (const search of [`${word}%`, `${word}_a`, `${word}*`, `${word}.?`]) deepEqual(await emails({ search }), [])
    })

    it('filters by status', async () => {
      if (!(await at.hasStatus())) return
      const word = unique()
      for (const status of ['active', 'pending', 'disabled'] as const)
        await at.add({ email: `${word}.${status}@example.com`, status })
      for (const status of ['active', 'pending', 'disabled'] as const)
        deepEqual(await emails({ search: word, status }), [`${word}.${status}@example.com`])
    })

    it('is of the same people as the look-up by id', async () => {
      const ana = await at.add()
      const [listed] = await at.directory.list({ search: ana.email, limit: 1 })
      deepEqual(listed, await at.directory.find(ana.id))
    })

    it('is empty for a limit of 0', async () => {
      const { word } = await family('a')
      equal((await emails({ search: word, limit: 0 })).length, 0)
    })
  })
}

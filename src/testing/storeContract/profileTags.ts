import { equal } from 'node:assert/strict'
import type { ProfileQuery } from '../../store/store.ts'
import type { Runner } from '../runner.ts'
import { atOnce, awkward, same, scan, stage, type OpenStore } from './fixture.ts'

/** [name, status, words, tags]; the id is the email. */
const people: [string, string, string[], string[]][] = [
  ['ana', 'active', ['ana', 'silva'], ['group:sales', 'role:admin']],
  ['ben', 'active', ['ben', 'smith'], ['group:sales', 'group:staff', 'codes:few']],
  ['cleo', 'disabled', ['cleo', 'smith'], ['group:sales']],
  ['dora', 'active', ['dora', 'silva'], ['group:staff']],
  ['emil', 'active', ['emil', 'smith'], []],
]

export function profileTags(runner: Runner, open: OpenStore): void {
  runner.describe('lists of profiles by tag', () => {
    const at = stage(runner, open, async () => {
      for (const [name, status, words, tags] of people) await add(name, { status, words, tags })
    })
    const { it } = at
    const add = (
      name: string,
      { status = 'active', words = [] as string[], tags = [] as string[] },
      version = 0,
      email = `${name}@example.com`,
    ) => at.profiles.swap(`${name}@example.com`, name, version, { email, status, words, tags })
    const names = async (query: Partial<ProfileQuery>) =>
      (await at.profiles.list({ limit: 100, ...query })).map(({ text }) => text)

    it('contain the profiles that have the whole tag', async () => {
      same(await names({ tags: [['group:sales']] }), ['ana', 'ben', 'cleo'])
      same(await names({ tags: [['group:sale']] }), [])
      same(await names({ tags: [['group:sales ']] }), [])
      same(await names({ tags: [['unknown']] }), [])
    })

    it('contain the profiles that have any tag of each list, each once', async () => {
      same(await names({ tags: [['group:staff', 'group:sales']] }), ['ana', 'ben', 'cleo', 'dora'])
      same(await names({ tags: [['group:sales'], ['group:staff']] }), ['ben'])
      same(
        await names({
          tags: [
            ['group:staff', 'group:sales'],
            ['role:admin', 'codes:few'],
          ],
        }),
        ['ana', 'ben'],
      )
      same(await names({ tags: [['codes:few', 'role:admin'], ['group:sales'], ['group:staff']] }), ['ben'])
      same(await names({ tags: [] }), ['ana', 'ben', 'cleo', 'dora', 'emil'])
      same(await names({ tags: [[]] }), [])
      same(await names({ tags: [['group:sales'], []] }), [])
    })

    it('are filtered by status, by a search, by the cursor and by the limit', async () => {
      const tags = [['group:sales', 'group:staff']]
      same(await names({ tags, statuses: ['active'] }), ['ana', 'ben', 'dora'])
      same(await names({ tags, statuses: [] }), [])
      same(await names({ tags, search: 's' }), ['ana', 'ben', 'cleo', 'dora'])
      same(await names({ tags, search: 'smi' }), ['ben', 'cleo'])
      same(await names({ tags, search: 'ana' }), ['ana'])
      same(await names({ tags, search: 'dora@example.com' }), ['dora'])
      same(await names({ tags, search: 'emil' }), [])
      same(await names({ tags, search: '%' }), [])
      same(await names({ tags, search: 'smith', statuses: ['disabled'] }), ['cleo'])
      same(await names({ tags, after: 'ana@example.com' }), ['ben', 'cleo', 'dora'])
      same(await names({ tags, after: 'ana@example.com', limit: 2 }), ['ben', 'cleo'])
      same(await names({ tags, limit: 0 }), [])
    })

    it('follow changed tags, a changed status and a changed email', async () => {
      await add('ana', { words: ['ana', 'silva'], tags: ['group:staff'] }, 1)
      same(await names({ tags: [['group:sales']] }), ['ben', 'cleo'])
      same(await names({ tags: [['role:admin']] }), [])
      same(await names({ tags: [['group:staff']] }), ['ana', 'ben', 'dora'])
      await add('ana', { status: 'disabled', words: ['ana', 'silva'], tags: ['group:staff'] }, 2)
      same(await names({ tags: [['group:staff']], statuses: ['disabled'] }), ['ana'])
      same(await names({ tags: [['group:staff']], statuses: ['active'] }), ['ben', 'dora'])
      await add('ana', { words: ['jones'], tags: ['group:staff', 'group:staff'] }, 3, 'zoe@example.com')
      same(await names({ tags: [['group:staff']] }), ['ben', 'dora', 'ana'])
      same(await names({ tags: [['group:staff']], search: 'silva' }), ['dora'])
      await add('ana', {}, 4, 'zoe@example.com')
      same(await names({ tags: [['group:staff']] }), ['ben', 'dora'])
      equal((await names({})).length, people.length)
    })

    it('are returned page by page, each profile on one page only', async () => {
      // More than a driver looks at in one step, and the few that match are far apart.
      await atOnce(250, (n) =>
        add(`many${String(n).padStart(3, '0')}`, { tags: n % 50 ? ['group:many'] : ['group:many', 'role:rare'] }),
      )
      for (const tags of [[['group:many']], [['group:many'], ['role:rare']], [['role:rare', 'group:staff']]]) {
        const whole = await names({ tags, limit: 1000 })
        const pages = await scan<{ id: string; text: string }>((last) =>
          at.profiles.list({ tags, limit: 3, ...(last && { after: last.id }) }),
        )
        same(
          pages.map(({ text }) => text),
          whole,
        )
      }
      equal((await names({ tags: [['group:many'], ['role:rare']], limit: 1000 })).length, 5)
    })

    it('find every string', async () => {
      for (const [n, word] of awkward.entries()) await add(`awkward${n}`, { tags: [`~${word}`, `!${word}`] })
      for (const [n, word] of awkward.entries()) {
        same(await names({ tags: [[`~${word}`]] }), [`awkward${n}`], JSON.stringify(word))
        same(await names({ tags: [['group:sales', `~${word}`], [`!${word}`]] }), [`awkward${n}`], JSON.stringify(word))
      }
    })
  })
}

/** The search of the embedded directory on every store: without accents, and words in any order. */
import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../src/index.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openRedis } from '../../src/store/redis.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { clock } from '../support/host.ts'
import { startPostgres } from '../support/postgresServer.ts'
import { startRedis } from '../support/redisServer.ts'

interface Opened {
  readonly store: Store
  close(): Promise<unknown>
}

const stores: Readonly<Record<string, () => Promise<Opened>>> = {
  memory: async () => ({ store: memoryStore({ clock }), close: async () => undefined }),
  async SQLite() {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-search-'))
    const store = openSqlite({ directory, clock })
    return { store, close: () => rm(directory, { recursive: true }) }
  },
  async Redis() {
    const redis = await startRedis()
    const store = await openRedis({ url: redis.url, clock })
    return { store, close: () => redis.stop() }
  },
  async PostgreSQL() {
    const postgres = await startPostgres({})
    const store = await openPostgres({ url: postgres.url, clock })
    return { store, close: () => postgres.stop() }
  },
}

/** By id; the email is the id at example.com, or as given. */
const people: Readonly<Record<string, readonly [name: string, email?: string]>> = {
  chloe: ['Chloé Laurent'],
  emma: ['Emma Schäfer'],
  lukasz: ['Łukasz Wójcik'],
  soren: ['Søren Ægir Weiß'],
  liam: ['Liam O’Connor'],
  ana: ['Ana Silva'],
  silvana: ['Silvana Anand'],
  lena: ['Anna-Lena Silva'],
  muller: ['Jörg Müller', 'jörg.müller@example.com'],
  hangul: ['김민준'],
  viet: ['Nguyễn Văn Đức'],
}

const searches: Readonly<Record<string, readonly string[]>> = {
  'without the accents of the name': [
    'chloe:chloe',
    'CHLOÉ:chloe',
    'schafer:emma',
    'wojcik lukasz:lukasz',
    'weiss:soren',
  ],
  'with them where the name has none': ['Sílva Ána:ana,silvana'],
  'in letters that Unicode does not take apart': ['soren:soren', 'aegir:soren', 'duc nguyen:viet'],
  'in a decomposed form': [`${'Chloé'.normalize('NFD')}:chloe`],
  'by words in any order': ['silva ana:ana,silvana', 'silva lena:lena', 'lena anna:lena', 'connor liam:liam'],
  'by the beginning of each word only': ['ilva:', 'silva na:', 'laurent chl:chloe', 'laurent hloe:'],
  'by a word of the name and the email': ['laurent chloe@:chloe', 'ana@example.com silva:ana', 'silva emma@:'],
  'by an email with accents': ['jörg.m:muller', 'jorg.m:muller', 'jörg.müller@example.com:muller'],
  'in a script without case': ['김민:hangul', '민준:'],
}

for (const [name, open] of Object.entries(stores))
  describe(`The search for people on ${name}`, () => {
    let opened: Opened
    let directory: ReturnType<typeof createDirectory>
    before(async () => {
      opened = await open()
      directory = createDirectory({ profiles: opened.store.profiles, clock })
      for (const [id, [shown, email = `${id}@example.com`]] of Object.entries(people))
        await directory.create({ id, name: shown, email })
    })
    after(async () => {
      await opened.store.close()
      await opened.close()
    })

    for (const [what, cases] of Object.entries(searches))
      it(`finds a person ${what}`, async () => {
        for (const line of cases) {
          const [search = '', ids = ''] = line.split(':')
          const found = await directory.list({ search, limit: 10 })
          expect(found.map(({ id }) => id).toSorted(), search).to.deep.equal(ids.split(',').filter(Boolean).toSorted())
        }
      })

    it('finds each person once, page by page, where few of many have the other word', async () => {
      const wanted: string[] = []
      await Promise.all(
        Array.from({ length: 450 }, async (_, n) => {
          const id = `many${String(n).padStart(3, '0')}`
          if (n % 90 === 0) wanted.push(id)
          await directory.create({
            id,
            name: n % 90 === 0 ? 'Ida Longestname' : 'Bob Longestname',
            email: `${id}@x.example`,
          })
        }),
      )
      for (const limit of [1, 2, 10]) {
        const seen: string[] = []
        for (let after = ''; ;) {
          const page = await directory.list({ search: 'longestname ida', limit, ...(after && { after }) })
          seen.push(...page.map(({ id }) => id))
          if (page.length < limit) break
          after = page.at(-1)!.email
        }
        expect(seen).to.deep.equal(wanted.toSorted())
      }
      expect(await directory.list({ search: 'longestname ida', status: 'pending', limit: 5 })).to.deep.equal([])
    })
  })

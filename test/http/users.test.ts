/**
 * The list of users on both stores: by status and by the state of the second factor, each person once, and for 10,000 the same work
 * as for 100 (`ACCOUNTS` sets another number). Work is commands and round trips on Redis, statements and rows on SQLite.
 */
import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StatementSync } from 'node:sqlite'
import { newAccount } from '../../src/core/newAccount.ts'
import type { Store } from '../../src/index.ts'
import { openRedis } from '../../src/store/redis.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { clock } from '../support/host.ts'
import { listedPeople, type ListedPeople, lockAfter } from '../support/listedPeople.ts'
import { startRedis } from '../support/redisServer.ts'

interface ServerUnderTest {
  readonly store: Store
  /** Work of the database so far. Counts. */
  work(): Readonly<Record<string, number>>
  close(): Promise<void>
}

const serversUnderTest: Readonly<Record<string, () => Promise<ServerUnderTest>>> = {
  async SQLite() {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-users-'))
    const store = openSqlite({ directory, clock })
    const counting = countStatements()
    return {
      store,
      work: counting.work,
      async close() {
        counting.stop()
        await store.close()
        await rm(directory, { recursive: true })
      },
    }
  },
  async Redis() {
    const redis = await startRedis()
    const store = await openRedis({ url: redis.url, clock })
    return {
      store,
      work: () => ({ ...store.traffic() }),
      async close() {
        await store.close()
        await redis.stop()
      },
    }
  },
}

/** Counts statements that read, and their rows. */
function countStatements() {
  const counted = { statements: 0, rows: 0 }
  const { get, all } = StatementSync.prototype
  StatementSync.prototype.get = function (this: StatementSync, ...values: Parameters<typeof get>) {
    const row = get.apply(this, values)
    counted.statements++
    if (row) counted.rows++
    return row
  } as typeof get
  StatementSync.prototype.all = function (this: StatementSync, ...values: Parameters<typeof all>) {
    const rows = all.apply(this, values)
    counted.statements++
    counted.rows += rows.length
    return rows
  } as typeof all
  return { work: () => ({ ...counted }), stop: () => void Object.assign(StatementSync.prototype, { get, all }) }
}

const enough = async () => 'enough' as const

for (const [name, open] of Object.entries(serversUnderTest)) {
  describe(`Users on ${name}`, () => {
    let underTest: ServerUnderTest
    let people: ListedPeople
    beforeEach(async () => {
      underTest = await open()
      people = await listedPeople(underTest.store)
    })
    afterEach(async () => {
      await people.close()
      await underTest.close()
    })

    it('are found by the state of the second factor, after a set-up, a lock and a reset', async () => {
      await people.create('ana')
      expect(await people.notified('none')).to.deep.equal(['ana'])
      await people.enrol('ana')
      expect(await people.notified('active')).to.deep.equal(['admin', 'ana'])

      const request = await people.challenge('ana')
      let page = request
      for (let n = 0; n < lockAfter; n++) page = await page.visitor.submit(page, { code: '000000' })
      await people.rekey.idle()
      expect(await people.notified('locked')).to.deep.equal(['ana'])
      expect(await people.ids({ two_factor: 'locked' })).to.deep.equal(['ana'])

      await people.rekey.reset({ accountId: 'ana', by: 'admin' })
      await people.rekey.idle()
      expect(await people.notified('reset')).to.deep.equal(['ana'])
      expect(await people.ids({ two_factor: 'reset', status: 'active' })).to.deep.equal(['ana'])
      expect(await people.ids({ two_factor: 'reset', status: 'disabled' })).to.deep.equal([])
      expect(await people.ids({ two_factor: 'locked' })).to.deep.equal([])
    })

    it('are shown by their record, and found by it after that', async () => {
      for (const id of ['ana', 'ben']) await people.create(id)
      await people.directory.factorChanged('ana', async () => 'locked', enough)
      expect(await people.ids({ two_factor: 'locked' })).to.deep.equal([])
      expect(await people.notified('none')).to.deep.equal(['ana', 'ben'])
    })

    it('with a lost record are found as such after they were shown', async () => {
      await people.directory.create({ id: 'ana', email: 'ana@example.com', name: 'Ana', secondFactorSince: 1 })
      expect(await people.ids({ two_factor: 'unavailable' })).to.deep.equal([])
      expect((await people.list({})).items.map(({ two_factor: factor }) => factor.state)).to.include('unavailable')
      expect(await people.ids({ two_factor: 'unavailable' })).to.deep.equal(['ana'])
    })

    it('without a stored state are candidates for each, and get one at the first look-up', async () => {
      const profile = { email: 'old@example.com', name: 'Old', locale: null, roles: [], groups: [], status: 'active' }
      const text = JSON.stringify({ ...profile, createdAt: 1, secondFactorSince: null, passwordHash: null })
      await underTest.store.profiles.swap('old', text, 0, {
        email: profile.email,
        words: ['old'],
        status: 'active',
        tags: [],
      })
      expect(await people.ids({ two_factor: 'none' })).to.deep.equal(['old'])
      expect((await people.directory.find('old'))?.secondFactor).to.equal('none')
      expect(await people.ids({ two_factor: 'reset' })).to.deep.equal([])
      expect(await people.ids({ status: 'active' })).to.deep.equal(['admin', 'old'])
    })

    it('are each listed once, in order of email, while others are added', async () => {
      const ids = Array.from({ length: 23 }, (_, n) => `user${String(n * 2).padStart(2, '0')}`)
      for (const id of ids) await people.create(id)
      for (const query of [{ two_factor: 'none' }, { two_factor: 'none', status: 'active', search: 'user' }, {}]) {
        let number = 1
        const seen = await people.all({ ...query, limit: 4 }, async () => {
          const { items } = await people.list({ search: 'new', limit: 200 })
          await people.create(`new${Object.keys(query).length}${items.length}`)
          number += 2
          await people.directory.setStatus('user00', number % 4 === 1 ? 'active' : 'disabled')
        })
        expect(seen.filter((id) => id.startsWith('user'))).to.deep.equal(ids)
        expect(seen).to.deep.equal(seen.toSorted())
        expect(new Set(seen).size).to.equal(seen.length)
        await people.directory.setStatus('user00', 'active')
      }
    })

    it('are listed among 10,000 with the work of 100', async function () {
      this.timeout(300_000)
      const statuses = ['active', 'pending', 'disabled'] as const
      const add = async (n: number) => {
        const id = `user${String(n).padStart(6, '0')}`
        const isReset = n % 10 < 3
        const factor = { is: 'reset', resetId: 'r', at: 1, signInUntil: 2, frozen: false } as const
        const record = { ...newAccount(id, 1), factor }
        const profile = { email: `${id}@example.com`, name: `Ann ${n % 10}`, status: statuses[n % 3]! }
        const groups = n % 2 ? ['most', `of ${n % 10}`] : ['most']
        const roles = n < 3 ? (['helpdesk'] as const) : []
        if (isReset) await underTest.store.records.swap(id, JSON.stringify(record), 0)
        await people.directory.create({ id, ...profile, groups, roles, secondFactorSince: isReset ? 1 : null })
        if (isReset) await people.directory.factorChanged(id, async () => 'reset', enough)
      }
      const fill = async (from: number, to: number) => {
        for (let n = from; n < to; n += 500)
          await Promise.all(Array.from({ length: Math.min(500, to - n) }, (_, m) => add(n + m)))
      }
      const cursor = Buffer.from('user000010@example.com').toString('base64url')
      const queries = [
        {},
        { cursor },
        { status: 'disabled' },
        { status: 'disabled', cursor },
        { two_factor: 'reset' },
        { two_factor: 'reset', cursor },
        { two_factor: 'locked' },
        { two_factor: 'unavailable' },
        { two_factor: 'none', status: 'pending', search: 'ann' },
        { two_factor: 'reset', status: 'active', search: 'user0', cursor },
        { search: '1' },
        { search: 'nobody' },
        { group: 'most' },
        { group: 'most', cursor },
        { group: 'of 1', status: 'pending', search: 'ann', cursor },
        { group: 'unknown' },
        { role: 'helpdesk' },
        { role: 'admin', group: 'most' },
        { backup_codes: 'few' },
        { backup_codes: 'none', group: 'most', two_factor: 'active' },
      ].map((query) => ({ ...query, limit: 2 }))
      const sumOf = (used: Record<string, number>): number => Object.values(used).reduce((sum, each) => sum + each, 0)
      const listings = async () => {
        const all = []
        for (const query of queries) {
          const measured = []
          // The least of three: the worker may read in one of them.
          for (let n = 0; n < 3; n++) {
            const before = underTest.work()
            const { items } = await people.list(query)
            const after = underTest.work()
            const used = Object.fromEntries(Object.entries(after).map(([what, count]) => [what, count - before[what]!]))
            measured.push({ found: items.map(({ id }) => id), used })
          }
          const least = measured.toSorted((a, b) => sumOf(a.used) - sumOf(b.used))[0]!
          all.push({ query, ...least })
        }
        return all
      }
      await fill(0, 100)
      const few = await listings()
      await fill(100, Number(process.env['ACCOUNTS'] ?? 10_000))
      expect(await listings()).to.deep.equal(few)
      expect(few.filter(({ found }) => found.length === 2)).to.have.lengthOf(13)
    })
  })
}

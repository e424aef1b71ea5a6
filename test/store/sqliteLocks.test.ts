/** Of the SQLite driver only: locks of another process, and a full disk. */
import { expect } from 'chai'
import { SqliteFile } from '../../src/store/sqlite/file.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { sqliteFixture, watched } from './sqliteFixture.ts'

describe('The files of SQLite', () => {
  const { path, closedAtTheEnd, open, raw } = sqliteFixture()

  describe('locked by another process', () => {
    it('are unavailable for writes within two seconds, and block neither reads nor the event loop', async () => {
      const store = open()
      await store.records.swap('ada', 'one', 0)
      const other = raw('records.db')
      other.exec('BEGIN IMMEDIATE')
      const began = performance.now()
      let turns = 0
      const beat = setInterval(() => turns++, 1)
      const writes = atOnce(50, () => refusal(store.records.swap('ada', 'two', 1)))
      expect(await store.records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
      await store.artefacts.put('Session', 's', 'one')
      for (const error of await writes) expect(error).to.be.instanceOf(StoreUnavailable)
      clearInterval(beat)
      expect(performance.now() - began).to.be.within(1000, 2000)
      // A blocked event loop would turn once.
      expect(turns).to.be.greaterThan(20)
      other.exec('ROLLBACK')
      expect(await store.records.swap('ada', 'two', 1)).to.equal(true)
    })

    it('can be opened', async () => {
      await open().records.swap('ada', 'one', 0)
      raw('records.db').exec('BEGIN IMMEDIATE')
      expect(await open().records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
    })

    it('wait for a lock that is soon released, and lose no write', async () => {
      const store = open()
      const other = raw('records.db')
      other.exec('BEGIN IMMEDIATE')
      const swaps = atOnce(300, (n) => store.records.swap(`id ${n}`, 'one', 0))
      setTimeout(() => other.exec('COMMIT'), 100)
      expect(new Set(await swaps)).to.deep.equal(new Set([true]))
      expect(other.prepare('SELECT count(*) AS count FROM records').get()!.count).to.equal(300)
    })

    it('are read again until the lock is released, and are unavailable when it is not', async () => {
      const file = closedAtTheEnd(new SqliteFile({ path: path('any.db'), synchronous: 'NORMAL', schema: [] }))
      // WAL blocks readers only while another process recovers or closes the file: too short to reproduce.
      const busy = Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 261 })
      let refusals = 3
      const soon = () => {
        if (refusals-- > 0) throw busy
        return 'answer'
      }
      expect(await file.read(soon)).to.equal('answer')
      const never = () => {
        throw busy
      }
      const began = performance.now()
      expect(await refusal(file.read(never))).to.be.instanceOf(StoreUnavailable)
      expect(performance.now() - began).to.be.within(1000, 2000)
    })

    it('are unavailable for a write that waits for the lock when the store is closed', async () => {
      const store = open()
      const other = raw('records.db')
      other.exec('BEGIN IMMEDIATE')
      const swap = refusal(store.records.swap('ada', 'one', 0))
      await store.close()
      expect(await swap).to.be.instanceOf(StoreUnavailable)
    })
  })

  describe('on a full disk', () => {
    it('are unavailable for writes, which change nothing, and accept writes when there is room', async () => {
      const { store, connections } = await watched(open)
      await store.records.swap('ada', 'one', 0, { wakeAt: start })
      await store.artefacts.put('Session', 's', 'one')
      const limited = (pages: string) => {
        for (const connection of connections) connection.exec(`PRAGMA max_page_count = ${pages}`)
      }
      limited('1')
      const big = 'x'.repeat(100_000)
      const refusals = await Promise.all([
        refusal(store.records.swap('ada', big, 1)),
        refusal(store.records.swap('bob', big, 0)),
        refusal(store.artefacts.put('Session', 's', big)),
        refusal(store.profiles.swap('ada', big, 0, { email: 'a@b', status: 'active', words: ['a'], tags: [] })),
        refusal(store.journal('audit').append({ id: 'e', at: start, text: big, tags: ['t'] })),
      ])
      for (const error of refusals) expect(error).to.be.instanceOf(StoreUnavailable)
      expect(await store.records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
      expect(await store.records.read('bob')).to.equal(null)
      expect(await store.artefacts.get('Session', 's')).to.deep.equal({ text: 'one', takenAt: null })
      expect(await store.profiles.list({ limit: 10 })).to.deep.equal([])
      expect(await store.journal('audit').list({ tags: ['t'], limit: 10 })).to.deep.equal([])
      limited('1000000')
      expect(await store.records.swap('ada', big, 1)).to.equal(true)
      await store.close()
      expect(Object.values(raw('records.db').prepare('PRAGMA integrity_check').get()!)).to.deep.equal(['ok'])
    })
  })
})

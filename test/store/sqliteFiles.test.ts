/** Of the SQLite driver only: its files and its query plans. */
import { expect } from 'chai'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import { calls } from '../../src/testing/storeContract/closing.ts'
import { atOnce, start } from '../../src/testing/storeContract/fixture.ts'
import { startNeighbour } from './neighbour.ts'
import { sqliteFixture, watched } from './sqliteFixture.ts'

describe('The files of SQLite', () => {
  const { at, path, open, raw, refusedToOpen } = sqliteFixture()

  it('are created in the given directory, for their owner only', async () => {
    at.directory = join(at.directory, 'deep', 'data')
    const store = open()
    await store.records.swap('ada', 'one', 0)
    await store.artefacts.put('Session', 's', 'one')
    expect(statSync(at.directory).mode & 0o777).to.equal(0o700)
    const files = readdirSync(at.directory)
    expect(files).to.include.members(['records.db', 'records.db-wal', 'artefacts.db', 'artefacts.db-wal'])
    for (const file of files) expect(statSync(path(file)).mode & 0o777, file).to.equal(0o600)
    expect(store.description).to.equal(`SQLite (${at.directory}/)`)
  })

  it('keep the mode that their operator set', async () => {
    await open().close()
    chmodSync(path('records.db'), 0o660)
    open()
    expect(statSync(path('records.db')).mode & 0o777).to.equal(0o660)
  })

  it('are complete without their logs after closing', async () => {
    const store = open()
    await store.records.swap('ada', 'one', 0)
    await store.close()
    expect(readdirSync(at.directory).toSorted()).to.deep.equal(['artefacts.db', 'records.db'])
    expect(raw('records.db').prepare('SELECT text FROM records').all()).to.have.lengthOf(1)
  })

  it('wait for the disk for records, which must survive the loss of power, and only for them', async () => {
    const { connections } = await watched(open)
    const synchronous = [...connections].map((connection) => [
      connection.location()!.replace(/^.*\//, ''),
      Object.values(connection.prepare('PRAGMA synchronous').get()!)[0],
      Object.values(connection.prepare('PRAGMA journal_mode').get()!)[0],
    ])
    // 2 is FULL, 1 is NORMAL.
    expect(synchronous).to.deep.equal([
      ['records.db', 2, 'wal'],
      ['artefacts.db', 1, 'wal'],
    ])
  })

  it('can be created by five concurrent processes', async () => {
    const five = await atOnce(5, () => startNeighbour(`sqlite:${at.directory}`))
    try {
      await Promise.all(five.map((neighbour, n) => neighbour.call('records', 'swap', `from ${n}`, 'here', 0)))
      const { records } = open()
      for (const n of five.keys()) expect(await records.read(`from ${n}`)).not.to.equal(null)
    } finally {
      await Promise.all(five.map((neighbour) => neighbour.kill()))
    }
  })

  it('have no expired rows after tidy, and all others', async () => {
    const store = open()
    await atOnce(1100, (n) => store.artefacts.put('Session', `s${n}`, '', { expiresAt: start + 5 }))
    await store.artefacts.put('Session', 'later', '', { expiresAt: start + 6 })
    await store.artefacts.put('Client', 'never', '')
    at.now = start + 5
    await store.artefacts.tidy()
    const ids = raw('artefacts.db').prepare('SELECT id FROM artefacts ORDER BY id').all()
    expect(ids.map(({ id }) => id)).to.deep.equal(['later', 'never'])
  })

  describe('that are foreign, newer or damaged', () => {
    it('are refused when a newer version wrote them, and do not change', async () => {
      for (const name of ['records.db', 'artefacts.db']) {
        await open().close()
        const connection = raw(name)
        connection.exec('PRAGMA user_version = 99')
        connection.close()
        const before = readFileSync(path(name))
        const error = refusedToOpen()
        expect(error).not.to.be.instanceOf(StoreUnavailable)
        expect(error.message)
          .to.match(/newer oidc-rekey \(schema 99; this one knows [12]\)/)
          .and.to.include(path(name))
        expect(readFileSync(path(name)).equals(before)).to.equal(true)
        rmSync(path(name))
      }
    })

    it('are refused when they are a database of another program, and do not change', () => {
      const connection = raw('records.db')
      connection.exec('CREATE TABLE records (mine TEXT)')
      connection.close()
      const before = readFileSync(path('records.db'))
      expect(refusedToOpen().message).to.include(path('records.db')).and.to.include('not a database of oidc-rekey')
      expect(readFileSync(path('records.db')).equals(before)).to.equal(true)
    })

    it('are refused when they are not a database, and do not change', () => {
      const text = 'Dear diary, '.repeat(1000)
      writeFileSync(path('records.db'), text)
      expect(refusedToOpen().message).to.include(path('records.db')).and.to.include('not a database of oidc-rekey')
      expect(readFileSync(path('records.db'), 'utf8')).to.equal(text)
    })

    it('are refused when they cannot be opened', () => {
      at.directory = join(at.directory, 'file')
      writeFileSync(at.directory, '')
      expect(refusedToOpen()).to.be.instanceOf(Error)
    })

    it('are an error when they are damaged, never an account without a record', async () => {
      const store = open()
      await atOnce(200, (n) => store.records.swap(`id ${n}`, 'x'.repeat(2000), 0))
      await store.close()
      const bytes = readFileSync(path('records.db'))
      writeFileSync(path('records.db'), bytes.fill(0xa5, 4096))
      const damaged = await reading(open, 'id 7')
      expect(damaged).to.be.instanceOf(Error).and.not.to.be.instanceOf(StoreUnavailable)
    })

    it('are an error when they are truncated', async () => {
      const store = open()
      await atOnce(200, (n) => store.records.swap(`id ${n}`, 'x'.repeat(2000), 0))
      await store.close()
      truncateSync(path('records.db'), 8192)
      expect(await reading(open, 'id 7')).to.be.instanceOf(Error)
    })
  })

  describe('with many rows', () => {
    it('are read along an index by every statement, without a table scan or a sort', async () => {
      const { store, statements } = await watched(open, async (each) => {
        for (const call of Object.values(calls)) await call(each)
        for (const tags of [['a'], ['a', 'b'], ['a', 'b', 'c']]) await each.journal('audit').list({ tags, limit: 1 })
      })
      await store.close()
      expect(statements.length).to.be.greaterThan(30)
      for (const { file, sql } of statements) {
        const connection = new DatabaseSync(file)
        const plan = connection
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => String(detail))
        connection.close()
        for (const step of plan) {
          // The schema is a dozen rows; a subquery is bounded by its own LIMIT.
          // A list in JSON has no index, and is as short as the question.
          if (/^SCAN (sqlite_(schema|master)|\(subquery-\d+\)|\w+ VIRTUAL TABLE INDEX \d+:)$/.test(step)) continue
          expect(step, sql).not.to.match(/^SCAN|TEMP B-TREE/)
          // The first column alone would read all rows of a kind, a status or a journal.
          expect(step, sql).not.to.match(/\((kind|status|journal)=\?\)$/)
        }
      }
    })
  })
})

/** The record, or the error of the opening or the read. */
async function reading(open: () => Store, id: string): Promise<unknown> {
  try {
    return await open().records.read(id)
  } catch (error) {
    return error
  }
}

/** What only the SQLite driver promises: its files, its locks, its plans, and what a broken disk does to it. */
import { expect } from 'chai'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../src/store/sqlite.ts'
import { SqliteFile } from '../../src/store/sqlite/file.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import { calls } from './contract/closing.ts'
import { atOnce, refusal, start } from './contract/fixture.ts'
import { startNeighbour } from './neighbour.ts'

describe('The files of SQLite', () => {
  let home: string
  let directory: string
  let now: number
  const opened: { close(): unknown }[] = []

  const path = (name: string) => join(directory, name)
  const closedAtTheEnd = <T extends { close(): unknown }>(thing: T): T => {
    opened.push(thing)
    return thing
  }
  const open = () => closedAtTheEnd(openSqlite({ directory, clock: { now: () => now } }))
  /** The file as another program sees it. */
  const raw = (name: string) => closedAtTheEnd(new DatabaseSync(path(name)))
  const refusedToOpen = (): Error => {
    try {
      open()
    } catch (error) {
      return error as Error
    }
    throw new Error('was opened')
  }

  beforeEach(() => {
    home = directory = mkdtempSync(join(tmpdir(), 'rekey-files-'))
    now = start
  })
  afterEach(async () => {
    for (const thing of opened.splice(0).toReversed()) {
      if (!(thing instanceof DatabaseSync) || thing.isOpen) await thing.close()
    }
    rmSync(home, { recursive: true })
  })

  it('are made where they are asked for, and can be read by their owner only', async () => {
    directory = join(directory, 'deep', 'data')
    const store = open()
    await store.records.swap('ada', 'one', 0)
    await store.artefacts.put('Session', 's', 'one')
    expect(statSync(directory).mode & 0o777).to.equal(0o700)
    const files = readdirSync(directory)
    expect(files).to.include.members(['records.db', 'records.db-wal', 'artefacts.db', 'artefacts.db-wal'])
    for (const file of files) expect(statSync(path(file)).mode & 0o777, file).to.equal(0o600)
    expect(store.description).to.equal(`SQLite in ${directory}/`)
  })

  it('keep the mode their operator gave them', async () => {
    await open().close()
    chmodSync(path('records.db'), 0o660)
    open()
    expect(statSync(path('records.db')).mode & 0o777).to.equal(0o660)
  })

  it('are whole without their logs after closing', async () => {
    const store = open()
    await store.records.swap('ada', 'one', 0)
    await store.close()
    expect(readdirSync(directory).toSorted()).to.deep.equal(['artefacts.db', 'records.db'])
    expect(raw('records.db').prepare('SELECT text FROM records').all()).to.have.lengthOf(1)
  })

  it('wait for the disk where the loss of power must not undo, and only there', async () => {
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

  it('can be opened by five processes at once when there are none yet', async () => {
    const five = await atOnce(5, () => startNeighbour(`sqlite:${directory}`))
    try {
      await Promise.all(five.map((neighbour, n) => neighbour.call('records', 'swap', `from ${n}`, 'here', 0)))
      const { records } = open()
      for (const n of five.keys()) expect(await records.read(`from ${n}`)).not.to.equal(null)
    } finally {
      await Promise.all(five.map((neighbour) => neighbour.kill()))
    }
  })

  it('lose the rows that a tidy removes, and only those', async () => {
    const store = open()
    await atOnce(1100, (n) => store.artefacts.put('Session', `s${n}`, '', { expiresAt: start + 5 }))
    await store.artefacts.put('Session', 'later', '', { expiresAt: start + 6 })
    await store.artefacts.put('Client', 'never', '')
    now = start + 5
    await store.artefacts.tidy()
    const ids = raw('artefacts.db').prepare('SELECT id FROM artefacts ORDER BY id').all()
    expect(ids.map(({ id }) => id)).to.deep.equal(['later', 'never'])
  })

  describe('that are not what they should be', () => {
    it('are refused when a newer version wrote them, and left as they are', async () => {
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

    it('are refused when they are a database of somebody else, and left as they are', () => {
      const connection = raw('records.db')
      connection.exec('CREATE TABLE records (mine TEXT)')
      connection.close()
      const before = readFileSync(path('records.db'))
      expect(refusedToOpen().message).to.include(path('records.db')).and.to.include('not a database of oidc-rekey')
      expect(readFileSync(path('records.db')).equals(before)).to.equal(true)
    })

    it('are refused when they are no database at all, and left as they are', () => {
      const letter = 'Dear diary, '.repeat(1000)
      writeFileSync(path('records.db'), letter)
      expect(refusedToOpen().message).to.include(path('records.db')).and.to.include('not a database of oidc-rekey')
      expect(readFileSync(path('records.db'), 'utf8')).to.equal(letter)
    })

    it('are refused when they cannot be opened', () => {
      directory = join(directory, 'file')
      writeFileSync(directory, '')
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

    it('are an error when their end is cut off', async () => {
      const store = open()
      await atOnce(200, (n) => store.records.swap(`id ${n}`, 'x'.repeat(2000), 0))
      await store.close()
      truncateSync(path('records.db'), 8192)
      expect(await reading(open, 'id 7')).to.be.instanceOf(Error)
    })
  })

  describe('locked by another process', () => {
    it('refuse a write as unavailable in under two seconds, while reads and other work go on', async () => {
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
      // An event loop that stood still would have turned once.
      expect(turns).to.be.greaterThan(20)
      other.exec('ROLLBACK')
      expect(await store.records.swap('ada', 'two', 1)).to.equal(true)
    })

    it('are opened all the same', async () => {
      await open().records.swap('ada', 'one', 0)
      raw('records.db').exec('BEGIN IMMEDIATE')
      expect(await open().records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
    })

    it('wait for a lock that is soon given back, and lose nothing meanwhile', async () => {
      const store = open()
      const other = raw('records.db')
      other.exec('BEGIN IMMEDIATE')
      const swaps = atOnce(300, (n) => store.records.swap(`id ${n}`, 'one', 0))
      setTimeout(() => other.exec('COMMIT'), 100)
      expect(new Set(await swaps)).to.deep.equal(new Set([true]))
      expect(other.prepare('SELECT count(*) AS count FROM records').get()!.count).to.equal(300)
    })

    it('read again until the lock is given back, and are unavailable when it is not', async () => {
      const file = closedAtTheEnd(new SqliteFile({ path: path('any.db'), synchronous: 'NORMAL', schema: [] }))
      // WAL locks readers out only while another process recovers or closes the file: too short to be met on purpose.
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

    it('refuse, as closing, what still waits for the lock', async () => {
      const store = open()
      const other = raw('records.db')
      other.exec('BEGIN IMMEDIATE')
      const swap = refusal(store.records.swap('ada', 'one', 0))
      await store.close()
      expect(await swap).to.be.instanceOf(StoreUnavailable)
    })
  })

  describe('on a full disk', () => {
    it('refuse as unavailable, change nothing, and go on when there is room', async () => {
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
        refusal(store.profiles.swap('ada', big, 0, { email: 'a@b', status: 'active', words: ['a'] })),
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

  describe('with many rows', () => {
    it('are walked along an index by every statement: none scans a table or sorts one', async () => {
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
          if (/^SCAN (sqlite_(schema|master)|\(subquery-\d+\))$/.test(step)) continue
          expect(step, sql).not.to.match(/^SCAN|TEMP B-TREE/)
          // The first column alone would walk through everything of a kind, a status or a journal.
          expect(step, sql).not.to.match(/\((kind|status|journal)=\?\)$/)
        }
      }
    })
  })
})

/** What a read of the record meets, be it at opening or at reading. */
async function reading(open: () => Store, id: string): Promise<unknown> {
  try {
    return await open().records.read(id)
  } catch (error) {
    return error
  }
}

interface Watched {
  readonly store: Store
  readonly connections: Set<DatabaseSync>
  readonly statements: { readonly file: string; readonly sql: string }[]
}

/** Opens a store, uses it, and notes the connections it made and the statements it prepared. */
async function watched(open: () => Store, use = async (_store: Store) => {}): Promise<Watched> {
  const connections = new Set<DatabaseSync>()
  const statements: { file: string; sql: string }[] = []
  const own = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'prepare')!
  const prepare = own.value as DatabaseSync['prepare']
  Object.defineProperty(DatabaseSync.prototype, 'prepare', {
    ...own,
    value(this: DatabaseSync, sql: string) {
      connections.add(this)
      if (!sql.startsWith('PRAGMA')) statements.push({ file: this.location()!, sql })
      return prepare.call(this, sql)
    },
  })
  try {
    const store = open()
    await use(store)
    return { store, connections, statements }
  } finally {
    Object.defineProperty(DatabaseSync.prototype, 'prepare', own)
  }
}

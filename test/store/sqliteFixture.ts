/** A directory of its own for each test of the SQLite files, and direct access to the files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { start } from '../../src/testing/storeContract/fixture.ts'

export function sqliteFixture() {
  let home: string
  const at = { directory: '', now: start }
  const opened: { close(): unknown }[] = []

  const path = (name: string) => join(at.directory, name)
  const closedAtTheEnd = <T extends { close(): unknown }>(thing: T): T => {
    opened.push(thing)
    return thing
  }
  const open = () => closedAtTheEnd(openSqlite({ directory: at.directory, clock: { now: () => at.now } }))
  /** A connection of its own to the file, as of another program. */
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
    home = at.directory = mkdtempSync(join(tmpdir(), 'rekey-files-'))
    at.now = start
  })
  afterEach(async () => {
    for (const thing of opened.splice(0).toReversed()) {
      if (!(thing instanceof DatabaseSync) || thing.isOpen) await thing.close()
    }
    rmSync(home, { recursive: true })
  })
  return { at, path, closedAtTheEnd, open, raw, refusedToOpen }
}

interface Watched {
  readonly store: Store
  readonly connections: Set<DatabaseSync>
  readonly statements: { readonly file: string; readonly sql: string }[]
}

/** Opens a store, uses it, and records its connections and prepared statements. */
export async function watched(open: () => Store, use = async (_store: Store) => {}): Promise<Watched> {
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

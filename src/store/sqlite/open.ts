/** How a file becomes ours: created for this user only, in WAL, at this program's schema, or refused untouched. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { hasCode, isBusy, isNoDatabase } from './errors.ts'
import { jitterMs } from './timeouts.ts'

/** Pages of 4 KiB in the log before they are copied into the database. Count; SQLite's own 1000 means two fsyncs every 150 sessions saved. */
const pagesPerCheckpoint = 4000
/** Longest wait for a file in use while starting, milliseconds of real time. Another process may be upgrading it, which takes longer than a request may. */
const openingTimeoutMs = 10_000
/** "rkey" as a number: tells our files from somebody else's. Written into the header of each file. */
const applicationId = 0x72_6b_65_79

export interface FileOptions {
  readonly path: string
  /** FULL: a commit survives the loss of power. NORMAL: it survives a crash of the process; the last ones may be lost with the machine. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** One script a schema version, oldest first; never edited once released. */
  readonly schema: readonly string[]
}

export function open({ path, synchronous, schema }: FileOptions): DatabaseSync {
  createPrivately(path)
  // SQLite's own wait stops the event loop and knocks ever more rarely, so that it starves beside a busy writer.
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    persistently(() => {
      const version = schemaVersion(database, path, schema)
      database.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = ${synchronous};
        PRAGMA cache_size = -16000;
        PRAGMA temp_store = MEMORY;
        PRAGMA wal_autocheckpoint = ${pagesPerCheckpoint};
        PRAGMA journal_size_limit = 67108864;
        PRAGMA trusted_schema = OFF`)
      if (version < schema.length) upgrade(database, path, schema)
    })
    return database
  } catch (error) {
    database.close()
    if (isNoDatabase(error)) throw foreign(path)
    throw error
  }
}

function foreign(path: string): Error {
  return new Error(`${path} is not a database of oidc-rekey; nothing in it was changed`)
}

/** SQLite would create it readable for everybody; the -wal and -shm files inherit the mode of this one. */
function createPrivately(path: string): void {
  try {
    // Only a new file is opened here: closing a second descriptor of a database in use would drop SQLite's POSIX locks on it.
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

/** Several processes may meet at a new file. */
function persistently(attempt: () => void): void {
  const until = performance.now() + openingTimeoutMs
  const doorbell = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
      Atomics.wait(doorbell, 0, 0, jitterMs())
    }
  }
}

/** Reads only: a file that is not ours stays as it is, and one at our version is opened beside writers at work. */
function schemaVersion(database: DatabaseSync, path: string, schema: readonly string[]): number {
  const header = (name: string) => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  const version = header('user_version')
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (!isEmpty && header('application_id') !== applicationId) throw foreign(path)
  if (version > schema.length) {
    throw new Error(
      `${path} was written by a newer oidc-rekey (schema ${version}; this one knows ${schema.length}). ` +
        'Start that version again, or restore a copy from before the upgrade',
    )
  }
  return version
}

function upgrade(database: DatabaseSync, path: string, schema: readonly string[]): void {
  database.exec('BEGIN IMMEDIATE')
  // Read again under the lock: of two processes that start together, one upgrades and the other finds it done.
  for (const script of schema.slice(schemaVersion(database, path, schema))) database.exec(script)
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schema.length}; COMMIT`)
}

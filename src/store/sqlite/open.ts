/** Opens a file: created for this user only, in WAL mode, at this program's schema; a foreign file is refused unchanged. */
import { closeSync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { StoreUnfit } from '../../errors.ts'
import { requireNode } from '../../nodeVersion.ts'
import { hasCode, isBusy, isNoDatabase } from './errors.ts'
import { jitterMs } from './timeouts.ts'

/** Pages of 4 KiB in the log before a checkpoint. Count; SQLite's default of 1000 means two fsyncs every 150 saved sessions. */
const pagesPerCheckpoint = 4000
/** Longest wait for a locked file at the start. Milliseconds of real time; another process may be upgrading the schema. */
const openingTimeoutMs = 10_000
/** "rkey" as a number, in the header of each file: identifies files of this program. */
const applicationId = 0x72_6b_65_79

export interface FileOptions {
  readonly path: string
  /** FULL: a commit survives the loss of power. NORMAL: it survives a crash of the process. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** One script for each schema version, oldest first; never edited after its release. */
  readonly schema: readonly string[]
}

export function open({ path, synchronous, schema }: FileOptions): DatabaseSync {
  const { DatabaseSync: Database } = driver()
  createPrivately(path)
  // SQLite's own wait blocks the event loop and backs off, so that it rarely gets the lock beside a busy writer.
  const database = new Database(path, { timeout: 0 })
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

/** Loaded here: where Node.js has none, the import of this module would fail before its version is judged. */
function driver(): typeof import('node:sqlite') {
  requireNode(process.versions.node)
  return process.getBuiltinModule('node:sqlite')
}

function foreign(path: string): Error {
  return new StoreUnfit(`${path} is not a database of oidc-rekey; nothing in it was changed`)
}

/** SQLite would create it readable for all users; the -wal and -shm files inherit the mode of this file. */
function createPrivately(path: string): void {
  try {
    // Only a new file is opened here: closing a second descriptor of a database in use would drop SQLite's POSIX locks on it.
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

/** Repeats while another process that starts at the same time holds the lock. */
function persistently(attempt: () => void): void {
  const until = performance.now() + openingTimeoutMs
  const idle = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
      Atomics.wait(idle, 0, 0, jitterMs())
    }
  }
}

/** Only reads: a foreign file is not changed, and a current one can be opened while others write. */
function schemaVersion(database: DatabaseSync, path: string, schema: readonly string[]): number {
  const header = (name: string) => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  const version = header('user_version')
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (!isEmpty && header('application_id') !== applicationId) throw foreign(path)
  if (version > schema.length) {
    throw new StoreUnfit(
      `${path} was written by a newer oidc-rekey (schema ${version}; this one knows ${schema.length}). ` +
        'Start that version again, or restore a copy from before the upgrade',
    )
  }
  return version
}

function upgrade(database: DatabaseSync, path: string, schema: readonly string[]): void {
  database.exec('BEGIN IMMEDIATE')
  // Read again under the lock: of two processes that start together, only one upgrades.
  for (const script of schema.slice(schemaVersion(database, path, schema))) database.exec(script)
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schema.length}; COMMIT`)
}

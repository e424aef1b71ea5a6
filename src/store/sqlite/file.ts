/**
 * One SQLite file: how it is opened, which schema it must have, how reads and writes wait for another process's lock,
 * and which of SQLite's errors mean "unavailable". Nothing here knows what the tables mean.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../store.ts'

/** Longest wait for another process's lock. Milliseconds of real time: the injected clock may stand still. A 503 in under two seconds beats a page that hangs. */
const patienceMs = 1500
/** Longest that one attempt may stop the event loop, milliseconds; the rest of the wait is asynchronous. */
const blockingMs = 10
/** Changes that share one commit. Count; bounds how long the lock is held (about 20 µs each). */
const changesPerCommit = 256
/** Pages of 4 KiB in the log before they are copied into the database. Count; SQLite's own 1000 means two fsyncs every 150 sessions saved. */
const pagesPerCheckpoint = 4000
/** "rekey" as a number: tells our files from somebody else's. Written into the header of each file. */
const applicationId = 0x72_6b_65_79

export interface FileOptions {
  readonly path: string
  /** FULL: a commit survives the loss of power. NORMAL: it survives a crash of the process; the last ones may be lost with the machine. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** One script a schema version, oldest first; never edited once released. */
  readonly schema: readonly string[]
}

interface Waiting {
  readonly apply: () => void
  readonly done: () => void
  readonly failed: (error: unknown) => void
  readonly until: number
}

export class SqliteFile {
  readonly #database: DatabaseSync
  readonly #waiting: Waiting[] = []
  #committing = false

  constructor({ path, synchronous, schema }: FileOptions) {
    this.#database = translated(() => open(path, synchronous, schema))
  }

  prepare<Row = never>(sql: string): Statement<Row> {
    return new Statement(this.#database.prepare(sql))
  }

  async read<T>(ask: () => T): Promise<T> {
    const until = performance.now() + patienceMs
    for (;;) {
      try {
        return ask()
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw translate(error)
        await pause(jitterMs())
      }
    }
  }

  /**
   * Applies a change in a transaction of its own or shared: changes asked for in one turn of the event loop share a commit, so
   * that many people signing in cost one fsync. `change` may be applied again after a rollback: it must touch nothing but the file.
   */
  write<T>(change: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: T
      this.#waiting.push({
        apply: () => void (result = change()),
        done: () => resolve(result),
        failed: (error) => reject(translate(error)),
        until: performance.now() + patienceMs,
      })
      if (this.#committing) return
      this.#committing = true
      setImmediate(() => void this.#commitAll())
    })
  }

  close(): void {
    if (!this.#database.isOpen) return
    while (this.#waiting.length > 0) {
      const locked = this.#commit(this.#waiting.splice(0, changesPerCommit))
      for (const { failed } of locked) failed(new StoreUnavailable('the store is closing'))
    }
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      this.#database.close()
    }
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const locked = this.#commit(this.#waiting.splice(0, changesPerCommit))
      if (locked.length === 0) continue
      this.#waiting.unshift(...locked)
      await pause(jitterMs())
    }
    this.#committing = false
  }

  /** Commits the changes together and answers each. What it returns found the file locked and may be tried again. */
  #commit(changes: readonly Waiting[]): readonly Waiting[] {
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const { apply } of changes) apply()
      this.#database.exec('COMMIT')
    } catch (error) {
      // A full disk has rolled back by itself already.
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK')
      if (isBusy(error)) {
        const late = performance.now()
        for (const change of changes) if (change.until <= late) change.failed(error)
        return changes.filter((change) => change.until > late)
      }
      // One bad change must not undo its neighbours: each again, alone.
      if (changes.length > 1) return changes.flatMap((change) => this.#commit([change]))
      for (const { failed } of changes) failed(error)
      return []
    }
    for (const { done } of changes) done()
    return []
  }
}

/** A prepared statement whose rows the author of its SQL has named; STRICT tables vouch for the types of the columns. */
export class Statement<Row> {
  readonly #statement: StatementSync

  constructor(statement: StatementSync) {
    this.#statement = statement
  }

  first(...values: SQLInputValue[]): Row | undefined {
    const row = this.#statement.get(...values)
    return row && ({ ...row } as Row)
  }

  every(...values: SQLInputValue[]): Row[] {
    return this.#statement.all(...values).map((row) => ({ ...row }) as Row)
  }

  /** How many rows it changed. */
  run(...values: SQLInputValue[]): number {
    return Number(this.#statement.run(...values).changes)
  }
}

function open(path: string, synchronous: 'FULL' | 'NORMAL', schema: readonly string[]): DatabaseSync {
  createPrivately(path)
  const database = new DatabaseSync(path, { timeout: patienceMs })
  try {
    persistently(() => database.exec('PRAGMA journal_mode = WAL'))
    database.exec(`
      PRAGMA synchronous = ${synchronous};
      PRAGMA cache_size = -16000;
      PRAGMA temp_store = MEMORY;
      PRAGMA wal_autocheckpoint = ${pagesPerCheckpoint};
      PRAGMA journal_size_limit = 67108864;
      PRAGMA trusted_schema = OFF`)
    upgrade(database, path, schema)
    database.exec(`PRAGMA busy_timeout = ${blockingMs}`)
    return database
  } catch (error) {
    database.close()
    if (kindOf(error) === notADatabase) throw foreign(path)
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

/** Several processes may meet at a new file; SQLite does not wait by itself while the journal mode is being changed. */
function persistently(attempt: () => void): void {
  const until = performance.now() + patienceMs
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

function upgrade(database: DatabaseSync, path: string, schema: readonly string[]): void {
  // The lock comes first: of two processes that start together, one upgrades and the other finds it done.
  database.exec('BEGIN IMMEDIATE')
  const header = (name: string) => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  const version = header('user_version')
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (header('application_id') !== applicationId && !isEmpty) throw foreign(path)
  if (version > schema.length) {
    throw new Error(
      `${path} was written by a newer oidc-rekey (schema ${version}; this one knows ${schema.length}). ` +
        'Start that version again, or restore a copy from before the upgrade',
    )
  }
  if (version < schema.length) {
    for (const script of schema.slice(version)) database.exec(script)
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schema.length}`)
  }
  database.exec('COMMIT')
}

// https://www.sqlite.org/rescode.html; the low byte is the kind of the error.
const busy = 5
const notADatabase = 26
const unavailable = new Set([
  busy,
  6 /* locked */,
  7 /* memory */,
  8 /* read-only */,
  10 /* I/O */,
  13 /* full */,
  14 /* cannot open */,
])

function isBusy(error: unknown): boolean {
  return kindOf(error) === busy
}

function kindOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function translate(error: unknown): Error {
  const kind = kindOf(error)
  // ERR_INVALID_STATE: the database has been closed.
  const isUnavailable = kind === undefined ? hasCode(error, 'ERR_INVALID_STATE') : unavailable.has(kind)
  if (!isUnavailable) return error instanceof Error ? error : new Error('SQLite failed', { cause: error })
  return new StoreUnavailable(`SQLite: ${error instanceof Error ? error.message : 'no answer'}`, { cause: error })
}

function translated<T>(attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    throw translate(error)
  }
}

/** Waiters must not knock in step. */
function jitterMs(): number {
  return 2 + Math.random() * 18
}

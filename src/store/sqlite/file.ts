/** One open SQLite file: reads, writes that share commits, and waits for the lock of another process. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../../errors.ts'
import { isBusy, translate, translated } from './errors.ts'
import { decode, encode } from '../text.ts'
import { open, type FileOptions } from './open.ts'
import { jitterMs, timeoutMs } from './timeouts.ts'

/** Changes that share one commit. Count; limits how long the lock is held (about 20 µs each). */
const changesPerCommit = 256

interface Waiting {
  readonly apply: () => void
  readonly done: () => void
  readonly failed: (error: unknown) => void
  readonly until: number
}

export class SqliteFile {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #end: StatementSync
  readonly #waiting: Waiting[] = []
  #committing = false
  #isClosed = false

  constructor(options: FileOptions) {
    this.#database = translated(() => open(options))
    this.#begin = this.#database.prepare('BEGIN IMMEDIATE')
    this.#end = this.#database.prepare('COMMIT')
  }

  prepare<Row = never>(sql: string): Statement<Row> {
    return new Statement(this.#database.prepare(sql))
  }

  async read<T>(query: () => T): Promise<T> {
    const until = performance.now() + timeoutMs
    for (;;) {
      try {
        return query()
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw translate(error)
        await pause(jitterMs())
      }
    }
  }

  /** As `read`, for several statements that must see the same state. */
  snapshot<T>(query: () => T): Promise<T> {
    return this.read(() => {
      this.#database.exec('BEGIN')
      try {
        const answer = query()
        this.#database.exec('COMMIT')
        return answer
      } catch (error) {
        this.#rollBack()
        throw error
      }
    })
  }

  /**
   * Applies a change in a transaction: changes of one turn of the event loop share a commit, so that many sign-ins cost one fsync.
   * `change` may run again after a rollback: it must have no other effects.
   */
  write<T>(change: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: T
      this.#waiting.push({
        apply: () => void (result = change()),
        done: () => resolve(result),
        failed: (error) => reject(translate(error)),
        until: performance.now() + timeoutMs,
      })
      if (this.#committing) return
      this.#committing = true
      setImmediate(() => void this.#commitAll())
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
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
      this.#waiting.unshift(...locked)
      await (locked.length > 0 ? pause(jitterMs()) : nextTurn())
    }
    this.#committing = false
  }

  /** `isTransaction` and `isOpen` of node:sqlite are younger than the oldest Node.js that this runs on. */
  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // There is none: BEGIN failed, the file is closed, or SQLite has rolled back itself after a full disk.
    }
  }

  /** Commits the changes together and resolves each. Returns those that found the file locked and may be tried again. */
  #commit(changes: readonly Waiting[]): readonly Waiting[] {
    try {
      this.#begin.run()
      for (const { apply } of changes) apply()
      this.#end.run()
    } catch (error) {
      this.#rollBack()
      if (isBusy(error)) {
        const late = performance.now()
        for (const change of changes) if (change.until <= late) change.failed(error)
        return changes.filter((change) => change.until > late)
      }
      // One bad change must not undo the others: repeat each alone.
      if (changes.length > 1) return changes.flatMap((change) => this.#commit([change]))
      for (const { failed } of changes) failed(error)
      return []
    }
    for (const { done } of changes) done()
    return []
  }
}

/** In the order of `?`, or by name. Node.js 22.13 cannot bind `?1`. */
type Values = SQLInputValue[] | [Readonly<Record<string, SQLInputValue>>]

const encoded = (value: SQLInputValue): SQLInputValue => (typeof value === 'string' ? encode(value) : value)

function stored(values: Values): SQLInputValue[] {
  const [named] = values
  if (typeof named !== 'object' || named === null || ArrayBuffer.isView(named))
    return (values as SQLInputValue[]).map(encoded)
  const entries = Object.entries(named).map(([name, value]) => [name, encoded(value)] as const)
  return [Object.fromEntries(entries)] as unknown as SQLInputValue[]
}

function given(row: Readonly<Record<string, SQLOutputValue>>): object {
  const values = { ...row }
  for (const name in values) {
    const value = values[name]
    if (typeof value === 'string') values[name] = decode(value)
  }
  return values
}

/** A prepared statement with the type of its rows; STRICT tables guarantee the types of the columns. */
export class Statement<Row> {
  readonly #statement: StatementSync

  constructor(statement: StatementSync) {
    this.#statement = statement
  }

  first(...values: Values): Row | undefined {
    const row = this.#statement.get(...stored(values))
    return row && (given(row) as Row)
  }

  every(...values: Values): Row[] {
    return this.#statement.all(...stored(values)).map((row) => given(row) as Row)
  }

  /** Returns the number of changed rows. */
  run(...values: SQLInputValue[]): number {
    return Number(this.#statement.run(...stored(values)).changes)
  }
}

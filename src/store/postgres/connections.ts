/**
 * One statement per operation on a connection of the pool, a deadline for it, and no connection that is older than the last failure.
 * Nothing here knows what the statements mean.
 */
import { StoreUnavailable, StoreUnfit } from '../../errors.ts'
import { before, PreflightFailed, sentence, TimedOut, unavailable } from '../remote.ts'
import type { Preflight } from '../store.ts'
import { isLoss, mayRunAgain, refused, saysWrongSettings } from './errors.ts'
import { asText, type PostgresClient, type PostgresPool } from './pool.ts'
import { clockOf, inspect } from './preflight.ts'
import { decode, encode } from './text.ts'
import { openingTimeoutMs, silentMs, timeoutMs } from './timeouts.ts'

export type Value = string | number | null | readonly string[]

export interface Answer<Row> {
  readonly rows: readonly Row[]
  /** Rows that were written or read. Count. */
  readonly count: number
}

/** A statement that met another writer runs so many times. Count. */
const mostAttempts = 10

export class Connections {
  readonly #pool: PostgresPool
  readonly #address: string
  readonly #running = new Set<Promise<unknown>>()
  /** When each connection last answered; absent: it was not checked yet. */
  readonly #answers = new WeakMap<PostgresClient, number>()
  // A pool without a listener ends the process when an idle connection breaks; the next operation finds out by itself.
  readonly #ignore = () => {}
  #answeredAt = 0
  #lostAt = 0
  #closing: Promise<void> | undefined

  /** @param address begins the message of every error */
  constructor(pool: PostgresPool, address: string) {
    this.#pool = pool
    this.#address = address
    pool.on('error', this.#ignore)
  }

  /** Every value of a row is text, or null. */
  query<Row = never>(text: string, values: readonly Value[] = []): Promise<Answer<Row>> {
    const running = this.#query<Row>(text, values)
    this.#running.add(running)
    const over = () => this.#running.delete(running)
    void running.then(over, over)
    return running
  }

  /** At the start: explains what an operator must correct. */
  async prepare(work: (client: PostgresClient) => Promise<void>): Promise<void> {
    const until = performance.now() + openingTimeoutMs
    try {
      // An unreachable server is refused as soon as in any other operation.
      const client = await this.#client(performance.now() + timeoutMs)
      await this.#with(client, until, () => work(client))
    } catch (error) {
      if (error instanceof PreflightFailed || saysWrongSettings(error)) {
        throw new StoreUnfit(sentence(error, this.#address), { cause: error })
      }
      throw refused(error, this.#address)
    }
  }

  /** See `Store.preflight`. The settings may have changed since the connection was made. */
  async preflight(): Promise<Preflight> {
    const until = performance.now() + timeoutMs
    try {
      const client = await this.#client(until)
      const now = await this.#with(client, until, async () => {
        await inspect(client)
        return clockOf(client)
      })
      return { faults: [], warnings: [], now }
    } catch (error) {
      if (!(error instanceof PreflightFailed)) throw refused(error, this.#address)
      return { faults: [sentence(error, this.#address)], warnings: [], now: null }
    }
  }

  /** Waits for running operations; the pool remains open. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #query<Row>(text: string, values: readonly Value[]): Promise<Answer<Row>> {
    if (this.#closing) throw new StoreUnavailable('the store is closed')
    const until = performance.now() + timeoutMs
    const query = { text, values: values.map(encoded), types: asText }
    for (let attempt = 1; ; attempt++) {
      const client = await this.#client(until).catch((error: unknown) => {
        throw unavailable(error, this.#address)
      })
      try {
        const { rows, rowCount } = await this.#with(client, until, () => client.query(query))
        return { rows: rows.map((row) => decoded(row as Stored) as Row), count: rowCount ?? 0 }
      } catch (error) {
        if (!mayRunAgain(error) || attempt === mostAttempts) throw refused(error, this.#address)
      }
    }
  }

  /** Runs `work` and gives the connection back, or closes it when it is lost. */
  async #with<T>(client: PostgresClient, until: number, work: () => Promise<T>): Promise<T> {
    client.on('error', this.#ignore)
    let isLost = true
    try {
      const answer = await before(until, work())
      isLost = false
      return answer
    } catch (error) {
      isLost = isLoss(error)
      // A late answer alone does not prove a broken network: the statement may wait for a lock.
      const isSilent = !(error instanceof TimedOut) || performance.now() - this.#answeredAt >= silentMs
      if (isLost && isSilent) this.#lostAt = performance.now()
      throw error
    } finally {
      if (!isLost) this.#answers.set(client, (this.#answeredAt = performance.now()))
      client.removeListener('error', this.#ignore)
      client.release(isLost)
    }
  }

  /** A connection that has answered since the last failure; a new one is checked first. */
  async #client(until: number): Promise<PostgresClient> {
    for (;;) {
      const client = await this.#fromPool(until)
      const answered = this.#answers.get(client)
      if (answered !== undefined && answered > this.#lostAt) return client
      if (answered !== undefined) {
        client.release(true)
        continue
      }
      await this.#check(client, until)
      return client
    }
  }

  async #check(client: PostgresClient, until: number): Promise<void> {
    client.on('error', this.#ignore)
    try {
      await before(until, inspect(client))
      this.#answers.set(client, (this.#answeredAt = performance.now()))
    } catch (error) {
      client.release(true)
      throw error
    } finally {
      client.removeListener('error', this.#ignore)
    }
  }

  async #fromPool(until: number): Promise<PostgresClient> {
    const connecting = this.#pool.connect()
    try {
      return await before(until, connecting)
    } catch (error) {
      if (error instanceof TimedOut)
        connecting.then(
          (client) => client.release(),
          () => {},
        )
      throw error
    }
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running)
    this.#pool.removeListener('error', this.#ignore)
  }
}

type Stored = Readonly<Record<string, string | null>>

const encoded = (value: Value): unknown => {
  if (typeof value === 'string') return encode(value)
  return Array.isArray(value) ? value.map(encode) : value
}

const decoded = (row: Stored): Stored =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : decode(value)]))

/**
 * Waits until replicas have a record. WAIT blocks its connection and covers only its writes, so it has a connection of its own and a
 * write precedes it. All operations that wait at one time share the next WAIT.
 */
import { StoreUnavailable, StoreUnfit } from '../../errors.ts'
import { Connection } from './connection.ts'
import type { Commands, Address } from './node.ts'

/** Longest WAIT. Milliseconds; Redis rounds up to the next 100. */
const confirmMs = 200

interface Waiting {
  readonly key: string
  readonly runId: string
  readonly deferred: PromiseWithResolvers<void>
}

export class Replicas {
  readonly #wanted: number
  /** A second connection to the same Redis; null: replicas are not waited for. */
  readonly #connection: Connection | null
  #waiting: Waiting[] = []
  #isWaiting = false

  private constructor(wanted: number, connection: Connection | null) {
    this.#wanted = wanted
    this.#connection = connection
  }

  /** @param wanted replicas to wait for; 0: opens nothing */
  static async open(wanted: number, main: Connection, address: Address): Promise<Replicas> {
    if (wanted === 0) return new Replicas(0, null)
    if (main.replicas < wanted) {
      throw new StoreUnfit(`${address.name} has ${main.replicas} replicas; ${wanted} are to confirm each durable write`)
    }
    return new Replicas(wanted, await Connection.open(address, () => {}))
  }

  /** Throws `StoreUnavailable` when too few confirmed what `writer` wrote at `key`: it is written, but may be lost. */
  async confirm(key: string, writer: Commands): Promise<void> {
    if (!this.#connection) return
    const deferred = Promise.withResolvers<void>()
    this.#waiting.push({ key, runId: writer.runId, deferred })
    void this.#waitAll(this.#connection)
    return deferred.promise
  }

  async close(): Promise<void> {
    await this.#connection?.close()
  }

  async #waitAll(connection: Connection): Promise<void> {
    if (this.#isWaiting) return
    this.#isWaiting = true
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0)
      try {
        const { runId, confirmed } = await connection.withoutRetry((redis) => this.#fence(redis, together))
        for (const item of together) {
          // Behind a proxy the second connection may have reached another process.
          const count = item.runId === runId ? confirmed : 0
          if (count >= this.#wanted) item.deferred.resolve()
          else item.deferred.reject(new StoreUnavailable(`${count} of ${this.#wanted} replicas have confirmed`))
        }
      } catch (error) {
        for (const item of together) item.deferred.reject(error)
      }
    }
    this.#isWaiting = false
  }

  async #fence(redis: Commands, [first]: readonly Waiting[]): Promise<{ runId: string; confirmed: number }> {
    // A write that changes nothing, on the record itself: while slots migrate, its key finds the right node.
    const [, confirmed] = await Promise.all([
      redis.send('HSET', first?.key ?? '', 'fence', ''),
      redis.send<number>('WAIT', String(this.#wanted), String(confirmMs)),
    ])
    return { runId: redis.runId, confirmed }
  }
}

/**
 * Waits until replicas have a write. WAIT blocks its connection, so it has one of its own. All operations on one process that wait at
 * one time share the next WAIT.
 */
import { StoreUnavailable, StoreUnfit } from '../../errors.ts'
import { Connection } from './connection.ts'
import type { Commands, Topology, Written } from './server.ts'
import { confirmMs } from './timeouts.ts'

interface Waiting extends Written {
  readonly deferred: PromiseWithResolvers<void>
}

export class Replicas {
  readonly #wanted: number
  readonly #topology: Topology
  /** A second connection to the same Redis; null: replicas are not waited for. */
  readonly #connection: Connection | null
  /** Absent: no WAIT is under way. */
  readonly #waiting = new Map<object, Waiting[]>()

  private constructor(wanted: number, topology: Topology, connection: Connection | null) {
    this.#wanted = wanted
    this.#topology = topology
    this.#connection = connection
  }

  /** @param wanted replicas to wait for; 0: opens nothing */
  static async open(wanted: number, main: Connection, topology: Topology): Promise<Replicas> {
    if (wanted === 0) return new Replicas(0, topology, null)
    if (main.replicas < wanted) {
      throw new StoreUnfit(
        `${topology.name} has ${main.replicas} replicas; ${wanted} are to confirm each durable write`,
      )
    }
    return new Replicas(wanted, topology, await Connection.open(topology, () => {}))
  }

  /** Throws `StoreUnavailable` when too few confirmed what `writer` wrote: it is written, but may be lost. */
  async confirm(written: Written, writer: Commands): Promise<void> {
    if (!this.#connection) return
    const deferred = Promise.withResolvers<void>()
    const item = { ...written, deferred }
    const server = await writer.processOf(written.keys[0])
    const others = this.#waiting.get(server)
    if (others) others.push(item)
    else void this.#waitAll(this.#connection, server, [item])
    await deferred.promise
    await this.#topology.requireSteady(this.#wanted, server)
  }

  async close(): Promise<void> {
    await this.#connection?.close()
  }

  async #waitAll(connection: Connection, server: object, first: Waiting[]): Promise<void> {
    for (let together = first; together.length > 0;) {
      const next: Waiting[] = []
      this.#waiting.set(server, next)
      try {
        const counts = await connection.fence(together, this.#wanted, confirmMs)
        for (const [n, { deferred }] of together.entries()) this.#judge(counts[n] ?? -1, deferred)
      } catch (error) {
        for (const { deferred } of together) deferred.reject(error)
      }
      together = next
    }
    this.#waiting.delete(server)
  }

  #judge(confirmed: number, { resolve, reject }: Waiting['deferred']): void {
    if (confirmed >= this.#wanted) resolve()
    else if (confirmed < 0) reject(new StoreUnavailable('another server, or another write, has replaced it'))
    else reject(new StoreUnavailable(`${confirmed} of ${this.#wanted} replicas have confirmed`))
  }
}

/**
 * Waits until replicas have a record. WAIT blocks the connection that it is asked on, so it has one of its own, and it speaks
 * of what that connection wrote, so a write goes in front of it. All who wait at one time share the next WAIT.
 */
import { StoreUnavailable } from '../store.ts'
import { Link } from './link.ts'
import type { Ask, App } from './node.ts'

/** How long one WAIT may last. Milliseconds; Redis rounds it up to its next 100. */
const confirmMs = 200

interface Waiting {
  readonly key: string
  readonly runId: string
  readonly deferred: PromiseWithResolvers<void>
}

export class Replicas {
  readonly #wanted: number
  /** A second connection to the same Redis; null when no replica is waited for. */
  readonly #link: Link | null
  #waiting: Waiting[] = []
  #isAsking = false

  private constructor(wanted: number, link: Link | null) {
    this.#wanted = wanted
    this.#link = link
  }

  /** @param wanted replicas to wait for; none: nothing is opened */
  static async open(wanted: number, main: Link, address: App): Promise<Replicas> {
    if (wanted === 0) return new Replicas(0, null)
    if (main.replicas < wanted) {
      throw new Error(`${address.name} has ${main.replicas} replicas; ${wanted} are to confirm each durable write`)
    }
    return new Replicas(wanted, await Link.open(address, () => {}))
  }

  /** Throws `StoreUnavailable` when too few have confirmed what `writer` wrote at `key`: it is written, but may be lost. */
  async have(key: string, writer: Ask): Promise<void> {
    if (!this.#link) return
    const deferred = Promise.withResolvers<void>()
    this.#waiting.push({ key, runId: writer.runId, deferred })
    void this.#askFor(this.#link)
    return deferred.promise
  }

  async close(): Promise<void> {
    await this.#link?.close()
  }

  async #askFor(link: Link): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0)
      try {
        const { runId, confirmed } = await link.once((redis) => this.#fence(redis, together))
        for (const item of together) {
          // Behind a proxy the second connection may have found another process.
          const count = item.runId === runId ? confirmed : 0
          if (count >= this.#wanted) item.deferred.resolve()
          else item.deferred.reject(new StoreUnavailable(`${count} of ${this.#wanted} replicas have confirmed`))
        }
      } catch (error) {
        for (const item of together) item.deferred.reject(error)
      }
    }
    this.#isAsking = false
  }

  async #fence(redis: Ask, [first]: readonly Waiting[]): Promise<{ runId: string; confirmed: number }> {
    // A write that changes nothing, on the record itself: during a move of slots that is where the data is.
    const [, confirmed] = await Promise.all([
      redis.send('HSET', first?.key ?? '', 'fence', ''),
      redis.send<number>('WAIT', String(this.#wanted), String(confirmMs)),
    ])
    return { runId: redis.runId, confirmed }
  }
}

/** A connection to every master of a cluster. It is lost as a whole: a sign-in needs keys of all of them. */
import { setTimeout as pause } from 'node:timers/promises'
import { before, PreflightFailed } from '../remote.ts'
import type { Preflight } from '../store.ts'
import type { Client, Cluster } from './client.ts'
import { isQueueFull, isRedirection, isReply, isTryAgain, movingTo } from './errors.ts'
import { fence } from './fence.ts'
import { clockOf } from './node.ts'
import { requirePermissions } from './permissions.ts'
import { claimFormat, inspect, type Report, usedShare } from './preflight.ts'
import { type Argument, Meter, type Server, type Topology, type Traffic, type Written } from './server.ts'
import { drainMs, timeoutMs, tryAgainMs } from './timeouts.ts'

type Sender = Pick<Client, 'sendCommand'>

interface Plan {
  readonly cluster: Cluster
  readonly topology: Pick<Topology, 'name' | 'keys'>
  readonly traffic: Traffic
}

/** Fences of one write, as its slot may be moving. Count. */
const mostFences = 4

export class ClusterServer implements Server {
  readonly isOneNode = false
  readonly #cluster: Cluster
  readonly #topology: Plan['topology']
  readonly #meter: Meter
  /** Commands without an answer, and since when there is none; by connection. */
  readonly #waiting = new Map<object, { commands: number; since: number }>()
  readonly #inspected = new Map<object, Report>()
  #notify = (_error: unknown): void => {}
  #isBroken = false

  private constructor({ cluster, topology, traffic }: Plan) {
    this.#cluster = cluster
    this.#topology = topology
    this.#meter = new Meter(traffic)
  }

  static async open(plan: Plan, stepMs: number): Promise<ClusterServer> {
    const server = new ClusterServer(plan)
    await before(performance.now() + Math.max(timeoutMs, stepMs), server.#inspectAll())
    plan.cluster.on('node-error', (error) => {
      if (!isQueueFull(error)) server.#lose(error)
    })
    // A master that took over, or was added.
    plan.cluster.on('node-ready', () => setImmediate(() => void server.#inspectNew()))
    return server
  }

  get replicas(): number {
    return Math.min(...[...this.#inspected.values()].map(({ replicas }) => replicas))
  }

  get warnings(): readonly string[] {
    return [...new Set([...this.#inspected.values()].flatMap(({ warnings }) => warnings))]
  }

  get isReady(): boolean {
    return !this.#isBroken && this.#cluster.isReady
  }

  get silentMs(): number {
    const now = performance.now()
    const silences = [...this.#waiting.values()].map(({ commands, since }) => (commands > 0 ? now - since : 0))
    return Math.max(0, ...silences)
  }

  async preflight(): Promise<Preflight> {
    const { name } = this.#topology
    const [first] = await this.#masters()
    const now = first ? await clockOf(first.client) : null
    try {
      this.#inspected.clear()
      await this.#inspectAll()
      return { faults: [], warnings: this.warnings.map((warning) => `${name}: ${warning}`), now }
    } catch (error) {
      if (!(error instanceof PreflightFailed)) throw error
      return { faults: [`${name} ${error.message}`], warnings: [], now }
    }
  }

  onLost(notify: (error: unknown) => void): void {
    this.#notify = notify
    if (!this.isReady) notify(new Error('connection closed'))
  }

  send<T>(command: string, key: string, ...rest: readonly Argument[]): Promise<T> {
    return this.#send(key, [command, key, ...rest])
  }

  run<T>(script: string, keys: readonly [string, ...string[]], ...args: readonly Argument[]): Promise<T> {
    return this.#send(keys[0], ['EVAL', script, String(keys.length), ...keys, ...args])
  }

  processOf(key: string): Promise<object> {
    return this.#cluster.getNodeClientForKey(key)
  }

  async fence(written: readonly Written[], replicas: number, ms: number): Promise<number[]> {
    const [first] = written
    if (!first) return []
    const client: Sender = await this.#cluster.getNodeClientForKey(first.keys[0])
    const answers = await fence(client, { written, replicas, ms })
    return Promise.all(
      written.map(async (write, n) => {
        let answer = answers[n]
        for (let fences = 1; isRedirection(answer) && fences < mostFences; fences++) {
          const [moved, isMoving] = await this.#redirected(write.keys[0], answer)
          answer = (await fence(moved, { written: [write], replicas, ms, isMoving }))[0]
        }
        // Some of its keys have moved, and others have not.
        if (isTryAgain(answer)) return 0
        if (typeof answer !== 'number') throw answer
        return answer
      }),
    )
  }

  async memoryUsed(): Promise<number | null> {
    const shares = await Promise.all((await this.#masters()).map(({ client }) => usedShare(client)))
    const known = shares.filter((share) => share !== null)
    return known.length === 0 ? null : Math.max(...known)
  }

  async ping(): Promise<void> {
    await Promise.all((await this.#masters()).map(({ client }) => this.#awaited(client, ['PING'])))
  }

  /** What other masters are still answering may finish. */
  destroy(): void {
    const clients = this.#cluster.masters.map(({ client }) => client)
    this.#isBroken = true
    this.#cluster.close().catch(() => {})
    setTimeout(() => {
      for (const client of clients) client?.destroy()
    }, drainMs).unref()
  }

  async #send<T>(key: string, command: Argument[]): Promise<T> {
    this.#meter.count()
    for (const until = performance.now() + timeoutMs; ;) {
      try {
        return await this.#routed<T>(key, command)
      } catch (error) {
        if (!isReply(error) && !isQueueFull(error)) this.#isBroken = true
        if (!isTryAgain(error) || performance.now() > until) throw error
        await pause(tryAgainMs)
      }
    }
  }

  async #routed<T>(key: string, command: Argument[]): Promise<T> {
    const client: Sender = await this.#cluster.getNodeClientForKey(key)
    try {
      return await this.#awaited<T>(client, command)
    } catch (error) {
      if (!isRedirection(error)) throw error
      // node-redis follows it, and reads the topology again.
      return this.#cluster.sendCommand<T>(key, false, command)
    }
  }

  async #awaited<T>(client: Sender, command: Argument[]): Promise<T> {
    const waiting = this.#waiting.get(client) ?? { commands: 0, since: 0 }
    this.#waiting.set(client, waiting)
    if (waiting.commands++ === 0) waiting.since = performance.now()
    try {
      return await client.sendCommand<T>(command)
    } finally {
      waiting.commands--
      waiting.since = performance.now()
    }
  }

  /** Where to send a command of this key instead. */
  async #redirected(key: string, answer: Error): Promise<[client: Sender, isMoving: boolean]> {
    const target = movingTo(answer)
    const node = target === null ? undefined : this.#cluster.nodeByAddress.get(target)
    if (node) return [await this.#cluster.nodeClient(node), true]
    // Any routed command makes node-redis read the topology again.
    await this.#cluster.sendCommand(key, false, ['TTL', key])
    return [await this.#cluster.getNodeClientForKey(key), false]
  }

  async #masters(): Promise<{ readonly name: string; readonly client: Sender }[]> {
    return Promise.all(
      this.#cluster.masters.map(async (node) => ({
        name: `${node.host}:${node.port}`,
        client: await this.#cluster.nodeClient(node),
      })),
    )
  }

  async #inspectAll(): Promise<void> {
    const keys = await this.#probes()
    const masters = await this.#masters()
    await Promise.all(
      masters.map(async ({ name, client }) => {
        try {
          this.#inspected.set(client, await inspect(client, 'master of a cluster'))
          const key = keys.get(client)
          // A master without slots has no keys.
          if (key !== undefined) await requirePermissions(client, this.#topology.keys.prefix, key)
        } catch (error) {
          throw error instanceof PreflightFailed ? new PreflightFailed(`(node ${name}) ${error.message}`) : error
        }
      }),
    )
    await claimFormat((command, ...rest) => this.send(command, this.#topology.keys.format, ...rest))
  }

  /** A key for each master that has slots. */
  async #probes(): Promise<Map<object, string>> {
    const keys = new Map<object, string>()
    const all = this.#cluster.masters.length
    for (let n = 0; keys.size < all && n < 100 * all; n++) {
      const key = `${this.#topology.keys.probe}:${n}`
      const client: object = await this.#cluster.getNodeClientForKey(key)
      if (!keys.has(client)) keys.set(client, key)
    }
    return keys
  }

  async #inspectNew(): Promise<void> {
    try {
      const clients = (await this.#masters()).map(({ client }) => client)
      for (const known of this.#inspected.keys()) if (!clients.includes(known as Sender)) this.#inspected.delete(known)
      if (clients.some((client) => !this.#inspected.has(client))) await this.#inspectAll()
    } catch (error) {
      // Commands find out what a connection is that does not answer.
      if (error instanceof PreflightFailed) this.#lose(error)
    }
  }

  #lose(error: unknown): void {
    this.#isBroken = true
    this.#notify(error)
  }
}

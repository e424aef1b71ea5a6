/** One client of node-redis: exactly one TCP connection to one Redis that passed the preflight. */
import { before, PreflightFailed, sentence } from '../remote.ts'
import type { Preflight } from '../store.ts'
import { type Client, newClient, type ClientOptions } from './client.ts'
import { isQueueFull, isReply } from './errors.ts'
import { fence } from './fence.ts'
import { claimFormat, inspect, type Report, usedShare } from './preflight.ts'
import { requirePermissions } from './permissions.ts'
import { type Argument, Meter, type Server, type Topology, type Traffic, type Written } from './server.ts'
import { timeoutMs } from './timeouts.ts'

interface Plan {
  readonly topology: Pick<Topology, 'name' | 'keys'>
  readonly options: ClientOptions
  readonly traffic: Traffic
  /** For the greeting. Milliseconds. */
  readonly stepMs: number
  readonly isBehindSentinels?: boolean
  /** Calls `notify` when another server is the master. @returns what ends that */
  readonly watch?: (notify: (error: unknown) => void) => () => void
}

export class RedisNode implements Server {
  readonly isOneNode = true
  readonly #client: Client
  readonly #meter: Meter
  readonly #plan: Plan
  readonly #report: Report
  #unwatch = (): void => {}
  #answeredAt = performance.now()

  private constructor(connected: Client, plan: Plan, report: Report) {
    this.#client = connected
    this.#meter = new Meter(plan.traffic)
    this.#plan = plan
    this.#report = report
  }

  static async connect(plan: Plan): Promise<RedisNode> {
    const connecting = newClient(plan.options)
    const began = performance.now()
    try {
      await before(began + plan.stepMs, connecting.connect())
      const report = await before(began + Math.max(timeoutMs, plan.stepMs), inspectAll(connecting, plan))
      return new RedisNode(connecting, plan, report)
    } catch (error) {
      connecting.destroy()
      throw error
    }
  }

  get replicas(): number {
    return this.#report.replicas
  }

  get warnings(): readonly string[] {
    return this.#report.warnings
  }

  get isReady(): boolean {
    return this.#client.isReady
  }

  get silentMs(): number {
    return performance.now() - this.#answeredAt
  }

  async preflight(): Promise<Preflight> {
    const { name } = this.#plan.topology
    const now = await clockOf(this.#client)
    try {
      const { warnings } = await inspectAll(this.#client, this.#plan)
      return { faults: [], warnings: warnings.map((warning) => `${name}: ${warning}`), now }
    } catch (error) {
      if (!(error instanceof PreflightFailed)) throw error
      return { faults: [sentence(error, name)], warnings: [], now }
    }
  }

  onLost(notify: (error: unknown) => void): void {
    this.#client.on('error', (error: unknown) => {
      // The client's own ping may find the queue full; that is load, not a loss.
      if (!isQueueFull(error)) notify(error)
    })
    if (!this.isReady) notify(new Error('connection closed'))
    else if (this.#plan.watch) this.#unwatch = this.#plan.watch(notify)
  }

  send<T>(command: string, key: string, ...rest: readonly Argument[]): Promise<T> {
    return this.#send([command, key, ...rest])
  }

  // Plain EVAL: the script cache of the server can be lost, which EVALSHA would have to handle.
  run<T>(script: string, keys: readonly [string, ...string[]], ...args: readonly Argument[]): Promise<T> {
    return this.#send(['EVAL', script, String(keys.length), ...keys, ...args])
  }

  async processOf(): Promise<object> {
    return this.#client
  }

  async fence(written: readonly Written[], replicas: number, ms: number): Promise<number[]> {
    return (await fence(this.#client, { written, replicas, ms })).map((answer) => {
      if (typeof answer !== 'number') throw answer
      return answer
    })
  }

  memoryUsed(): Promise<number | null> {
    return usedShare(this.#client)
  }

  async ping(): Promise<void> {
    await this.#send(['PING'])
  }

  destroy(): void {
    this.#unwatch()
    this.#client.destroy()
  }

  async #send<T>(command: Argument[]): Promise<T> {
    this.#meter.count()
    const answer = await this.#client.sendCommand<T>(command)
    this.#answeredAt = performance.now()
    return answer
  }
}

async function inspectAll(client: Client, { topology: { keys }, isBehindSentinels = false }: Plan): Promise<Report> {
  const report = await inspect(client, isBehindSentinels ? 'behind sentinels' : 'single')
  await claimFormat((command, ...rest) => client.sendCommand([command, keys.format, ...rest]))
  await requirePermissions(client, keys.prefix, keys.probe)
  return report
}

/** Epoch seconds; null: this user or server may not be asked. */
export async function clockOf(client: Pick<Client, 'sendCommand'>): Promise<number | null> {
  try {
    const [seconds] = await client.sendCommand<[string, string]>(['TIME'])
    return Number(seconds)
  } catch (error) {
    if (isReply(error)) return null
    throw error
  }
}

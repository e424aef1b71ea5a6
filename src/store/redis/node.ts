/** One client of node-redis: exactly one TCP connection to one Redis that passed the preflight. */
import { createClient } from 'redis'
import { before, PreflightFailed, sentence } from '../remote.ts'
import type { Preflight } from '../store.ts'
import { isQueueFull, isReply } from './errors.ts'
import type { Keys } from './keys.ts'
import { inspect, type Report } from './preflight.ts'
import { idleMs, timeoutMs, pingMs } from './timeouts.ts'

/** Unanswered commands. Count; more are refused at once instead of queuing before a slow server. */
const mostPending = 5000

export type Argument = string | Buffer

/** Sends the commands of one operation. Each names its key, from which a cluster client would find the node. */
export interface Commands {
  /** Identifies the server process. */
  readonly runId: string
  send<T>(command: string, key: string, ...rest: readonly Argument[]): Promise<T>
  /** Runs a script of fixed text whose keys share one hash tag. */
  run<T>(script: string, keys: readonly [string, ...string[]], ...args: readonly Argument[]): Promise<T>
}

/** The answer of HMGET for a hash that is always written whole: all fields, or none. */
export type Fields<All extends (string | null)[]> = All | { [field in keyof All]: null }

/** Commands and round trips since the start. Counts. */
export interface Traffic {
  commands: number
  trips: number
}

export interface Address {
  readonly url: string
  /** Host and port for messages, without the password. */
  readonly name: string
  readonly keys: Keys
}

type Client = ReturnType<typeof client>

export class RedisNode implements Commands {
  readonly #client: Client
  readonly #traffic: Traffic
  readonly report: Report
  #isLeaving = false
  #answeredAt = performance.now()

  private constructor(connected: Client, traffic: Traffic, report: Report) {
    this.#client = connected
    this.#traffic = traffic
    this.report = report
  }

  /** Connects and inspects the server. Throws `PreflightFailed`, the reply of Redis, or the error of the network. */
  static async connect(address: Address, traffic: Traffic, greetingMs = timeoutMs): Promise<RedisNode> {
    const connecting = client(address.url)
    // Without a listener an error would end this process.
    connecting.on('error', () => {})
    const began = performance.now()
    try {
      await before(began + greetingMs, connecting.connect())
      const report = await before(began + timeoutMs, inspect(connecting, address.keys))
      return new RedisNode(connecting, traffic, report)
    } catch (error) {
      connecting.destroy()
      throw error
    }
  }

  /** The settings may have changed since the connection was made. */
  async preflight({ name, keys }: Address): Promise<Preflight> {
    const now = await this.#clock()
    try {
      const { warnings } = await inspect(this.#client, keys)
      return { faults: [], warnings: warnings.map((warning) => `${name}: ${warning}`), now }
    } catch (error) {
      if (!(error instanceof PreflightFailed)) throw error
      return { faults: [sentence(error, name)], warnings: [], now }
    }
  }

  /** Epoch seconds; null: this user or server may not be asked. */
  async #clock(): Promise<number | null> {
    try {
      const [seconds] = await this.#client.sendCommand<[string, string]>(['TIME'])
      return Number(seconds)
    } catch (error) {
      if (isReply(error)) return null
      throw error
    }
  }

  /** Called at the end of the connection, at once when it has ended already. */
  onLost(notify: (error: unknown) => void): void {
    this.#client.on('error', (error: unknown) => {
      // The client's own ping may find the queue full; that is load, not a loss.
      if (!isQueueFull(error)) notify(error)
    })
    if (!this.isReady) notify(new Error('connection closed'))
  }

  get runId(): string {
    return this.report.runId
  }

  get isReady(): boolean {
    return this.#client.isReady
  }

  async send<T>(command: string, key: string, ...rest: readonly Argument[]): Promise<T> {
    return this.#send([command, key, ...rest])
  }

  // Plain EVAL: the script cache of the server can be lost, which EVALSHA would have to handle.
  async run<T>(script: string, keys: readonly [string, ...string[]], ...args: readonly Argument[]): Promise<T> {
    return this.#send(['EVAL', script, String(keys.length), ...keys, ...args])
  }

  /** Used share of `maxmemory`; null: no limit. */
  async memoryUsed(): Promise<number | null> {
    const text = await this.#client.sendCommand<string>(['INFO', 'memory'])
    const numberOf = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0)
    const most = numberOf('maxmemory')
    return most === 0 ? null : numberOf('used_memory') / most
  }

  async ping(): Promise<void> {
    await this.#send(['PING'])
  }

  destroy(): void {
    this.#client.destroy()
  }

  /** Time since the last answer. Milliseconds. */
  get silentMs(): number {
    return performance.now() - this.#answeredAt
  }

  async #send<T>(command: Argument[]): Promise<T> {
    this.#traffic.commands++
    if (!this.#isLeaving) {
      // The client writes once per turn of the event loop: commands of one turn travel together.
      this.#isLeaving = true
      this.#traffic.trips++
      setImmediate(() => (this.#isLeaving = false))
    }
    const answer = await this.#client.sendCommand<T>(command)
    this.#answeredAt = performance.now()
    return answer
  }
}

function client(url: string) {
  // A new object each time: createClient writes into its options.
  return createClient({
    url,
    name: 'oidc-rekey',
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // No reconnecting and no offline queue: an answer must come from the connection of its command.
    disableOfflineQueue: true,
    commandsQueueMaxLength: mostPending,
    pingInterval: pingMs,
    // Off: it ends before a command is written, so the deadline of connection.ts is needed anyway; costs 10 µs a command.
    commandOptions: { timeout: 0 },
    socket: { connectTimeout: timeoutMs, socketTimeout: idleMs, reconnectStrategy: false },
  })
}

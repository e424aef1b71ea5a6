/** One client object of node-redis: exactly one TCP connection to one Redis, found fit to keep what we keep, or refused. */
import { createClient } from 'redis'
import { saysFull } from './errors.ts'
import { inspect, type Report } from './preflight.ts'
import { before, idleMs, timeoutMs, pingMs } from './timeouts.ts'

/** Commands that may be under way at once. Count; beyond it work is refused at once instead of piling up before a slow server. */
const mostPending = 5000

export type Argument = string | Buffer

/** Where the commands of one operation go. Each names the key that it is about, which would tell a cluster the node. */
export interface Ask {
  /** Names the process that answers. */
  readonly runId: string
  send<T>(command: string, key: string, ...rest: readonly Argument[]): Promise<T>
  /** Runs a script of fixed text whose keys share one hash tag. */
  run<T>(script: string, keys: readonly [string, ...string[]], ...args: readonly Argument[]): Promise<T>
}

/** What HMGET answers of a hash that is written as a whole: every field, or none. */
export type Fields<All extends (string | null)[]> = All | { [field in keyof All]: null }

/** What was sent since the start: commands, and bursts of them that left together (round trips). Counts. */
export interface Traffic {
  commands: number
  trips: number
}

export interface Address {
  readonly url: string
  /** Host and port, for people: never the password. */
  readonly name: string
  /** Where the number of the data's format is kept. */
  readonly formatKey: string
}

type Client = ReturnType<typeof client>

export class RedisNode implements Ask {
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

  /** Connects, and looks at what answers. Throws `Unfit`, what Redis replied, or what the network said. */
  static async connect(address: Address, traffic: Traffic, greetingMs = timeoutMs): Promise<RedisNode> {
    const connecting = client(address.url)
    // Without a listener an error would end this process.
    connecting.on('error', () => {})
    const began = performance.now()
    try {
      await before(began + greetingMs, connecting.connect())
      const report = await before(began + timeoutMs, inspect(connecting, address.formatKey))
      return new RedisNode(connecting, traffic, report)
    } catch (error) {
      connecting.destroy()
      throw error
    }
  }

  /** Hears of the end of the connection, at once when it has ended already. */
  onLost(hear: (error: unknown) => void): void {
    this.#client.on('error', (error: unknown) => {
      // The client's own ping may find the queue full; that is load and no loss.
      if (!saysFull(error)) hear(error)
    })
    if (!this.isReady) hear(new Error('connection closed'))
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

  // Plain EVAL: there is no cache of scripts on the other side that could have lost ours.
  async run<T>(script: string, keys: readonly [string, ...string[]], ...args: readonly Argument[]): Promise<T> {
    return this.#send(['EVAL', script, String(keys.length), ...keys, ...args])
  }

  /** Share of `maxmemory` in use; null: it has no limit. */
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

  /** How long this connection has not answered anything. Milliseconds. */
  get silentMs(): number {
    return performance.now() - this.#answeredAt
  }

  async #send<T>(command: Argument[]): Promise<T> {
    this.#traffic.commands++
    if (!this.#isLeaving) {
      // The client writes once per turn of the event loop: what is sent until then travels together.
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
  // Built anew each time: createClient writes into its options.
  return createClient({
    url,
    name: 'oidc-rekey',
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // An answer must not come from another connection than its question: no reconnecting, no queue for later.
    disableOfflineQueue: true,
    commandsQueueMaxLength: mostPending,
    pingInterval: pingMs,
    // Off: it ends before a command is written, so ours is needed anyway, and its AbortSignal costs 10 µs a command.
    commandOptions: { timeout: 0 },
    socket: { connectTimeout: timeoutMs, socketTimeout: idleMs, reconnectStrategy: false },
  })
}

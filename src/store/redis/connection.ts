/** One connection at a time, a deadline for every operation, and a new connection when one is lost. The topology finds the server. */
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable, StoreUnfit } from '../../errors.ts'
import { before, PreflightFailed, reason, sentence, TimedOut, unavailable } from '../remote.ts'
import type { Preflight } from '../store.ts'
import { isFromWrongNode, isPermanent, isReply, refused } from './errors.ts'
import type { Commands, Server, Topology, Traffic, Written } from './server.ts'
import {
  drainMs,
  findMs,
  firstPauseMs,
  graceMs,
  greetingMs,
  longestPauseMs,
  timeoutMs,
  rebuildMs,
  silentMs,
} from './timeouts.ts'

/** The commands of an operation. `attempt` above 1: an earlier attempt may or may not have been executed. */
export type Work<T> = (redis: Commands, attempt: number) => Promise<T>

interface Lost {
  readonly is: 'lost'
  readonly since: number
  readonly found: PromiseWithResolvers<Server>
  cause: unknown
}

export class Connection {
  readonly traffic: Traffic = { commands: 0, trips: 0 }
  readonly #topology: Topology
  readonly #warn: (line: string) => void
  readonly #warned = new Set<string>()
  readonly #running = new Set<Promise<unknown>>()
  #state: { readonly is: 'connected'; readonly node: Server; readonly since: number } | Lost
  #closing: Promise<void> | undefined

  private constructor(topology: Topology, warn: (line: string) => void) {
    this.#topology = topology
    this.#warn = warn
    this.#state = lost(undefined)
  }

  /** @param warn receives warnings, and every loss and return of the connection */
  static async open(topology: Topology, warn: (line: string) => void): Promise<Connection> {
    const connection = new Connection(topology, warn)
    try {
      connection.#use(await topology.connect(connection.traffic, topology.startMs))
      return connection
    } catch (error) {
      // A wrong password or setting must be corrected by the operator; a retry does not help.
      if (error instanceof PreflightFailed || isPermanent(error)) {
        throw new StoreUnfit(sentence(error, topology.name), { cause: error })
      }
      throw unavailable(error, topology.name)
    }
  }

  /** For operations that must not run twice: not repeated when the connection is lost. */
  withoutRetry<T>(work: Work<T>): Promise<T> {
    return this.#run(work, false)
  }

  /** For reads, and for writes that recognise a repetition: repeated on the next connection until the deadline. */
  withRetry<T>(work: Work<T>): Promise<T> {
    return this.#run(work, true)
  }

  /** Replicas attached when the connection was made. Count. */
  get replicas(): number {
    return this.#state.is === 'connected' ? this.#state.node.replicas : 0
  }

  ping(): Promise<void> {
    return this.#run((node) => node.ping(), true)
  }

  /** See `Server.fence`. */
  fence(written: readonly Written[], replicas: number, ms: number): Promise<number[]> {
    return this.#run((node) => node.fence(written, replicas, ms), false)
  }

  /** See `Store.preflight`. */
  preflight(): Promise<Preflight> {
    return this.#run((node) => node.preflight(), true)
  }

  /** See `Store.memoryUsed`. A Redis without eviction refuses every write at its limit. */
  memoryUsed(): Promise<number | null> {
    return this.#run((node) => node.memoryUsed(), true)
  }

  /** Waits for running operations, for a limited time. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  #run<T>(work: (node: Server, attempt: number) => Promise<T>, repeatable: boolean): Promise<T> {
    const running = this.#attempt(work, repeatable)
    this.#running.add(running)
    const over = () => this.#running.delete(running)
    void running.then(over, over)
    return running
  }

  async #attempt<T>(work: (node: Server, attempt: number) => Promise<T>, repeatable: boolean): Promise<T> {
    if (this.#closing) throw new StoreUnavailable('the store is closed')
    const until = performance.now() + timeoutMs
    for (let attempt = 1; ; attempt++) {
      const node = this.#state.is === 'connected' ? this.#state.node : await this.#found(this.#state, until)
      try {
        return await before(until, work(node, attempt))
      } catch (error) {
        if (!isLoss(error, node)) throw refused(error, this.#topology.name)
        // A late answer alone does not prove a broken connection: the operation may be long.
        if (!(error instanceof TimedOut) || node.silentMs >= silentMs) this.#lose(node, error)
        if (!repeatable || performance.now() >= until) throw unavailable(error, this.#topology.name)
      }
    }
  }

  /** The next connection; waits for it only shortly after the loss of the last. */
  async #found(state: Lost, until: number): Promise<Server> {
    const timeout = Math.min(until, state.since + graceMs)
    if (performance.now() >= timeout) throw unavailable(state.cause, this.#topology.name)
    try {
      return await before(timeout, state.found.promise)
    } catch (error) {
      throw unavailable(error instanceof TimedOut ? state.cause : error, this.#topology.name)
    }
  }

  #use(node: Server): void {
    this.#state = { is: 'connected', node, since: performance.now() }
    for (const warning of node.warnings) {
      if (!this.#warned.has(warning)) this.#warn(`${this.#topology.name}: ${warning}`)
      this.#warned.add(warning)
    }
    node.onLost((error) => this.#lose(node, error))
  }

  #lose(node: Server, cause: unknown): void {
    if (this.#state.is === 'lost' || this.#state.node !== node) return
    const { since } = this.#state
    const state = (this.#state = lost(cause))
    node.destroy()
    if (this.#closing) return state.found.reject(new StoreUnavailable('the store is closed'))
    this.#warn(`${this.#topology.name}: connection lost: ${reason(cause)}`)
    void this.#reconnect(state, Math.max(firstPauseMs, since + rebuildMs - performance.now()))
  }

  async #reconnect(state: Lost, firstPause: number): Promise<void> {
    // A step that was too short on a busy machine is longer the next time.
    let stepMs = greetingMs
    for (let ms = firstPause; ; ms = Math.min(ms * 2, longestPauseMs)) {
      await pause(ms, undefined, { ref: false })
      if (this.#closing) return
      try {
        const node = await this.#topology.connect(this.traffic, stepMs)
        if (this.#closing) return node.destroy()
        this.#use(node)
        this.#warn(`${this.#topology.name}: connected again`)
        return state.found.resolve(node)
      } catch (error) {
        state.cause = error
        if (error instanceof TimedOut) stepMs = Math.min(stepMs * 2, findMs)
      }
    }
  }

  async #close(): Promise<void> {
    if (this.#state.is === 'lost') this.#state.found.reject(new StoreUnavailable('the store is closed'))
    await before(performance.now() + drainMs, Promise.allSettled(this.#running)).catch(() => {})
    if (this.#state.is === 'connected') this.#state.node.destroy()
  }
}

function lost(cause: unknown): Lost {
  const found = Promise.withResolvers<Server>()
  // There may be no waiting operation to handle the rejection.
  found.promise.catch(() => {})
  return { is: 'lost', since: performance.now(), found, cause }
}

/** Whether this connection is unusable: no answer in time, no longer the master, or closed. */
function isLoss(error: unknown, node: Server): boolean {
  if (error instanceof TimedOut || isFromWrongNode(error)) return true
  return !node.isReady && !isReply(error) && !(error instanceof StoreUnavailable)
}

/** What an operation runs on: one Redis, or all masters of a cluster. */
import type { Preflight } from '../store.ts'
import type { Keys } from './keys.ts'

export type Argument = string | Buffer

/** Sends the commands of one operation. Each names its key, which decides the node of a cluster. */
export interface Commands {
  /** A script may then change keys that share no hash tag. */
  readonly isOneNode: boolean
  send<T>(command: string, key: string, ...rest: readonly Argument[]): Promise<T>
  /** Runs a script of fixed text whose keys share one hash tag. */
  run<T>(script: string, keys: readonly [string, ...string[]], ...args: readonly Argument[]): Promise<T>
  /** The process that stores this key now: one WAIT covers the writes to it. */
  processOf(key: string): Promise<object>
}

/** The answer of HMGET for a hash that is always written whole: all fields, or none. */
export type Fields<All extends (string | null)[]> = All | { [field in keyof All]: null }

/** What an operation wrote, as a question to the process that has it. */
export interface Written {
  /** Writes it once more, unchanged, and answers 1; answers 0 and writes nothing when it is not there. */
  readonly script: string
  readonly keys: readonly [string, ...string[]]
  readonly args: readonly Argument[]
}

export interface Server extends Commands {
  /** Replicas that were attached when the connection was made; of a cluster, those of the master with the fewest. Count. */
  readonly replicas: number
  /** Sentences for the operator. */
  readonly warnings: readonly string[]
  /** False: a connection has ended, for good. */
  readonly isReady: boolean
  /** The longest time for which a process has not answered. Milliseconds. */
  readonly silentMs: number
  ping(): Promise<void>
  /** The settings may have changed since the connection was made. */
  preflight(): Promise<Preflight>
  /** Used share of `maxmemory`, on a cluster the largest; null: no limit. */
  memoryUsed(): Promise<number | null>
  /**
   * How many replicas have each of these writes, which are in one process; -1: the process does not have it either. Blocks the
   * connection until `replicas` have all of them, for `ms` at most.
   */
  fence(written: readonly Written[], replicas: number, ms: number): Promise<number[]>
  /** Called at the end of a connection, at once when it has ended already. */
  onLost(notify: (error: unknown) => void): void
  /** Ends the connections. */
  destroy(): void
}

/** How the server is found. */
export interface Topology {
  /** For messages, without a password. */
  readonly name: string
  readonly keys: Keys
  /** For each step of the first connection. Milliseconds. */
  readonly startMs: number
  /**
   * Connects and inspects. Throws `PreflightFailed`, the reply of Redis, or the error of the network.
   * @param stepMs for each step
   */
  connect(traffic: Traffic, stepMs: number): Promise<Server>
  /** Throws `StoreUnavailable` when what `replicas` of this process have confirmed could be lost all the same. */
  requireSteady(replicas: number, process: object): Promise<void>
  close(): void
}

/** Commands and round trips since the start. Counts. */
export interface Traffic {
  commands: number
  trips: number
}

/** The client writes once per turn of the event loop: commands of one turn travel together. */
export class Meter {
  readonly #traffic: Traffic
  #isLeaving = false

  constructor(traffic: Traffic) {
    this.#traffic = traffic
  }

  count(): void {
    this.#traffic.commands++
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#traffic.trips++
    setImmediate(() => (this.#isLeaving = false))
  }
}

/** What the tests of the Redis driver share: a server, stores on it, another client beside them, and patience without sleeping. */
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'redis'
import { openRedis, type RedisOptions, type RedisStore } from '../../src/store/redis.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { start } from './contract/fixture.ts'

export interface RedisStage {
  server: RedisServer
  /** What the driver said to its operator. */
  readonly said: string[]
  readonly clock: { now(): number; set(now: number): void }
  /** A store on the server, on nothing but its own keys, closed after the test. */
  open(options?: Partial<RedisOptions>): Promise<RedisStore>
  /** One command, over a connection that is not the driver's. */
  ask<T>(...command: string[]): Promise<T>
  /** Every command that reached the server meanwhile, as its MONITOR tells them. */
  watch(call: () => Promise<unknown>): Promise<string[]>
  /** Starts a killed server where it was, with what it had on disk. */
  restart(): Promise<void>
}

/** One server for all tests of a `describe`, its data thrown away in between. */
export function redisStage(...args: string[]): RedisStage {
  let now = start
  const opened: RedisStore[] = []
  const stage: RedisStage = {
    server: undefined as unknown as RedisServer,
    said: [],
    clock: { now: () => now, set: (moved) => (now = moved) },
    async open(options = {}) {
      const warn = (line: string) => stage.said.push(line)
      const store = await openRedis({ url: stage.server.url, clock: stage.clock, warn, ...options })
      opened.push(store)
      return store
    },
    ask: (...command) => request(stage.server.url, command),
    async watch(call) {
      const lines: string[] = []
      const watcher = createClient({ url: stage.server.url }).on('error', () => {})
      await watcher.connect()
      await watcher.monitor((line) => lines.push(line))
      await call()
      await stage.ask('ECHO', 'the end')
      await eventually(async () => lines.some((line) => line.includes('"the end"')))
      watcher.destroy()
      return lines
    },
    async restart() {
      const { port, directory } = stage.server
      stage.server = await startRedis({ args, port, directory })
    },
  }
  before(async () => {
    stage.server = await startRedis({ args })
  })
  after(() => stage.server.stop())
  beforeEach(() => {
    now = start
    stage.said.length = 0
  })
  afterEach(async () => {
    stage.server.thaw()
    await Promise.all(opened.splice(0).map((store) => store.close()))
    await stage.ask('FLUSHALL')
  })
  return stage
}

export async function request<T>(url: string, command: string[]): Promise<T> {
  const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {})
  await client.connect()
  try {
    return await client.sendCommand<T>(command)
  } finally {
    client.destroy()
  }
}

/** Asks again until the answer is there. An error is no answer yet. */
export async function eventually<T>(ask: () => Promise<T | false | null | undefined>, withinMs = 10_000): Promise<T> {
  const until = performance.now() + withinMs
  let last: unknown
  while (performance.now() < until) {
    try {
      const answer = await ask()
      if (answer !== false && answer !== null && answer !== undefined) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await pause(10)
  }
  throw new Error('did not happen', { cause: last })
}

/** How long it took. Milliseconds. */
export async function timed(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await call()
  return performance.now() - began
}

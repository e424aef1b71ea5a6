/** For the tests of the Redis driver: a server, stores on it, a client of its own, and polling. */
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'redis'
import { openRedis, type RedisOptions, type RedisStore } from '../../src/store/redis.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { start } from '../../src/testing/storeContract/fixture.ts'

export interface RedisFixture {
  server: RedisServer
  /** Warnings of the driver. */
  readonly said: string[]
  readonly clock: { now(): number; set(now: number): void }
  /** A store on the server, closed after the test. */
  open(options?: Partial<RedisOptions>): Promise<RedisStore>
  /** One command, over another connection than the driver's. */
  ask<T>(...command: string[]): Promise<T>
  /** Every command that reached the server during the call, from MONITOR. */
  watch(call: () => Promise<unknown>): Promise<string[]>
  /** Starts a stopped server again, on its port and with its data on disk. */
  restart(): Promise<void>
}

/** One server for all tests of a `describe`; its data is deleted after each. */
export function redisFixture(...args: string[]): RedisFixture {
  let now = start
  const opened: RedisStore[] = []
  const fixture: RedisFixture = {
    server: undefined as unknown as RedisServer,
    said: [],
    clock: { now: () => now, set: (moved) => (now = moved) },
    async open(options = {}) {
      const warn = (line: string) => fixture.said.push(line)
      const store = await openRedis({ url: fixture.server.url, clock: fixture.clock, warn, ...options })
      opened.push(store)
      return store
    },
    ask: (...command) => request(fixture.server.url, command),
    async watch(call) {
      const lines: string[] = []
      const watcher = createClient({ url: fixture.server.url }).on('error', () => {})
      await watcher.connect()
      await watcher.monitor((line) => lines.push(line))
      await call()
      await fixture.ask('ECHO', 'the end')
      await eventually(async () => lines.some((line) => line.includes('"the end"')))
      watcher.destroy()
      return lines
    },
    async restart() {
      const { port, directory } = fixture.server
      fixture.server = await startRedis({ args, port, directory })
    },
  }
  before(async () => {
    fixture.server = await startRedis({ args })
  })
  after(() => fixture.server.stop())
  beforeEach(() => {
    now = start
    fixture.said.length = 0
  })
  afterEach(async () => {
    fixture.server.thaw()
    await Promise.all(opened.splice(0).map((store) => store.close()))
    await fixture.ask('FLUSHALL')
  })
  return fixture
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

/** Calls again until the answer is neither false, null, undefined nor an error. */
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

/** Duration of the call. Milliseconds. */
export async function timed(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await call()
  return performance.now() - began
}

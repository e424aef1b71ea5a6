/**
 * Loaded into both servers before their own code. It measures the process when asked, counts what goes to the store, and replaces the
 * password's hash, which would be four fifths of the cost of a sign-in on both sides, by a comparison.
 */
import { subscribe } from 'node:diagnostics_channel'
import { registerHooks } from 'node:module'
import { Socket } from 'node:net'
import { StatementSync } from 'node:sqlite'
import { PASSWORD, PASSWORD_HASH } from './password.ts'

/** So far, since the start of the process. */
export interface Usage {
  /** User and system, by the operating system's accounting. */
  readonly cpuMs: number
  readonly rssMib: number
  /** Commands of Redis, statements of PostgreSQL and SQLite. */
  readonly commands: number
  /** Times that something was sent to the database after it had answered; 0 with SQLite. */
  readonly trips: number
  /** Sent over the connections of browsers and applications: headers and bodies. */
  readonly bytes: number
}

const counts = { commands: 0, trips: 0 }
const connections = new Set<Socket>()
let closedBytes = 0

replaceHash()
countDatabase(Number(process.env['BENCH_STORE_PORT']))
countSqlite()
subscribe('http.server.request.start', (message) => {
  const { socket } = message as { socket: Socket }
  if (connections.has(socket)) return
  connections.add(socket)
  socket.once('close', () => {
    connections.delete(socket)
    closedBytes += socket.bytesWritten
  })
})

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const bytes = [...connections].reduce((sum, socket) => sum + socket.bytesWritten, closedBytes)
  const rssMib = process.memoryUsage.rss() / 2 ** 20
  process.send?.({ ...counts, cpuMs: (user + system) / 1000, rssMib, bytes } satisfies Usage)
})
// The channel alone does not keep a process running, and a server does not outlive the benchmark.
process.channel?.unref()
process.on('disconnect', () => process.exit())

function replaceHash(): void {
  const replaced = '/@node-rs/argon2/index.js'
  const source = (original: string): string => `
    export { parseOptions } from ${JSON.stringify(original)}
    export const hash = async () => ${JSON.stringify(PASSWORD_HASH)}
    export const verify = async (_hash, password) => password === ${JSON.stringify(PASSWORD)}`
  registerHooks({
    load: (url, context, next) =>
      url.endsWith(replaced)
        ? { format: 'module', shortCircuit: true, source: source(`${url}?original`) }
        : next(url, context),
  })
}

/** The connections to this port of the loopback interface. */
function countDatabase(port: number): void {
  let isAnswered = true
  const { write, push } = Socket.prototype
  const sending = write as (this: Socket, chunk: string | Uint8Array, ...rest: unknown[]) => boolean
  Socket.prototype.write = function (this: Socket, chunk: string | Uint8Array, ...rest: unknown[]) {
    if (this.remotePort === port) {
      if (isCommand(chunk)) counts.commands += 1
      if (isAnswered) counts.trips += 1
      isAnswered = false
    }
    return sending.call(this, chunk, ...rest)
  }
  Socket.prototype.push = function (this: Socket, chunk: unknown, encoding?: BufferEncoding) {
    if (this.remotePort === port) isAnswered = true
    return push.call(this, chunk, encoding)
  }
}

/** Drivers write each command by itself: to Redis as an array, to PostgreSQL with a message `Execute` or `Query`. */
function isCommand(chunk: string | Uint8Array): boolean {
  const first = typeof chunk === 'string' ? chunk.charAt(0) : String.fromCharCode(chunk[0] ?? 0)
  return first === '*' || first === 'E' || first === 'Q'
}

function countSqlite(): void {
  for (const name of ['run', 'get', 'all', 'iterate'] as const) {
    const method = StatementSync.prototype[name] as (...values: unknown[]) => unknown
    Object.defineProperty(StatementSync.prototype, name, {
      value(this: StatementSync, ...values: unknown[]) {
        counts.commands += 1
        return method.apply(this, values)
      },
    })
  }
}

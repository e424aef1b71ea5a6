/** One Redis of a Sentinel or Cluster rig: a process with a configuration file that it may rewrite, and the proxy in front of it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from 'redis'
import { READY_MS } from './limits.ts'
import { type RedisProxy, startRedisProxy } from './redisProxy.ts'
import { spawnRedis } from './redisServer.ts'

export interface Member {
  /** Of its proxy: by it clients, replicas and sentinels reach it. */
  readonly port: number
  readonly address: string
  readonly url: string
  readonly proxy: RedisProxy
  /** One command, past the proxy. */
  ask<T>(...command: string[]): Promise<T>
  /** Simulates a crash: nothing more is written. */
  kill(): Promise<void>
  /** Starts it again, with its data and its place in the topology. */
  start(): Promise<void>
  /** Stops the process with open sockets: a failure without an error. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

interface Plan {
  readonly directory: string
  /** Lines of redis.conf beside port, directory and durability. */
  readonly lines: readonly string[]
  /** Of the server itself, and of its proxy. */
  readonly port: number
  readonly announced: number
}

export async function startMember({ directory, lines, port, announced }: Plan): Promise<Member> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, 'redis.conf')
  const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`, 'save ""', 'maxmemory-policy noeviction']
  const durable = ['appendonly yes', 'appendfsync always']
  const prompt = ['repl-diskless-sync-delay 0', 'repl-ping-replica-period 1', 'enable-debug-command local']
  await writeFile(file, [...own, ...durable, ...prompt, ...lines, ''].join('\n'))
  const proxy = await startRedisProxy(announced, port)
  const start = () => spawnRedis([file])
  let running = await start()
  const address = `127.0.0.1:${announced}`
  return {
    port: announced,
    address,
    url: `redis://${address}`,
    proxy,
    ask: (...command) => ask(port, command),
    kill: () => running.end('SIGKILL'),
    async start() {
      running = await start()
    },
    freeze: () => void running.child.kill('SIGSTOP'),
    thaw: () => void running.child.kill('SIGCONT'),
    async stop() {
      proxy.release()
      // It need not save anything.
      await running.end('SIGKILL')
      await proxy.close()
    },
  }
}

/** For one command. Milliseconds; a frozen server never answers. */
const ANSWER_MS = 4000

/** One command over a connection of its own. */
export async function ask<T>(port: number, command: readonly string[]): Promise<T> {
  const socket = { host: '127.0.0.1', port, reconnectStrategy: false as const }
  const client = createClient({ disableClientInfo: true, socket }).on('error', () => {})
  let silent: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    silent = setTimeout(() => reject(new Error(`${command.join(' ')}: no answer`)), ANSWER_MS)
  })
  try {
    await Promise.race([client.connect(), silence])
    return await Promise.race([client.sendCommand<T>([...command]), silence])
  } finally {
    clearTimeout(silent)
    client.destroy()
  }
}

/** Calls again until the answer is true. */
export async function until(check: () => Promise<boolean>, withinMs = READY_MS): Promise<void> {
  let last: unknown
  for (const deadline = performance.now() + withinMs; performance.now() < deadline;) {
    try {
      if (await check()) return
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('did not happen', { cause: last })
}

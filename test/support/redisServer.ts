/**
 * A real Redis for one suite, with its own process, port and directory. `redis-server` comes from REDIS_SERVER, PATH or Debian; without it
 * the suite fails and never skips.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { dataRoot } from './dataRoot.ts'
import { fromDebianPackage, onPath, type Program } from './debian.ts'
import { freePort } from './freePort.ts'

export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly directory: string
  /** Stops it and removes its directory; also after kill() or freeze(). */
  stop(): Promise<void>
  /** Simulates a crash: nothing is saved. */
  kill(): Promise<void>
  /** Stops the process with open sockets: a failure without an error. */
  freeze(): void
  thaw(): void
}

interface Candidates {
  /** Additional arguments: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[]
  /** Port and directory of a killed one restart it with its address and data. */
  readonly port?: number
  readonly directory?: string
}

export async function startRedis(options: Candidates = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort())
  const directory = options.directory ?? (await mkdtemp(join(dataRoot, 'oidc-rekey-redis-')))
  const ours = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', '', '--daemonize', 'no']
  const { child, end } = await spawnRedis([...ours, ...(options.args ?? [])])
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    directory,
    stop: async () => {
      await end('SIGTERM')
      if (!options.directory) await rm(directory, { recursive: true, force: true })
    },
    kill: async () => end('SIGKILL'),
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
  }
}

/** Starts the program, which does not outlive this process, and waits for `line` in its output. */
export async function spawnRedis(args: readonly string[], line = 'Ready to accept connections') {
  const program = await redisProgram()
  const child = spawn(program.path, args, {
    // Its own pipe: one of the runner would stay open as long as a Redis that was left behind.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...program.env },
  })
  const orphan = () => child.kill('SIGKILL')
  process.once('exit', orphan)
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  void gone.then(() => process.off('exit', orphan))
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // A frozen process handles SIGTERM only after SIGCONT.
    child.kill('SIGCONT')
    child.kill(signal)
    await gone
  }
  await ready(child, line)
  return { child, end }
}

export async function redisProgram(): Promise<Program> {
  const own = process.env.REDIS_SERVER ?? onPath('redis-server')
  if (own) return { path: own, env: {} }
  try {
    return await fromDebianPackage('redis-server')
  } catch (cause) {
    const command = process.platform === 'darwin' ? 'brew install redis' : 'sudo apt-get install redis-server'
    throw new Error(`The tests need redis-server: ${command} (or set REDIS_SERVER to its path)`, { cause })
  }
}

/** Waits for the line of Redis that it listens, or for its error. */
async function ready(child: ChildProcess, line: string) {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${said}`)))
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4096)
        if (said.includes(line)) resolve()
      })
  })
}

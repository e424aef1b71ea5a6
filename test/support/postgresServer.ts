/**
 * A real PostgreSQL for one suite: its own process, port and directory, gone with it. `postgres` is the one POSTGRES names, the one on
 * PATH or where Debian installs it, or Debian's package unpacked; without any the suite fails, it never skips. It syncs to disk.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { dataRoot } from './dataRoot.ts'
import { freePort } from './freePort.ts'
import { ordinaryUser, postgresPrograms, type PostgresPrograms } from './postgresPrograms.ts'

export interface PostgresServer {
  /** With user and password, who may do everything. */
  readonly url: string
  readonly port: number
  readonly directory: string
  /** Shut down and tidy up; also after kill(). */
  stop(): Promise<void>
  /** Shut down; what was written remains. */
  halt(): Promise<void>
  /** As a crash would: every process of it at once, nothing written any more. */
  kill(): Promise<void>
}

interface Cluster {
  /** For postgres, after ours: `['-c', 'fsync=off']`. */
  readonly args?: readonly string[]
  /** Port and directory of a stopped one bring it back, where its clients look for it and with what it had on disk. */
  readonly port?: number
  readonly directory?: string
}

/** How long another process may keep the memory of a killed server. Milliseconds. */
const leavingMs = 10_000

export async function startPostgres(options: Cluster = {}): Promise<PostgresServer> {
  const programs = await postgresPrograms()
  const port = options.port ?? (await freePort())
  const directory = options.directory ?? (await newCluster(programs))
  const [child, password] = await Promise.all([
    running(programs, ['-D', join(directory, 'data'), '-p', String(port), ...ours, ...(options.args ?? [])]),
    readFile(join(directory, 'password'), 'utf8'),
  ])
  const orphan = () => child.kill('SIGKILL')
  process.once('exit', orphan)
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    child.once('exit', () => resolve())
  })
  void gone.then(() => process.off('exit', orphan))
  const halt = async () => {
    // SIGINT ends the sessions; SIGTERM would wait for them.
    child.kill('SIGINT')
    await gone
  }
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    directory,
    halt,
    async stop() {
      await halt()
      await rm(directory, { recursive: true, force: true })
    },
    async kill() {
      const backends = await childrenOf(child)
      child.kill('SIGKILL')
      for (const pid of backends) end(pid)
      await gone
    },
  }
}

/** A copy of the directory of a stopped server, for another one. */
export async function copyOf(directory: string): Promise<string> {
  const copy = await privateDirectory()
  await promisify(execFile)('cp', ['-a', `${directory}/.`, copy])
  return copy
}

const ours = [
  ['listen_addresses', '127.0.0.1'],
  ['unix_socket_directories', ''],
  ['max_connections', '200'],
  ['logging_collector', 'off'],
  // Debian's package has the compiler of queries, and not the library that it needs.
  ['jit', 'off'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`])

async function privateDirectory(): Promise<string> {
  const directory = await mkdtemp(join(dataRoot, 'oidc-rekey-postgres-'))
  const { uid, gid } = ordinaryUser
  if (uid !== undefined && gid !== undefined) await chown(directory, uid, gid)
  return directory
}

async function newCluster({ initdb, env }: PostgresPrograms): Promise<string> {
  const directory = await privateDirectory()
  const password = join(directory, 'password')
  await writeFile(password, randomUUID(), { mode: 0o644 })
  const words = ['-D', join(directory, 'data'), '-U', 'postgres', '--pwfile', password, '-A', 'scram-sha-256']
  // Written to disk by the server's first checkpoint; a machine that fails before it has no test to lose.
  await promisify(execFile)(initdb, [...words, '-E', 'UTF8', '--no-locale', '--no-sync'], {
    ...ordinaryUser,
    cwd: directory,
    env: { ...process.env, ...env },
  })
  return directory
}

async function running({ postgres, env }: PostgresPrograms, words: readonly string[]): Promise<ChildProcess> {
  const options = { ...ordinaryUser, cwd: '/', env: { ...process.env, ...env } }
  for (const until = performance.now() + leavingMs; ;) {
    const child = spawn(postgres, words, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    const failure = await ready(child)
    if (failure === null) return child
    // The processes of a killed server end a moment after it.
    const isLeaving = failure.includes('pre-existing shared memory block') || failure.includes('lock file')
    if (!isLeaving || performance.now() > until) throw new Error(`postgres ended:\n${failure}`)
    await pause(50)
  }
}

/** null: it takes connections. Otherwise what it said before it ended. */
async function ready(child: ChildProcess): Promise<string | null> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve(said))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096)
      if (/database system is ready to accept (read-only )?connections/.test(said)) resolve(null)
    })
  })
}

/** Its processes of this moment; where the system does not list them, they end by themselves. */
async function childrenOf({ pid = 0 }: ChildProcess): Promise<number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return list.split(' ').filter(Boolean).map(Number)
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

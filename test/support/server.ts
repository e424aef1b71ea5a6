/** The real server as a process, with its own data directory and ports, and a clock that can be moved. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dataRoot } from './dataRoot.ts'
import { type Database, type Deployment, deployment, startDatabase, startProxy } from './deployment.ts'
import { READY_MS } from './limits.ts'

export interface TestServer {
  readonly issuer: string
  readonly sample: string
  readonly password: string
  readonly dataDirectory: string
  /** Where its processes listen, behind no proxy. */
  readonly ports: readonly number[]
  /** Its output so far. */
  output(): string
  /** Moves its clock. Seconds, from real time. */
  setClock(aheadSeconds: number): Promise<void>
  /** Moves its clock on. Seconds. */
  advance(seconds: number): Promise<void>
  /** Its time now. Epoch seconds. */
  now(): number
  /** Its processes, in the order of `ports`. */
  readonly processes: readonly ServerProcess[]
  /** Sends a signal to every process of it. */
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
  /** Kills it without a shutdown. */
  kill(): Promise<void>
  /** Starts it again on the same data and ports. */
  restart(): Promise<void>
  /** Variables that name its database; none: the embedded store, or a database of the test. */
  readonly databaseVariables: Readonly<Record<string, string>>
  /** Stops it and removes its data. */
  remove(): Promise<void>
}

export interface ServerProcess {
  kill(): Promise<void>
  /** Starts it again after `kill`. */
  start(): Promise<void>
  /** Stops it with open sockets. */
  freeze(): void
  thaw(): void
  /** Moves its clock only. Seconds, from that of the others. */
  setClock(apartSeconds: number): Promise<void>
}

const root = new URL('../../', import.meta.url)

const databaseVariables = ['REDIS_URL', 'REDIS_SENTINEL', 'REDIS_CLUSTER', 'DATABASE_URL']

/** @param environment with one of these variables no database is started */
export async function startServer(
  environment: Record<string, string> = {},
  request: Partial<Deployment> = {},
): Promise<TestServer> {
  const { store, processes, answerMs } = { ...deployment, ...request }
  const dataDirectory = await mkdtemp(join(dataRoot, 'rekey-test-'))
  const [samplePort, port, ...ports] = (await freePorts(2 + processes)) as [number, number, ...number[]]
  const issuer = `http://localhost:${port}`
  let output = ''
  let ahead = 0
  let children: ChildProcess[] = []
  const at = new Map<number, ChildProcess>()
  let database = null as Database | null
  let isResting = false
  const proxy = processes > 1 ? await startProxy(port, ports, answerMs) : null

  const send = async (child: ChildProcess, apart = 0): Promise<void> => {
    child.send({ shiftMs: (ahead + apart) * 1000 })
    await once(child, 'message')
  }
  const sendAll = async (): Promise<void> => {
    await Promise.all(children.map((child) => send(child)))
  }

  async function startOne(listensAt: number): Promise<void> {
    const child = fork(new URL('src/main.ts', root), {
      cwd: root,
      execArgv: ['clock', 'cheapHashes'].flatMap((name) => ['--import', new URL(`test/support/${name}.ts`, root).href]),
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        // Many servers start in a run, all from the same sources.
        NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/oidc-rekey/compiled', root)),
        DATA_DIR: dataDirectory,
        PORT: String(listensAt),
        ISSUER: issuer,
        SAMPLE_PORT: String(samplePort),
        ...database?.environment,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    children.push(child)
    at.set(listensAt, child)
    if (ahead !== 0) await send(child)
    await ready(child, `http://localhost:${listensAt}`, () => output)
  }

  async function start(): Promise<void> {
    if (isResting) await database?.restart()
    else if (!databaseVariables.some((name) => environment[name]))
      database ??= await startDatabase(store, dataDirectory)
    isResting = false
    for (const listensAt of proxy ? ports : [port]) await startOne(listensAt)
  }

  async function end(signal: NodeJS.Signals, those = children): Promise<void> {
    const ending = those.filter((child) => child.exitCode === null && child.signalCode === null)
    children = children.filter((child) => !those.includes(child))
    await Promise.all(
      ending.map(async (child) => {
        const exited = once(child, 'exit')
        child.kill(signal)
        await exited
      }),
    )
  }

  const processAt = (listensAt: number): ServerProcess => ({
    kill: () => end('SIGKILL', [at.get(listensAt)!]),
    start: () => startOne(listensAt),
    freeze: () => void at.get(listensAt)!.kill('SIGSTOP'),
    thaw: () => void at.get(listensAt)!.kill('SIGCONT'),
    setClock: (apart) => send(at.get(listensAt)!, apart),
  })

  /** Stops the server and keeps its data, to be copied. */
  async function rest(): Promise<void> {
    await end('SIGTERM')
    if (!isResting) await database?.rest()
    isResting = true
  }

  try {
    await start()
  } catch (error) {
    // An open process would keep the run from ending.
    await rest()
    await database?.remove()
    await proxy?.close()
    throw error
  }
  return {
    issuer,
    sample: `http://localhost:${samplePort}`,
    password: (await readFile(join(dataDirectory, 'demo-password'), 'utf8')).trim(),
    dataDirectory,
    ports: proxy ? ports : [port],
    processes: (proxy ? ports : [port]).map(processAt),
    output: () => output,
    async setClock(aheadSeconds) {
      ahead = aheadSeconds
      await sendAll()
    },
    async advance(seconds) {
      ahead += seconds
      await sendAll()
    },
    now: () => Math.floor(Date.now() / 1000) + ahead,
    signal: (name) => children.forEach((child) => child.kill(name)),
    stop: rest,
    kill: () => end('SIGKILL'),
    restart: start,
    databaseVariables: database?.environment ?? {},
    async remove() {
      await rest()
      await database?.remove()
      await proxy?.close()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

/** Free ports, reserved together so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function ready(child: ChildProcess, issuer: string, output: () => string): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output()}`)
    const answer = await fetch(`${issuer}/health/ready`).catch(() => null)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the server was not ready in ${READY_MS / 1000} s:\n${output()}`)
}

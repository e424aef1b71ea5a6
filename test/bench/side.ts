/** One side of the benchmark in its own process: this server as an operator runs it, or the bare provider. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRelyingParty, clients, type RelyingParty } from './relyingParty.ts'
import { freePort } from '../support/freePort.ts'
import { PASSWORD } from './password.ts'
import { type BenchPerson, importFile } from './people.ts'
import type { Usage } from './probe.ts'

export interface Side {
  readonly name: 'ours' | 'bare'
  readonly relyingParty: RelyingParty
  /** When it was ready for the first request. */
  readonly atStart: Usage
  usage(): Promise<Usage>
  stop(): Promise<void>
}

interface SideOptions {
  /** For its data and its log. */
  readonly directory: string
  /** Of its own database; null: SQLite. */
  readonly url: string | null
  /** Variables that both sides have. */
  readonly environment: Readonly<Record<string, string>>
  readonly people: readonly BenchPerson[]
}

interface ServerOptions extends Omit<SideOptions, 'people'> {
  /** A file of `accounts import`. */
  readonly people: string
  /** Of Node. */
  readonly flags: readonly string[]
}

interface Server {
  readonly issuer: string
  readonly process: ChildProcess
  /** Rejects when it ends. */
  readonly died: Promise<never>
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const bare = join(import.meta.dirname, 'bare/bareProcess.ts')
/** The sources, or with BENCH_PACKAGE=1 what `npm run build` made of them. */
const ours = join(root, process.env['BENCH_PACKAGE'] ? 'dist/cli.js' : 'src/cli.ts')

export async function startSide(name: Side['name'], options: SideOptions): Promise<Side> {
  const flags = ['--import', join(import.meta.dirname, 'probe.ts')]
  const people = importFile(options.people)
  const { issuer, process: server, died, stop } = await startServer(name, { ...options, people, flags })
  const usage = async (): Promise<Usage> => {
    const answered = once(server, 'message')
    server.send('usage')
    const [answer] = (await Promise.race([answered, died])) as [Usage]
    return answer
  }
  return { name, relyingParty: createRelyingParty(issuer, name), atStart: await usage(), usage, stop }
}

/** Imports the people, and resolves when the server answers. */
export async function startServer(
  name: Side['name'],
  { directory, url, environment, people: file, flags }: ServerOptions,
): Promise<Server> {
  await mkdir(directory)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const people = join(directory, 'people.jsonl')
  await Promise.all([writeFile(people, file), writeFile(join(directory, 'config.yaml'), configuration)])
  const log = await open(join(directory, 'log'), 'w')
  const env = {
    ...process.env,
    ...environment,
    ISSUER: issuer,
    PORT: String(port),
    DATA_DIR: join(directory, 'data'),
    ...(url !== null && { [url.startsWith('redis:') ? 'REDIS_URL' : 'DATABASE_URL']: url }),
    BENCH_STORE_PORT: url === null ? '' : new URL(url).port,
    ...(name === 'ours'
      ? { CONFIG: join(directory, 'config.yaml'), NODE_ENV: 'production', TRUST_PROXY: '1' }
      : { CLIENTS: JSON.stringify({ clients }), BENCH_PASSWORD: PASSWORD }),
  }
  const run = (...args: string[]): ChildProcess =>
    fork(name === 'ours' ? ours : bare, args, {
      cwd: root,
      env,
      execArgv: [...flags],
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    })
  const [code] = (await once(run(...(name === 'ours' ? ['accounts'] : []), 'import', people), 'exit')) as [number]
  const failed = async (what: string): Promise<never> => {
    throw new Error(`${name}: ${what}\n${(await readFile(join(directory, 'log'), 'utf8')).slice(-2000)}`)
  }
  if (code !== 0) await failed(`the import ended with ${code}`)

  const server = run(...(name === 'ours' ? ['serve'] : []))
  const died = once(server, 'exit').then(([status]) => failed(`it ended with ${status}`))
  died.catch(() => undefined)
  await Promise.race([ready(`${issuer}/.well-known/openid-configuration`), died])
  return {
    issuer,
    process: server,
    died,
    async stop() {
      const gone = once(server, 'exit')
      server.kill('SIGTERM')
      await gone
      await log.close()
    },
  }
}

/** YAML is a superset of JSON. Everything else has its default: log at `info`, audit and limits on. */
const configuration = JSON.stringify({
  clients: clients.map((client) => ({
    ...client,
    first_party: true,
    ...(client.client_id === 'management' && { management_scopes: ['users:read', 'two-factor:reset'] }),
  })),
})

async function ready(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer`)
}

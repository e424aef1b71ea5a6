/**
 * `npm run bench`: the same sign-in (authorize, password, code, redirect, token; the ID token verified) at this server and at a bare
 * provider, alternating, on each store. Prints one line of JSON per pair: the cost of a sign-in for the server, without the password hash.
 * Ratios can be compared between machines; their two sides cannot.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashPassword, verifyPassword } from '../../src/crypto/passwords.ts'
import { startPostgres } from '../support/postgresServer.ts'
import { startRedis } from '../support/redisServer.ts'
import type { Request, PageTexts, Reply } from './messages.ts'
import { type Cost, createSigner, type Signer } from './signIn.ts'

/** Turns of the two sides. Count. */
const TURNS = 4
/** Sign-ins of a turn, each of another person, since a code works once. Count. */
const PEOPLE = Number(process.env['BENCH_SIGN_INS'] ?? 150)
/** Concurrent sign-ins. Count. */
const AT_ONCE = 4

interface Side {
  readonly issuer: string
  readonly signer: Signer
  ask<K extends Reply['is']>(request: Request, answer: K): Promise<Extract<Reply, { is: K }>>
  stop(): Promise<void>
}

async function startSide(
  side: 'ours' | 'bare',
  where: string,
  secrets: Readonly<Record<string, string>>,
): Promise<Side> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serverProcess.ts'), side, where], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`${side} ended with ${code}`)
  })
  died.catch(() => undefined)
  const hear = async <K extends Reply['is']>(is: K): Promise<Extract<Reply, { is: K }>> => {
    const [reply] = (await Promise.race([once(child, 'message'), died])) as [Reply]
    if (reply.is !== is) throw new Error(`${side} says ${reply.is}, not ${is}`)
    return reply as Extract<Reply, { is: K }>
  }
  const { issuer } = await hear('ready')
  const ask: Side['ask'] = (request, answer) => {
    child.send(request)
    return hear(answer)
  }
  await ask({ is: 'people', secrets }, 'done')
  return {
    issuer,
    ask,
    signer: createSigner(issuer, secrets),
    async stop() {
      const gone = once(child, 'exit')
      child.send({ is: 'stop' })
      await gone
    },
  }
}

interface Measured extends Cost {
  readonly cpuMs: number
  readonly commands: number
}

/** Signs these people in, a few concurrently. */
async function round({ signer, ask }: Side, people: readonly string[]): Promise<Measured> {
  const before = await ask({ is: 'usage' }, 'usage')
  const waiting = [...people]
  const costs: Cost[] = []
  const item = async (): Promise<void> => {
    for (let id = waiting.pop(); id; id = waiting.pop()) costs.push(await signer.signIn(id))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, item))
  const after = await ask({ is: 'usage' }, 'usage')
  const sum = (key: keyof Cost): number => costs.reduce((total, cost) => total + cost[key], 0)
  return {
    cpuMs: after.cpuMs - before.cpuMs,
    commands: after.commands - before.commands,
    requests: sum('requests'),
    bytes: sum('bytes'),
  }
}

async function compare(name: string, apps: { readonly ours: string; readonly bare: string }): Promise<void> {
  const ids = Array.from({ length: TURNS * PEOPLE }, (_, n) => `person${n}`)
  const secrets = Object.fromEntries(ids.map((id) => [id, base32(32)]))
  const [ours, bare] = await Promise.all([startSide('ours', apps.ours, secrets), startSide('bare', apps.bare, secrets)])
  try {
    const pages: PageTexts = await ours.signer.get(ids[0] ?? '')
    await bare.ask({ is: 'pages', pages }, 'done')
    // The first sign-in of each person saves backup codes and warms both sides up: not counted.
    for (const side of [ours, bare]) await round(side, ids)
    const [mine, theirs]: [Measured[], Measured[]] = [[], []]
    for (let turn = 0; turn < TURNS; turn++) {
      const people = ids.slice(turn * PEOPLE, (turn + 1) * PEOPLE)
      mine.push(await round(ours, people))
      theirs.push(await round(bare, people))
    }
    const each = (all: readonly Measured[], key: keyof Measured): number =>
      all.reduce((total, item) => total + item[key], 0) / ids.length
    const [oursCpu, bareCpu] = [each(mine, 'cpuMs'), each(theirs, 'cpuMs')]
    const line = {
      name,
      ours_cpu_ms: rounded(oursCpu, 2),
      bare_cpu_ms: rounded(bareCpu, 2),
      ratio: rounded(oursCpu / bareCpu, 2),
      store_commands: rounded(each(mine, 'commands'), 1),
      requests: rounded(each(mine, 'requests'), 1),
      bytes: Math.round(each(mine, 'bytes')),
    }
    console.log(JSON.stringify(line))
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
  }
}

/** The cost that is excluded above: one password check in this otherwise idle process. */
async function hash(): Promise<void> {
  const kept = await hashPassword('correct horse battery staple')
  const began = process.cpuUsage()
  for (let n = 0; n < 20; n++) await verifyPassword(kept, 'correct horse battery staple')
  const { user, system } = process.cpuUsage(began)
  console.error(`the password's hash, not counted above: ${rounded((user + system) / 20_000, 1)} ms CPU each time`)
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base32 = (length: number): string => [...randomBytes(length)].map((byte) => ALPHABET[byte % 32]).join('')

const directory = await mkdtemp(join(tmpdir(), 'rekey-bench-'))
await compare('sign-in, SQLite', { ours: join(directory, 'ours'), bare: join(directory, 'bare') })
const redis = await Promise.all([startRedis(), startRedis()])
await compare('sign-in, Redis', { ours: redis[0].url, bare: redis[1].url })
await Promise.all(redis.map((server) => server.stop()))
const postgres = await Promise.all([startPostgres(), startPostgres()])
await compare('sign-in, PostgreSQL', { ours: postgres[0].url, bare: postgres[1].url })
await Promise.all(postgres.map((server) => server.stop()))
await rm(directory, { recursive: true })
await hash()

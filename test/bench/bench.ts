/**
 * `npm run bench`: the same acts at this server, as an operator runs it, and at a bare node-oidc-provider, alternating, on each database. Prints
 * one line of JSON per pair; docs/benchmark.md explains the fields. Ratios can be compared between machines; their two sides cannot.
 *
 * BENCH_ONLY=sqlite,redis: these databases · BENCH_ROUNDS=5 · BENCH_SIGN_INS=400: of each side in all rounds · BENCH_PACKAGE=1: the built
 * package in place of the sources.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashPassword, verifyPassword } from '../../src/crypto/passwords.ts'
import { startPostgres } from '../support/postgresServer.ts'
import { startRedis } from '../support/redisServer.ts'
import { planOf } from './acts.ts'
import { compare, compareStart } from './compare.ts'
import { everybodyOf } from './people.ts'
import { startSide } from './side.ts'
import { startSurroundings } from './surroundings.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SIGN_INS = Number(process.env['BENCH_SIGN_INS'] ?? 400)
const only = process.env['BENCH_ONLY']?.split(',')

interface Database {
  readonly url: string | null
  stop(): Promise<void>
}
const databases: Readonly<Record<string, () => Promise<Database>>> = {
  sqlite: async () => ({ url: null, stop: async () => undefined }),
  // Without its log on disk: the cost of the servers is compared, which does not depend on the disk.
  redis: () => startRedis(),
  postgres: () => startPostgres(),
}
const names: Readonly<Record<string, string>> = { sqlite: 'SQLite', redis: 'Redis', postgres: 'PostgreSQL' }

async function compareOn(database: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const open = databases[database]
  if (!open) throw new Error(`BENCH_ONLY knows ${Object.keys(databases).join(', ')}; not ${database}`)
  const on = names[database] ?? database
  const directory = await mkdtemp(join(tmpdir(), 'rekey-bench-'))
  const [first, second] = await Promise.all([open(), open()])
  const { population, acts } = planOf(Math.ceil(SIGN_INS / ROUNDS), ROUNDS)
  const people = everybodyOf(population)
  const parts = (name: string, { url }: Database) => ({ directory: join(directory, name), url, environment, people })
  const ours = await startSide('ours', parts('ours', first))
  const bare = await startSide('bare', parts('bare', second))
  try {
    print(compareStart(on, ours, bare))
    const of = { ours, bare, rounds: ROUNDS }
    let signInMs = 0
    for (const act of acts) {
      const line = await compare(act, of)
      signInMs ||= line.ours_cpu_ms
      const share = Number((line.ours_cpu_ms / signInMs).toFixed(2))
      print({ ...line, name: `${line.name}, ${on}`, of_a_sign_in: share })
    }
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
    await Promise.all([first.stop(), second.stop()])
    await rm(directory, { recursive: true })
  }
}

/** The cost that is not counted above: one password check in this otherwise idle process. */
async function hash(): Promise<void> {
  const kept = await hashPassword('correct horse battery staple')
  const began = process.cpuUsage()
  for (let n = 0; n < 20; n++) await verifyPassword(kept, 'correct horse battery staple')
  const { user, system } = process.cpuUsage(began)
  console.error(`the hash of a password, not counted above: ${((user + system) / 20_000).toFixed(1)} ms CPU each time`)
}

const print = (line: object): void => console.log(JSON.stringify(line))

const { environment, close } = await startSurroundings()
for (const database of only ?? Object.keys(databases)) await compareOn(database, environment)
await hash()
await close()
process.exit()

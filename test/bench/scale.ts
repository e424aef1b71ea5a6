/**
 * `npm run scale`: the same acts at two servers on Redis, with about 1,000 and with 100,000 people, in turns; then a reset of an account with
 * 10,000 sessions. Prints one line of JSON each: the cost should not depend on the number of people. Minutes.
 *
 * SCALE_PEOPLE=100000 · SCALE_SESSIONS=10000 · SCALE_ROUNDS=3
 */
import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { openRedis } from '../../src/store/redis.ts'
import { startRedis } from '../support/redisServer.ts'
import { type Act, planOf, run, type Work } from './acts.ts'
import { writePopulation } from './population.ts'
import { everybodyOf } from './people.ts'
import { type Side, startSide } from './side.ts'

const PEOPLE = Number(process.env['SCALE_PEOPLE'] ?? 100_000)
const SESSIONS = Number(process.env['SCALE_SESSIONS'] ?? 10_000)
const ROUNDS = Number(process.env['SCALE_ROUNDS'] ?? 3)
const SIGN_INS = 60
const { population, acts } = planOf(SIGN_INS, ROUNDS)
const people = everybodyOf(population)
const few = people.length

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const environment = {
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'no-reply@example.com',
  JWKS: JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' }] }),
  ENCRYPTION_KEYS: `1:${randomBytes(32).toString('base64url')}`,
  COOKIE_KEYS: randomBytes(32).toString('base64url'),
}
const print = (line: object): void => console.log(JSON.stringify(line))
const rounded = (value: number): number => Number(value.toFixed(2))
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)
const at = (values: readonly number[], share: number): number =>
  rounded(sorted(values)[Math.floor((values.length - 1) * share)] ?? NaN)

/** The rest of the people, by the command that an operator types. */
async function importPopulation(url: string, directory: string, count: number): Promise<void> {
  const file = join(directory, 'population.jsonl')
  await writePopulation(file, count)
  const client = await createClient({ url }).connect()
  const used = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1])
  const before = await used()
  const began = performance.now()
  await promisify(execFile)(process.execPath, ['src/cli.ts', 'accounts', 'import', file], {
    env: { ...process.env, ...environment, REDIS_URL: url, DATA_DIR: join(directory, 'data') },
    maxBuffer: 2 ** 30,
  })
  const seconds = (performance.now() - began) / 1000
  print({
    name: `import of ${count}, Redis`,
    seconds: rounded(seconds),
    per_second: Math.round(count / seconds),
    bytes_per_account: Math.round(((await used()) - before) / count),
  })
  client.destroy()
}

interface Measured {
  readonly cpuMs: number
  readonly times: readonly number[]
}

async function measure(act: Act, side: Side, works: readonly Work[]): Promise<Measured> {
  const times: number[] = []
  const before = await side.usage()
  await run(
    works.map((work) => async () => {
      const began = performance.now()
      await work()
      times.push(performance.now() - began)
    }),
  )
  return { cpuMs: ((await side.usage()).cpuMs - before.cpuMs) / works.length, times }
}

async function compare(act: Act, sides: Readonly<Record<string, Side>>): Promise<void> {
  const found = new Map<string, Measured[]>()
  for (const side of Object.values(sides)) await run(await act.prepare(side, act.perRound))
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, side] of Object.entries(sides)) {
      const measured = await measure(act, side, await act.prepare(side, act.perRound))
      found.set(name, [...(found.get(name) ?? []), measured])
    }
  const of = (name: string) => {
    const all = found.get(name) ?? []
    const times = all.flatMap((each) => each.times)
    return {
      cpu_ms: at(
        all.map((each) => each.cpuMs),
        0.5,
      ),
      p50_ms: at(times, 0.5),
      p99_ms: at(times, 0.99),
    }
  }
  const [small, large] = Object.keys(sides).map(of)
  const [name, other] = Object.keys(sides)
  const ratio = rounded((large?.cpu_ms ?? NaN) / (small?.cpu_ms ?? NaN))
  print({ name: `${act.name}, Redis`, [name ?? '']: small, [other ?? '']: large, ratio })
}

/** Gives a person who has signed in as many sessions as a machine that signs in all day. */
async function multiplySessions(url: string, id: string): Promise<void> {
  const store = await openRedis({ url })
  const [session] = await store.artefacts.ofAccount('Session', id, '', 1)
  if (!session) throw new Error(`${id} has no session`)
  const expiresAt = Math.floor(Date.now() / 1000) + 86_400
  for (let from = 0; from < SESSIONS; from += 200)
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const [jti, uid] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')]
        const payload = { ...(JSON.parse(session.text) as object), jti, uid }
        await store.artefacts.put('Session', jti, JSON.stringify(payload), {
          expiresAt,
          indexes: { uid, accountId: id },
        })
      }),
    )
  await store.close()
}

/** The sign-ins of others must not wait for what the reset ends. */
async function resetOfMany(url: string, { relyingParty }: Side): Promise<void> {
  const [target, actor] = [population.toReset.at(-1)!, population.helpdesk.at(-1)!]
  const others = population.signingIn.slice(-40)
  await relyingParty.signIn(target)
  await run(others.map((person) => () => relyingParty.signIn(person)))
  await multiplySessions(url, target.id)
  const tokens = await relyingParty.signInToManage(actor)
  const times: number[] = []
  const began = performance.now()
  const reset = relyingParty.reset(actor, tokens, target).then(() => performance.now() - began)
  await run(
    others.map((person) => async () => {
      const start = performance.now()
      await relyingParty.signIn(person)
      times.push(performance.now() - start)
    }),
    1,
  )
  const store = await openRedis({ url })
  let left = await store.artefacts.countOfAccount('Session', target.id)
  for (; left > 0 && performance.now() - began < 120_000;) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    left = await store.artefacts.countOfAccount('Session', target.id)
  }
  await store.close()
  print({
    name: `reset of an account with ${SESSIONS} sessions, Redis`,
    answer_ms: rounded(await reset),
    sessions_left: left,
    ended_within_ms: rounded(performance.now() - began),
    others: { p50_ms: at(times, 0.5), p99_ms: at(times, 0.99) },
  })
}

const directory = await mkdtemp(join(tmpdir(), 'rekey-scale-'))
const servers = await Promise.all([startRedis(), startRedis()])
const [small, large] = servers
await importPopulation(large.url, directory, PEOPLE - few)
const sides = {
  [`people_${few}`]: await startSide('ours', {
    directory: join(directory, 'few'),
    url: small.url,
    environment,
    people,
  }),
  [`people_${PEOPLE}`]: await startSide('ours', {
    directory: join(directory, 'many'),
    url: large.url,
    environment,
    people,
  }),
}
try {
  for (const act of acts) if (['sign-in', 'reset', 'list of users'].includes(act.name)) await compare(act, sides)
  await resetOfMany(large.url, sides[`people_${PEOPLE}`]!)
} finally {
  await Promise.all(Object.values(sides).map((side) => side.stop()))
  await Promise.all(servers.map((server) => server.stop()))
  await rm(directory, { recursive: true })
}

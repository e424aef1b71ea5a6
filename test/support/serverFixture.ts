/**
 * Fixture of the attacks: one real server for all of them, or one for a single attack. Effects are counted through the API, the mailbox and
 * the audit.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble, type Assembled } from '../../src/server/assemble.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { cheapHash } from './cheapHash.ts'
import { clients, createRelyingParties } from './relyingParties.ts'
import { createManagementCalls, type Email, mailboxOf } from './managementCalls.ts'
import { createPeople } from './people.ts'
import { createSignIns } from './signIns.ts'
import { createVisitor, type Visitor } from './client.ts'
import type { Deployment } from './deployment.ts'
import { isSecret, secretsIn } from './secrets.ts'
import { startServer, type TestServer } from './server.ts'

/** Concurrent requests and repetitions. `npm run attacks` raises both. */
export const CONCURRENT = Number(process.env['ATTACK_CROWD'] ?? 50)
export const ROUNDS = Number(process.env['ATTACK_ROUNDS'] ?? 1)

/** Runs `act` concurrently. */
export const concurrently = <T>(act: (index: number) => Promise<T>, size: number = CONCURRENT): Promise<T[]> =>
  Promise.all(Array.from({ length: size }, (_, index) => act(index)))

/** The number of answers by status. */
export function tally(answers: readonly { readonly status: number }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** The service under test: a server process, or a host in this process. */
export interface ServiceUnderTest {
  readonly server: Pick<TestServer, 'now'>
  readonly issuer: string
  /** The same service in this process without sockets, for what no page can do. */
  readonly host: Pick<Assembled, 'rekey' | 'directory' | 'store' | 'clock'>
  readonly password: string
  readonly passwordHash: string
  visitor(): Visitor
  /** Emails to an address, newest first. */
  mailed(email: string): Promise<readonly Email[]>
  /** Moves the server's clock on. Seconds. */
  advance(seconds: number): Promise<void>
  /** Tries again until `check` no longer throws, for a few seconds; returns its result. */
  eventually<T>(check: () => Promise<T>): Promise<T>
}

export interface ServerUnderTest extends ServiceUnderTest {
  readonly server: TestServer
  readonly host: Assembled
}

export type ServerFixture = Awaited<ReturnType<typeof open>>

const fixtures = new Set<Promise<ServerFixture>>()
let shared: Promise<ServerFixture> | undefined

/** The fixture that all attacks share. */
export const sharedFixture = (): Promise<ServerFixture> => (shared ??= openFixture())

let lax: Promise<ServerFixture> | undefined

/** Another shared fixture, with `two_factor.required: when_requested`. */
export const laxFixture = (): Promise<ServerFixture> =>
  (lax ??= openFixture({ two_factor: { required: 'when_requested' } }))

let limited: Promise<ServerFixture> | undefined

/** Another shared fixture, with the default limits. */
export const limitedFixture = (): Promise<ServerFixture> => (limited ??= openFixture({ reset: {}, step_up: {} }))

/**
 * A fixture of its own: with other rules, or to be stopped and started.
 * @param redisUrl a Redis of the test's own
 */
export function openFixture(
  settings: object = {},
  underTest: Partial<Deployment> = {},
  redisUrl: string | null = null,
): Promise<ServerFixture> {
  const opening = open(settings, underTest, redisUrl)
  fixtures.add(opening)
  return opening
}

after('no log holds a secret, and nothing failed that should not', async function () {
  this.timeout(120_000)
  const opened = await Promise.all(fixtures)
  const faults = opened.flatMap(({ server, excused }) => faultsIn(server.output(), excused))
  await Promise.all(opened.map((fixture) => fixture.close()))
  if (faults.length > 0) throw new Error(`the servers under attack printed:\n${[...new Set(faults)].join('\n')}`)
})

/** @param excused failures that an attack causes on purpose */
export function faultsIn(output: string, excused: readonly RegExp[] = []): string[] {
  const failed = output
    .split('\n')
    .filter((line) => /"level":(50|60)|"status":500/.test(line) && !excused.some((pattern) => pattern.test(line)))
  return [...secretsIn(output), ...failed]
}

async function open(settings: object, request: Partial<Deployment>, redisUrl: string | null) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-attacks-'))
  const configuration = join(directory, 'configuration.yaml')
  const unlimited = {
    reset: { links_per_hour: null },
    step_up: { acts_per_hour: null, mails_per_hour: null },
    password_links: { from_network_per_hour: null, from_browser_per_hour: null },
    password_attempts: { free: 100, per_account_per_hour: null, per_network_per_hour: null },
    anonymous: { writes_per_minute: null },
  }
  const rewrite = (changed: object): Promise<void> =>
    writeFile(configuration, JSON.stringify({ demo: true, clients, ...unlimited, ...settings, ...changed }))
  await rewrite({})
  const own = redisUrl === null ? {} : { REDIS_URL: redisUrl }
  const server = await startServer({ CONFIG: configuration, ...own }, request)
  const { issuer } = server
  const host = await assemble(
    await readConfiguration({
      CONFIG: configuration,
      DATA_DIR: server.dataDirectory,
      PORT: new URL(issuer).port,
      SAMPLE_PORT: new URL(server.sample).port,
      LOG_LEVEL: 'silent',
      ...server.databaseVariables,
      ...own,
    }),
  )
  const password = `Pa55-${randomBytes(12).toString('hex')}`
  isSecret('password', password)
  let ahead = 0
  const underTest: ServerUnderTest = {
    server,
    issuer,
    host,
    password,
    passwordHash: await cheapHash(password),
    visitor: () => createVisitor(issuer, server.now),
    mailed: mailboxOf(host),
    async advance(seconds) {
      ahead += seconds
      await server.setClock(ahead)
    },
    async eventually(check) {
      for (const deadline = Date.now() + 8000; ;) {
        try {
          return await check()
        } catch (error) {
          if (Date.now() > deadline) throw error
        }
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
  }
  const people = createPeople(underTest)
  const relyingParties = createRelyingParties(underTest)
  const signIns = createSignIns(underTest, relyingParties)
  const services = createManagementCalls(underTest, people, relyingParties, signIns)
  const excused: RegExp[] = []
  return {
    ...underTest,
    ...people,
    ...relyingParties,
    ...signIns,
    ...services,
    excused,
    /** Changes the configuration file; the server does not know of it. */
    rewrite,
    async close(): Promise<void> {
      await host.close()
      await server.remove()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

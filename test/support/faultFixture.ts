/**
 * Fixture for fault injection: a real server on a given store, with the people and relying parties of the attacks, and the same service
 * without sockets to read the store.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble } from '../../src/server/assemble.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import type { ServerUnderTest } from './serverFixture.ts'
import { createManagementCalls, mailboxOf } from './managementCalls.ts'
import { cheapHash } from './cheapHash.ts'
import { clients, createRelyingParties } from './relyingParties.ts'
import { createPeople } from './people.ts'
import { createSignIns } from './signIns.ts'
import { createVisitor } from './client.ts'
import type { Deployment } from './deployment.ts'
import { isSecret, secretsIn } from './secrets.ts'
import { startServer } from './server.ts'

/** Repetitions. `npm run faults` raises it. */
export const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 1)

/** After which the proxy before two processes answers for one that is frozen; more than the longest answer. Milliseconds. */
export const ANSWER_MS = 2500

export interface FaultOptions {
  readonly store: Deployment['store']
  /** Default: one process. */
  readonly processes?: number
  readonly environment?: Readonly<Record<string, string>>
  /** The direct address of a Redis that the server reaches by a proxy. */
  readonly redisUrl?: string
  /** Added to the registration of the relying party `app`. */
  readonly app?: object
  /** Keys of the configuration file. */
  readonly settings?: object
}

export type FaultFixture = Awaited<ReturnType<typeof openFaultFixture>>

export async function openFaultFixture(options: FaultOptions) {
  const { store, processes = 1, environment = {}, redisUrl, app = {}, settings = {} } = options
  const directory = await mkdtemp(join(tmpdir(), 'rekey-faults-'))
  const configuration = join(directory, 'configuration.yaml')
  const registered = clients.map((client) => (client.client_id === 'app' ? { ...client, ...app } : client))
  const unlimited = {
    reset: { links_per_hour: null },
    step_up: { acts_per_hour: null, mails_per_hour: null },
    password_links: { from_network_per_hour: null, from_browser_per_hour: null },
    password_attempts: { free: 100, per_account_per_hour: null, per_network_per_hour: null },
    anonymous: { writes_per_minute: null },
  }
  await writeFile(configuration, JSON.stringify({ demo: true, clients: registered, ...unlimited, ...settings }))
  const server = await startServer({ CONFIG: configuration, ...environment }, { store, processes, answerMs: ANSWER_MS })
  const { issuer } = server
  const host = await assemble(
    await readConfiguration({
      CONFIG: configuration,
      DATA_DIR: server.dataDirectory,
      PORT: new URL(issuer).port,
      SAMPLE_PORT: new URL(server.sample).port,
      ...environment,
      LOG_LEVEL: 'silent',
      ...server.databaseVariables,
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    }),
  )
  const password = `Pa55-${randomBytes(12).toString('hex')}`
  isSecret('password', password)
  const underTest: ServerUnderTest = {
    server,
    issuer,
    host,
    password,
    passwordHash: await cheapHash(password),
    visitor: () => createVisitor(issuer, () => server.now()),
    mailed: mailboxOf(host),
    advance: (seconds) => server.advance(seconds),
    eventually,
  }
  const people = createPeople(underTest)
  const relyingParties = createRelyingParties(underTest)
  const signIns = createSignIns(underTest, relyingParties)
  return {
    ...underTest,
    ...people,
    ...relyingParties,
    ...signIns,
    ...createManagementCalls(underTest, people, relyingParties, signIns),

    /** The status of `/health/ready`. */
    health: async (): Promise<number> => (await fetch(`${issuer}/health/ready`)).status,

    /** Secrets and unexpected failures in its log. */
    faults(excused: RegExp): string[] {
      const failed = server
        .output()
        .split('\n')
        .filter((line) => /"status":500/.test(line) || (/"level":(50|60)/.test(line) && !excused.test(line)))
      return [...secretsIn(server.output()), ...failed]
    },

    async close(): Promise<void> {
      await host.close()
      await server.remove()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Tries again until `check` no longer throws; returns its result. */
export async function eventually<T>(check: () => Promise<T>, deadlineMs = 12_000, everyMs = 20): Promise<T> {
  for (const deadline = Date.now() + deadlineMs; ;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

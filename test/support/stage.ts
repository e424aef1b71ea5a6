/**
 * Where journeys are played: a server of one's own per file, one relying party and one browser for all. The people are enrolled
 * once per run, in the browser, as people are; every server begins with a copy of that house.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { BACK, openDevice, sees, takeComplaints } from './browser.ts'
import { type Management, managementOf } from './management.ts'
import { type Belongings, createPerson, type Person } from './person.ts'
import { type Asked, type RelyingParty, startRelyingParty } from './relyingParty.ts'
import { startServer, type TestServer } from './server.ts'

export interface Stage {
  readonly server: TestServer
  readonly party: RelyingParty
  /** admin and user01 … user05 have an authenticator, user06 … user12 have none yet. */
  person(id: string): Person
  /** A browser that nobody has used, closed after the test. */
  device(options?: BrowserContextOptions): Promise<Page>
  /** The management API as the administrator, with a token fetched by a code flow. */
  desk(): Promise<Management>
  /** Goes to the provider with a request of the relying party, and waits for nothing. */
  goes(page: Page, clientId: 'desk' | 'shop', parameters?: Record<string, string>): Promise<Asked>
}

const enrolled = ['admin', 'user01', 'user02', 'user03', 'user04', 'user05']

export const MANAGEMENT = 'openid users:read users:write two-factor:read two-factor:reset audit:read'

interface House {
  readonly dataDirectory: string
  readonly configuration: string
  readonly party: RelyingParty
  readonly belongings: ReadonlyMap<string, Belongings>
  /** The cookies of the administrator's own browser. */
  readonly office: Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>
  pullDown(): Promise<void>
}
let building: Promise<House> | undefined

async function build(): Promise<House> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-house-'))
  const configuration = join(directory, 'house.yaml')
  const party = await startRelyingParty()
  const limits = { reset: { links_per_hour: null }, step_up: { acts_per_hour: null } }
  await writeFile(configuration, JSON.stringify({ demo: true, clients: party.clients, ...limits }))
  const server = await startServer({ CONFIG: configuration })
  const enrol = async (id: string) => {
    const person = createPerson(server, id)
    const page = await openDevice()
    await person.signsInAtSample(page)
    const cookies = await page.context().storageState()
    await page.context().close()
    return { id, belongings: person.belongings(), cookies }
  }
  const people = await Promise.all(enrolled.map(enrol))
  await server.stop()
  return {
    dataDirectory: server.dataDirectory,
    configuration,
    party,
    belongings: new Map(people.map(({ id, belongings }) => [id, belongings])),
    office: people[0]!.cookies,
    async pullDown() {
      await Promise.all([party.close(), server.remove(), rm(directory, { recursive: true, force: true })])
    },
  }
}

after(async () => (await building)?.pullDown())

/** Call it inside `describe`. What it gives is there from the first `before` of the file on. */
export function setStage(environment: () => Promise<Record<string, string>> = () => Promise.resolve({})): Stage {
  const open: Page[] = []
  const stage = {} as Stage & { server: TestServer; party: RelyingParty }

  before(async function () {
    this.timeout(120_000)
    const { dataDirectory, configuration, party, belongings, office } = await (building ??= build())
    const server = await startServer({ CONFIG: configuration, ...(await environment()) }, dataDirectory)
    const people = new Map<string, Person>()
    let management: Promise<Management> | undefined
    Object.assign(stage, {
      server,
      party,
      person(id: string) {
        const person = people.get(id) ?? createPerson(server, id, belongings.get(id))
        people.set(id, person)
        return person
      },
      async device(options?: BrowserContextOptions) {
        const page = await openDevice(options)
        open.push(page)
        return page
      },
      desk: () => (management ??= enterOffice()),
      async goes(page: Page, clientId: 'desk' | 'shop', parameters?: Record<string, string>) {
        const asked = await party.at(server, clientId).ask(parameters)
        await page.goto(asked.url)
        return asked
      },
    } satisfies Stage)

    async function enterOffice(): Promise<Management> {
      const page = await openDevice({ storageState: office })
      const resource = `${server.issuer}/management/v1`
      const asked = await stage.goes(page, 'desk', { resource, scope: MANAGEMENT })
      await sees(page, BACK)
      const answer = await asked.answer
      await page.context().close()
      if (answer.is === 'refused') throw new Error(`no token for the management API: ${answer.error}`)
      return managementOf(server, stage.person('admin'), answer.tokens.access_token)
    }
  })

  beforeEach(function () {
    this.currentTest?.timeout(60_000)
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((page) => page.context().close()))
    const complaints = takeComplaints()
    if (complaints.length > 0) throw new Error(`a page complained:\n${complaints.join('\n')}`)
  })
  after(async () => (stage.server as TestServer | undefined)?.remove())
  return stage
}

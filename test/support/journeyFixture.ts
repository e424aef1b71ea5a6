/**
 * Fixture of the journeys: a server per file, one relying party and one browser for all. The preparation of a journey uses HTTP; the journey
 * itself uses the browser.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openDevice, takeComplaints } from './browser.ts'
import { createVisitor, wayOn } from './client.ts'
import { type Management, managementOf } from './management.ts'
import { createPerson, enrol, type Person } from './person.ts'
import { type AuthorizationRequest, type RelyingParty, startRelyingParty } from './relyingParty.ts'
import { startServer, type TestServer } from './server.ts'

export interface Stage {
  readonly server: TestServer
  readonly relyingParty: RelyingParty
  /** A person of the demonstration, with a password only. */
  newcomer(id: string): Person
  /** With an authenticator and ten backup codes. */
  person(id: string): Promise<Person>
  /** A new browser context, closed after the test. */
  device(options?: BrowserContextOptions): Promise<Page>
  /** The management API as the administrator, with a token fetched by a code flow. */
  services(): Promise<Management>
  /** Starts an authorization request of the relying party, without waiting. */
  goes(page: Page, clientId: 'management' | 'shop', parameters?: Record<string, string>): Promise<AuthorizationRequest>
}

/** Scopes of a token for the management API. */
export const MANAGEMENT = 'openid users:read users:write two-factor:read two-factor:reset audit:read'

let meeting: Promise<RelyingParty> | undefined
after(async () => (await meeting)?.close())

/** Call it inside `describe`. Its values exist from the first `before` of the file on. */
export function setStage(
  environment: () => Promise<Readonly<Record<string, string>>> = () => Promise.resolve({}),
  settings: object = {},
): Stage {
  const stage = {} as Stage & { server?: TestServer }
  const devices: Page[] = []
  let directory = ''

  before(async function () {
    this.timeout(120_000)
    const relyingParty = await (meeting ??= startRelyingParty())
    directory = await mkdtemp(join(tmpdir(), 'rekey-stage-'))
    const configuration = join(directory, 'stage.yaml')
    const limits = {
      reset: { links_per_hour: null },
      step_up: { acts_per_hour: null, mails_per_hour: null },
      password_links: { from_network_per_hour: null, from_browser_per_hour: null },
      password_attempts: { per_account_per_hour: null, per_network_per_hour: null },
      anonymous: { writes_per_minute: null },
    }
    await writeFile(
      configuration,
      JSON.stringify({ demo: true, clients: relyingParty.clients, ...limits, ...settings }),
    )
    const server = await startServer({ CONFIG: configuration, ...(await environment()) })
    Object.assign(stage, { server, relyingParty, ...cast(server, relyingParty) })
  })
  beforeEach(function () {
    this.currentTest?.timeout(120_000)
  })
  afterEach(async () => {
    await Promise.all(devices.splice(0).map((page) => page.context().close()))
    const complaints = takeComplaints()
    if (complaints.length > 0) throw new Error(`a page complained:\n${complaints.join('\n')}`)
  })
  after(async () => {
    await (stage.server as TestServer | undefined)?.remove()
    await rm(directory, { recursive: true, force: true })
  })
  return Object.assign(stage, {
    async device(options?: BrowserContextOptions) {
      const page = await openDevice(options)
      devices.push(page)
      return page
    },
  })
}

function cast(server: TestServer, relyingParty: RelyingParty): Omit<Stage, 'server' | 'relyingParty' | 'device'> {
  const people = new Map<string, Promise<Person>>()
  let entered: { readonly until: number; readonly management: Promise<Management> } | undefined
  const services = relyingParty.at(server, 'management')

  async function enrolled(id: string): Promise<Person> {
    const person = createPerson(server, id)
    await enrol(server, person, (await services.ask()).url)
    return person
  }
  const person = (id: string): Promise<Person> => {
    const known = people.get(id) ?? enrolled(id)
    people.set(id, known)
    return known
  }

  async function enterOffice(): Promise<Management> {
    const admin = await person('admin')
    const visitor = createVisitor(server.issuer)
    const request = await services.ask({ resource: `${server.issuer}/management/v1`, scope: MANAGEMENT })
    const signIn = await visitor.go(request.url.slice(server.issuer.length))
    const challenge = await visitor.submit(signIn, { email: admin.email, password: server.password })
    const proven = await visitor.submit(challenge, { code: await admin.code() })
    const back = await visitor.get(new URL(wayOn(proven) ?? '', server.issuer).pathname)
    await fetch(back.location ?? '')
    const answer = await request.answer
    if (answer.is === 'refused') throw new Error(`no token for the management API: ${answer.error}`)
    return managementOf(server, admin, answer.tokens.access_token)
  }

  return {
    newcomer: (id) => createPerson(server, id),
    person,
    services() {
      // A token expires when a test moves the clock.
      if (!entered || server.now() > entered.until) entered = { until: server.now() + 120, management: enterOffice() }
      return entered.management
    },
    async goes(page, clientId, parameters) {
      const request = await relyingParty.at(server, clientId).ask(parameters)
      await page.goto(request.url)
      return request
    },
  }
}

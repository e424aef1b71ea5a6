/** A host with the embedded directory, on any store, and an administrator who lists its people by the management API. */
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { hashPassword } from '../../src/crypto/passwords.ts'
import type { Rekey, Store } from '../../src/index.ts'
import type { Directory, HostDirectory, Person } from '../../src/ports.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { Authenticator } from './authenticator.ts'
import { createVisitor, type Page, setupKeyIn, type Visitor, wayOn } from './client.ts'
import { clock, password, redirectUri, startHost } from './host.ts'

export interface Listing {
  readonly items: readonly { readonly id: string; readonly email: string; readonly two_factor: { state: string } }[]
  readonly next_cursor?: string
}

export interface ListedPeople {
  readonly directory: ReturnType<typeof createDirectory>
  readonly rekey: Rekey
  /** One page, as the API answers it. */
  list(query: Readonly<Record<string, string | number>>): Promise<Listing>
  /** As `list`, the ids alone. */
  ids(query: Readonly<Record<string, string | number>>): Promise<string[]>
  /** All people, page by page; `between` runs between two pages. */
  all(query: Readonly<Record<string, string | number>>, between?: () => Promise<unknown>): Promise<string[]>
  /** Ids in the directory's own list of a state, without the records. */
  notified(secondFactor: 'none' | 'active' | 'reset' | 'locked' | 'unavailable'): Promise<string[]>
  create(id: string, more?: Partial<Pick<Person, 'roles' | 'groups'>>): Promise<void>
  /** Signs in and sets an authenticator up. */
  enrol(id: string): Promise<Visitor>
  /** Signs in up to the page that asks for a code. */
  challenge(id: string): Promise<Page>
  close(): Promise<void>
}

/** Wrong codes that lock the factor. Count. */
export const lockAfter = 10

const verifier = 'v'.repeat(43)

/** @param shown what the plugin gets of the directory */
export async function listedPeople(
  store: Store,
  shown: (directory: Directory) => HostDirectory = (directory) => directory,
): Promise<ListedPeople> {
  const directory = createDirectory({ profiles: store.profiles, clock })
  const passwordHash = await hashPassword(password)
  const client = {
    client_id: 'app',
    client_secret: 'app-secret',
    redirect_uris: [redirectUri],
    first_party: true,
    management_scopes: ['users:read'],
    token_endpoint_auth_method: 'client_secret_basic' as const,
  }
  const rules = { lockAfter, freeAttempts: lockAfter - 1 }
  const host = await startHost({
    store,
    options: { directory: shown(directory), rules },
    configuration: { clients: [client] },
  })
  const api = `${host.issuer}/management/v1`
  const request = `/auth?${new URLSearchParams({
    client_id: 'app',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid users:read',
    resource: api,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()}`

  const create = async (id: string, more: Partial<Pick<Person, 'roles' | 'groups'>> = {}): Promise<void> => {
    expect(await directory.create({ id, email: `${id}@example.com`, name: id, passwordHash, ...more })).to.be.an(
      'object',
    )
  }
  async function challenge(id: string): Promise<Page> {
    const visitor = createVisitor(host.issuer)
    return visitor.submit(await visitor.go(request), { email: `${id}@example.com`, password })
  }
  async function setUp(id: string): Promise<Page> {
    const page = await challenge(id)
    const app = new Authenticator(setupKeyIn(page.text)[0]!)
    const codes = await page.visitor.submit(page, { code: app.next(clock.now()) })
    const done = await codes.visitor.submit(codes, { saved: 'yes' })
    await host.rekey.idle()
    return done
  }
  async function tokenOf(id: string): Promise<string> {
    const done = await setUp(id)
    const back = await done.visitor.go(new URL(wayOn(done)!).pathname)
    const answer = await fetch(`${host.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('app:app-secret')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(back.location!).searchParams.get('code')!,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        resource: api,
      }),
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    return token
  }

  await create('admin', { roles: ['admin'] })
  const authorization = `Bearer ${await tokenOf('admin')}`

  const people: ListedPeople = {
    directory,
    rekey: host.rekey,
    async list(query) {
      const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
      const answer = await fetch(`${api}/users?${parameters.toString()}`, { headers: { authorization } })
      expect(answer.status).to.equal(200)
      return (await answer.json()) as Listing
    },
    ids: async (query) => (await people.list(query)).items.map(({ id }) => id),
    async all(query, between) {
      const seen: string[] = []
      for (let page = await people.list(query); ;) {
        seen.push(...page.items.map(({ id }) => id))
        if (page.next_cursor === undefined) return seen
        await between?.()
        page = await people.list({ ...query, cursor: page.next_cursor })
      }
    },
    notified: async (secondFactor) => (await directory.list({ secondFactor, limit: 100 })).map(({ id }) => id),
    create,
    enrol: async (id) => (await setUp(id)).visitor,
    challenge,
    close: () => host.close(),
  }
  return people
}

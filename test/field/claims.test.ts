/** Claims about a person: which applications get them, in the ID token and at userinfo, and where they come from. */
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { importAccounts } from '../../src/server/commands/importAccounts.ts'
import { type ClientId, clients } from '../support/relyingParties.ts'
import type { Visitor } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const restricted = ['groups', 'roles']
const everything = 'openid profile email groups roles'
const names = { givenName: 'Ana', familyName: 'Silva', preferredUsername: 'ana.silva' }

describe('The claims of an application', () => {
  let server: Standalone
  let person: Person
  /** Signed in: two codes are all that a person has here. */
  let browser: Visitor
  before(async () => {
    server = await openStandalone({
      clients: clients.map((item) => ({
        ...item,
        ...(item.client_id === 'app' && { claims: ['groups', 'roles'] }),
        ...(item.client_id === 'shop' && { claims: ['groups'] }),
      })),
    })
    person = await server.person({ roles: ['helpdesk'], groups: ['berlin', 'sales'] })
    await server.host.directory.change(person.id, names)
    browser = server.visitor()
  })
  after(() => server.close())

  async function claimsAt(clientId: ClientId, parameters: Record<string, string>) {
    const entered = await server.enter(person, server.ask(clientId, parameters), browser)
    const { id_token: token, access_token: access, ...rest } = await server.tokens(entered)
    const { body } = await server.userinfo(access)
    return {
      idToken: decodeJwt(token) as Record<string, unknown>,
      userinfo: body as Record<string, unknown>,
      rest: rest as { scope?: string },
    }
  }
  const parametersBy: Record<string, Record<string, string>> = {
    'by scope': { scope: everything },
    'by the parameter claims': {
      scope: 'openid',
      claims: JSON.stringify({
        userinfo: { groups: null, roles: { essential: true } },
        id_token: { groups: null, roles: null },
      }),
    },
  }
  const allowed: Partial<Record<ClientId, object>> = {
    app: { groups: ['berlin', 'sales'], roles: ['helpdesk'] },
    shop: { groups: ['berlin', 'sales'] },
    spa: {},
  }
  for (const [how, parameters] of Object.entries(parametersBy))
    for (const [clientId, expected] of Object.entries(allowed))
      it(`are ${Object.keys(expected).join(' and ') || 'neither groups nor roles'} for ${clientId} that asks ${how}`, async () => {
        const { idToken, userinfo, rest } = await claimsAt(clientId as ClientId, parameters)
        for (const given of [idToken, userinfo])
          expect(
            Object.fromEntries(restricted.flatMap((name) => (name in given ? [[name, given[name]]] : []))),
          ).to.deep.equal(expected)
        const granted = String(rest.scope)
          .split(' ')
          .filter((scope) => restricted.includes(scope))
        expect(granted).to.deep.equal(how === 'by scope' ? Object.keys(expected) : [])
      })

  it('have no groups and roles that were not asked for, for a client that may have them', async () => {
    const { idToken, userinfo } = await claimsAt('app', { scope: 'openid profile email' })
    for (const given of [idToken, userinfo]) expect(given).not.to.have.any.keys(restricted)
  })

  it('have the names of the directory with the scope profile, and what it does not know is absent', async () => {
    const known = { given_name: 'Ana', family_name: 'Silva', preferred_username: 'ana.silva' }
    const { idToken, userinfo } = await claimsAt('app', { scope: 'openid profile' })
    for (const given of [idToken, userinfo]) expect(given).to.include(known)
    const without = await claimsAt('app', { scope: 'openid email' })
    expect(without.userinfo).not.to.have.any.keys(Object.keys(known))
    const owner = { person, browser }
    ;[person, browser] = [await server.person(), server.visitor()]
    const unknown = await claimsAt('app', { scope: 'openid profile' })
    ;({ person, browser } = owner)
    expect(unknown.userinfo).not.to.have.any.keys(Object.keys(known))
  })

  it('are on the consent page of a third party, if it may have them', async () => {
    const next = await server.begin(server.ask('shop', { scope: everything, prompt: 'consent' }), browser)
    expect([
      next.h1,
      next.text.includes('the groups that you belong to'),
      next.text.includes('administrator or at the helpdesk'),
    ]).to.deep.equal(['Allow access', true, false])
  })

  it('are in discovery', async () => {
    const answer = await fetch(`${server.issuer}/.well-known/openid-configuration`)
    const { claims_supported: claims, scopes_supported: scopes } = (await answer.json()) as Record<string, string[]>
    expect(claims).to.include.members([...restricted, 'given_name', 'family_name', 'preferred_username'])
    expect(scopes).to.include.members(restricted)
  })

  it('are changed by the API, which shows them', async () => {
    const { call } = await server.admin()
    const [path, sent] = [`/users/${person.id}`, { given_name: 'Anna', family_name: null, preferred_username: 'anna' }]
    const changed = await call('PATCH', path, sent)
    expect([changed.status, (await call('GET', path)).body]).to.deep.equal([200, changed.body])
    expect(changed.body).to.include(sent)
    expect((await call('PATCH', path, { name: 'Anna' })).body).to.include(sent)
    expect((await call('PATCH', path, { given_name: 'a\nb' })).status).to.equal(422)
    const invited = await call('POST', '/users', { email: 'new@example.com', name: 'New', preferred_username: 'new' })
    expect(invited.body).to.include({ given_name: null, family_name: null, preferred_username: 'new' })
  })

  it('come from an import', async () => {
    const entry = {
      email: 'i@example.com',
      name: 'I',
      given_name: 'Ida',
      family_name: 'Ito',
      preferred_username: 'ida',
    }
    const { directory: accounts, clock } = server.host
    async function* entries() {
      yield { line: 1, value: entry as unknown }
    }
    const faults: string[] = []
    const report = (line: string): void => void faults.push(line)
    await importAccounts(entries(), { accounts, clock, adopt: async () => undefined, report })
    expect(faults).to.deep.equal([])
    const found = await accounts.findByEmail(entry.email)
    expect(found).to.include({ givenName: 'Ida', familyName: 'Ito', preferredUsername: 'ida' })
  })
})

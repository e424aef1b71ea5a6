/** SIGHUP reads the clients of the file again: added, changed with two secrets, removed; and kept when the file is faulty. */
import { expect } from 'chai'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'
import { type Answer, answerOf, clients } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { isSecret } from '../support/secrets.ts'

const NEW = 'new-secret-0123456789abcdefghijklmnopqrs'
const secretOf = (id: string): string => String(clients.find(({ client_id }) => client_id === id)?.client_secret)
const without = (...ids: string[]) => clients.filter(({ client_id }) => !ids.includes(client_id))

describe('The clients of a running server', () => {
  let fixture: ServerFixture
  let person: Person
  let admin: Person
  before(async () => {
    fixture = await openFixture()
    fixture.excused.push(/the clients are as they were/)
    person = await fixture.person()
    admin = await fixture.person({ roles: ['admin'] })
    isSecret('client secret', NEW)
  })

  const lines = (pattern: RegExp): string[] =>
    fixture.server
      .output()
      .split('\n')
      .filter((line) => pattern.test(line))
  /** Sends SIGHUP and returns the line of the log. */
  async function reload(changed: object | string): Promise<string> {
    const about = /the clients (were read again|are as they were)/
    const { length } = lines(about)
    await fixture.rewrite(typeof changed === 'string' ? {} : changed)
    fixture.server.signal('SIGHUP')
    return fixture.eventually(async () => {
      const found = lines(about)
      if (found.length === length) throw new Error('no line yet')
      expect(found).to.have.length(length + 1)
      return String(found.at(-1))
    })
  }

  const ask = (path: string, body: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
    fetch(`${fixture.issuer}${path}`, { method: 'POST', headers, body: new URLSearchParams(body) }).then(answerOf)
  const surfaces: Readonly<Record<string, Record<string, string>>> = {
    '/token': { grant_type: 'refresh_token', refresh_token: 'none' },
    '/token/introspection': { token: 'none' },
    '/token/revocation': { token: 'none' },
    '/request': {
      response_type: 'code',
      client_id: 'app',
      redirect_uri: 'http://127.0.0.1:9/callback',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    },
  }
  /** Whether this secret authenticates `app`, at every endpoint and in both ways. */
  async function accepts(secret: string): Promise<boolean[]> {
    const answers = Object.entries(surfaces).flatMap(([path, body]) => [
      ask(path, body, { authorization: `Basic ${btoa(`app:${secret}`)}` }),
      ask(path, { ...body, client_id: 'app', client_secret: secret }),
    ])
    return [
      ...new Set(
        (await Promise.all(answers)).map(({ status, text, body }) => {
          expect(status, text).to.be.below(500)
          return body.error !== 'invalid_client'
        }),
      ),
    ]
  }

  it('are two secrets of one client while it is being replaced', async () => {
    const app = clients.find(({ client_id }) => client_id === 'app')
    expect(await accepts(NEW)).to.deep.equal([false])
    const both = [{ ...app, client_secret: NEW, previous_client_secret: secretOf('app') }]
    expect(await reload({ clients: [...without('app'), ...both] })).to.match(
      /"added":\[\],"changed":\["app"\],"removed":\[\]/,
    )
    expect(await accepts(NEW)).to.deep.equal([true])
    expect(await accepts(secretOf('app'))).to.deep.equal([true])
    expect(await accepts('another')).to.deep.equal([false])
    await reload({ clients: [...without('app'), { ...app, client_secret: NEW }] })
    expect(await accepts(NEW)).to.deep.equal([true])
    expect(await accepts(secretOf('app'))).to.deep.equal([false])
    await reload({})
  })

  it('are all kept when one is faulty, or anything else in the file', async () => {
    const added = { ...clients[0], client_id: 'added' }
    const faulty: Record<string, object> = {
      'clients\\[6\\]\\.contacts': { clients: [...clients, added, { ...added, client_id: 'odd', contacts: ['x'] }] },
      'clients: there is none': { clients: [] },
      log_level: { clients: [...clients, added], log_level: 'loud' },
      pkce_exempt: { clients: [...clients, added], pkce_exempt: ['nobody'] },
    }
    for (const [fault, changed] of Object.entries(faulty)) {
      expect(await reload(changed))
        .to.match(/are as they were/)
        .and.match(new RegExp(`"faults":\\["${fault}`.replaceAll('\\[6', '\\\\?\\[6')))
      expect((await fixture.visitor().get(fixture.ask('added' as 'app').path)).status).to.equal(400)
      expect((await fixture.visitor().get(fixture.ask().path)).status).to.equal(303)
    }
    expect(await reload({ clients: [...clients, added] })).to.match(/"added":\["added"\]/)
    expect((await fixture.visitor().get(fixture.ask('added' as 'app').path)).status).to.equal(303)
    await reload({})
  })

  it('are read again alone: the log names what waits for a restart', async () => {
    const waiting = /needs a restart/
    await reload({})
    expect(lines(waiting)).to.deep.equal([])
    await reload({ ttl: { access_token_seconds: 100 } })
    await fixture.eventually(async () => expect(lines(waiting)).to.have.length(1))
    expect(lines(waiting)[0]).to.contain('"keys":["ttl"]')
    await reload({})
  })

  it('lose everything that was issued to them when they are removed', async () => {
    const api = { ...clients[0], client_id: 'api', introspects: [fixture.resource] }
    await reload({ clients: [...clients, api] })
    const introspect = async (token: string): Promise<boolean> => {
      const authorization = `Basic ${btoa(`api:${secretOf('app')}`)}`
      const { status, body, text } = await ask('/token/introspection', { token }, { authorization })
      expect(status, text).to.equal(200)
      return body.active
    }
    const offline = { scope: 'openid offline_access', prompt: 'consent' }
    const shop = await fixture.enter(person, fixture.ask('shop', offline))
    const { access_token: token, refresh_token: refresh } = await fixture.tokens(shop)
    const tool = await fixture.acting(admin)
    const waiting = await fixture.begin(fixture.ask('shop'))
    const parked = await fixture.enter(person, fixture.ask('shop', { prompt: 'login' }))
    expect([await introspect(tool.token), (await tool.call('GET', '/users')).status]).to.deep.equal([true, 200])
    expect((await fixture.userinfo(token)).status).to.equal(200)

    expect(await reload({ clients: [...without('shop', 'management'), api] })).to.match(
      /"removed":\["management","shop"\]/,
    )
    expect((await fixture.userinfo(token)).status).to.equal(401)
    expect([await introspect(tool.token), (await tool.call('GET', '/users')).status]).to.deep.equal([false, 401])
    expect((await fixture.refresh('shop', refresh)).body.error).to.equal('invalid_client')
    expect((await fixture.exchange(parked)).body.error).to.equal('invalid_client')
    expect((await fixture.begin(fixture.ask('shop'))).status).to.equal(400)
    // What a browser has open leads to a page, and the session itself goes on.
    const page = await fixture.enterPassword(waiting, person)
    const next = page.h1 === 'Enter your code' ? await fixture.continueSignIn(person, page) : page
    expect(next.status, next.text).to.be.within(200, 499)
    const account = await fixture.enterAccount(person, parked.visitor)
    expect(account.h1).to.equal('Your security')
  })
})

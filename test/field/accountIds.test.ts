import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { isAccountId } from '../../src/core/accountId.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { Authenticator } from '../support/authenticator.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import type { Visitor } from '../support/client.ts'

const plain = (html: string): string => html.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
const printable = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join('')

/** Ids as other systems make them, and every printable character. */
const ids: readonly string[] = [
  'auth0|64f1c0',
  'CN=Ana,OU=x',
  'x'.repeat(200),
  `=/a/../b//50%25${printable}`.padEnd(255, '|'),
  'constructor',
]

describe('An id of an account made elsewhere', () => {
  let host: ApiHost
  let browser: Visitor
  const people = new Map<string, Person>()
  const pathOf = (id: string) => `/users/${encodeURIComponent(id)}`

  before(async () => {
    host = await openApiHost({ rules: { actsPerHour: null } })
    ;({ visitor: browser } = await host.enterApp(await host.person({ roles: ['admin'] }), '/admin/users', 'Users'))
    for (const [n, id] of ids.entries()) people.set(id, await make(id, `made${n}@example.com`))
  })
  after(() => host.close())

  async function make(id: string, email: string): Promise<Person> {
    const secret = [...randomBytes(32)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')
    const { refused } = await host.host.rekey.adopt([{ id, secret }])
    expect(refused).to.deep.equal([])
    const { passwordHash, password } = host
    const secondFactorSince = host.host.clock.now()
    await host.host.directory.create({ id, email, name: 'Ana', passwordHash, secondFactorSince })
    const authenticator = new Authenticator(secret)
    const code = async () => person.authenticator.at(host.server.now())
    const person: Person = { id, email, password, authenticator, codes: [], code }
    return person
  }

  for (const id of ids) {
    describe(JSON.stringify(id), () => {
      let person: Person
      let admin: Acting
      before(async () => {
        person = people.get(id) as Person
        admin = await host.admin()
      })

      it('is accepted, and is the `sub` of a sign-in', async () => {
        expect(isAccountId(id)).to.equal(true)
        const { id_token: token, access_token: access } = await host.tokens(await host.enter(person))
        expect(decodeJwt(token).sub).to.equal(id)
        const me = await fetch(`${host.issuer}/me`, { headers: { authorization: `Bearer ${access}` } })
        expect(await me.json()).to.have.property('sub', id)
      })

      it('is found, reset and audited by the management API, whose addresses lead back', async () => {
        const user = await admin.call('GET', pathOf(id))
        expect([user.status, user.body.id, user.body.two_factor.state]).to.deep.equal([200, id, 'active'])
        expect((await admin.call('GET', `${pathOf(id)}/sessions`)).status).to.equal(200)
        const code = await admin.person.code()
        const reset = await admin.call('POST', `${pathOf(id)}/two-factor/resets`, { code }, { 'idempotency-key': 'k1' })
        expect(reset.status, reset.text).to.equal(201)
        const location = reset.headers.get('location') ?? ''
        const found = await admin.call('GET', location.slice(`${host.issuer}/management/v1`.length))
        expect([found.status, found.body.user_id]).to.deep.equal([200, id])
        await host.idle(person)
        const query = `user=${encodeURIComponent(id)}&type=two_factor.reset.started`
        const events = await admin.call('GET', `/audit-events?${query}`)
        expect(events.body.items.map((event: { target: string }) => event.target)).to.deep.equal([id])
      })

      it('is linked from the console, which shows the user and their events', async () => {
        const list = await browser.get(`/admin/users?search=${encodeURIComponent(person.email)}`)
        const [, href = ''] = /href="([^"]*\/admin\/users\/[^"]+)"/.exec(list.text) ?? []
        const page = await browser.get(plain(href))
        expect([page.status, page.text.includes(person.email)]).to.deep.equal([200, true])
        const file = await browser.get(
          `/admin/audit.csv?person=${encodeURIComponent(id)}&event=two_factor.reset.started`,
        )
        const cell = file.text.split('\r\n')[1]?.split('","')[6]
        expect(cell?.replace(/^'/, '')).to.equal(id.replaceAll('"', '""'))
      })

      it('is in the mailed link, with which a new authenticator is set up', async () => {
        const opened = await host.openLink(person, host.visitor())
        const done = await host.setUp(person, opened)
        expect(done.h1).to.equal('You are all set')
        expect((await admin.call('GET', pathOf(id))).body.two_factor.state).to.equal('active')
      })
    })
  }

  for (const id of ['', '.', '..', ' a', 'a ', 'é', 'a\tb', 'a\nb', 'x'.repeat(256)])
    it(`is refused: ${JSON.stringify(id).slice(0, 12)}`, () => expect(isAccountId(id)).to.equal(false))
})

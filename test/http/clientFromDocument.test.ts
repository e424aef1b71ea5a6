/** The OpenAPI document is enough to build a client that resets by step-up. @see RFC 9470 */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Visitor } from '../support/client.ts'
import { buildClient, type Challenge, type DocumentClient } from '../support/documentClient.ts'

describe('A client built from the OpenAPI document alone', () => {
  let fixture: ServerFixture
  let client: DocumentClient
  let person: Person
  let visitor: Visitor
  before(async () => {
    fixture = await sharedFixture()
    person = await fixture.person({ roles: ['admin'] })
    visitor = fixture.visitor()
    await fixture.advance(30)
    const skew = () => Math.round(fixture.server.now() - Date.now() / 1000)
    client = await buildClient({ issuer: fixture.issuer, browse, skew }, ['listUsers', 'startReset'])
  })

  async function browse(url: URL): Promise<URL> {
    let page = await visitor.go(url.pathname + url.search)
    for (let step = 0; step < 12 && !fixture.answerAt(page); step++) page = await fixture.continueSignIn(person, page)
    return new URL(page.location!)
  }
  /** The challenge, as parameters of the next authorization request. */
  function challenge(answer: Response | Challenge): Record<'acr_values' | 'max_age', string> {
    if (answer instanceof Response) throw new Error(`no challenge but ${answer.status}`)
    const { error, acr_values = '', max_age = '' } = answer
    expect(error).to.equal('insufficient_user_authentication')
    return { acr_values, max_age }
  }
  async function done(answer: Response | Challenge): Promise<{ user_id: string; status: string }> {
    if (!(answer instanceof Response)) throw new Error(`challenged: ${JSON.stringify(answer)}`)
    const text = await answer.text()
    expect(answer.status, text).to.equal(201)
    const reset = JSON.parse(text) as { id: string; user_id: string; status: string }
    expect(answer.headers.get('location')).to.match(new RegExp(`/${reset.id}$`))
    return reset
  }

  it('finds a person and resets them by the step-up of RFC 9470, and the next person by another step-up', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const first = await client.token()
    const found = await client.call(first, 'listUsers', { query: { search: ana.email } })
    if (!(found instanceof Response)) throw new Error(`challenged: ${JSON.stringify(found)}`)
    const { items } = (await found.json()) as { items: { id: string }[] }
    expect(items.map(({ id }) => id)).to.deep.equal([ana.id])

    await fixture.advance(61)
    const act = { path: { id: items[0]!.id }, headers: { 'idempotency-key': crypto.randomUUID() } }
    const request = challenge(await client.call(first, 'startReset', act))
    expect(request).to.deep.equal({ acr_values: 'urn:oidc-rekey:acr:2fa', max_age: '60' })
    const fresh = await client.token(request)
    expect(await done(await client.call(fresh, 'startReset', act))).to.include({ user_id: ana.id, status: 'sent' })
    expect((await fixture.count(ana)).audit('two_factor.reset.started')).to.equal(1)

    const next = { path: { id: ben.id }, headers: { 'idempotency-key': crypto.randomUUID() } }
    const requestedAgain = challenge(await client.call(fresh, 'startReset', next))
    expect(requestedAgain).to.include({ max_age: '0' })
    // A proof of the same second would count as used too.
    await fixture.advance(1)
    const fresher = await client.token(requestedAgain)
    expect(await done(await client.call(fresher, 'startReset', next))).to.include({ user_id: ben.id, status: 'sent' })
  })
})

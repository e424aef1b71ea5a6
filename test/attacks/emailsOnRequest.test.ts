/** Emails on request: links for a new password, without a session. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Page, Visitor } from '../support/client.ts'

const [PER_NETWORK, PER_BROWSER, KEPT] = [6, 3, 900]

let fixture: ServerFixture
let networks = 0
before(async () => {
  fixture = await openFixture({
    trust_proxy: 1,
    password_links: { from_network_per_hour: PER_NETWORK, from_browser_per_hour: PER_BROWSER },
  })
})

const newNetwork = () => ({ 'x-forwarded-for': `203.0.113.${++networks}` })
async function ask(email: string, network = newNetwork(), visitor: Visitor = fixture.visitor()): Promise<Page> {
  return visitor.submit(await visitor.get('/password'), { email }, network)
}
const nobody = (): string => `nobody${++networks}@example.com`

describe('An attacker who requests links for a new password', () => {
  it('causes one email with one form, also with other addresses in it', async () => {
    const [first, second] = [await fixture.person(), await fixture.person()]
    const visitor = fixture.visitor()
    const form = await visitor.get('/password')
    const network = newNetwork()
    const answers: string[] = []
    for (const email of [first.email, second.email, first.email]) {
      const { h1, status } = await visitor.submit(form, { email }, network)
      answers.push(`${status} ${h1}`)
    }
    expect(new Set(answers)).to.deep.equal(new Set(['200 Check your email']))
    await fixture.eventually(async () => expect(await fixture.letters(first)).to.have.length(1))
    await fixture.idle(second)
    expect(await fixture.letters(second)).to.have.length(0)
  })

  it('is limited by network and by browser, for known and unknown emails alike', async () => {
    const person = await fixture.person()
    for (const target of [() => person.email, nobody]) {
      const network = newNetwork()
      const statuses: number[] = []
      for (let n = 0; n < PER_NETWORK + 1; n++) statuses.push((await ask(target(), network)).status)
      expect(statuses).to.deep.equal([...Array<number>(PER_NETWORK).fill(200), 429])
      const [browser, own] = [fixture.visitor(), [] as Page[]]
      for (let n = 0; n < PER_BROWSER + 1; n++) own.push(await ask(target(), newNetwork(), browser))
      const last = own.at(-1)
      expect([last?.status, last?.h1, last?.alert]).to.deep.equal([
        429,
        'Forgot your password?',
        'Too many links were requested from here. Wait a while, then try again.',
      ])
      expect(Number(last?.headers.get('retry-after'))).to.be.within(3500, 3600)
    }
  })

  it('does not replace a link that its owner has just opened', async () => {
    const person = await fixture.person()
    const link = await fixture.forget(person)
    const visitor = fixture.visitor()
    const page = await visitor.submit(await visitor.get(link), {})
    expect(page.h1).to.equal('Choose a password')
    await ask(person.email)
    const stranger = await fixture.person()
    await fixture.forget(stranger)
    expect(await fixture.links(person)).to.have.length(1)
    expect((await visitor.submit(page, { password: 'a horse that reads at night' })).status).to.equal(200)

    const other = await fixture.person()
    const [opened] = [await fixture.forget(other)]
    const reader = fixture.visitor()
    await reader.submit(await reader.get(opened), {})
    await fixture.advance(KEPT + 1)
    await fixture.forget(other)
    expect(await fixture.links(other)).to.have.length(2)
  })
})

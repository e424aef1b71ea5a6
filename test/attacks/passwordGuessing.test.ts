/** Guessing passwords of one person and of many, from one network and from many, with the default limits. */
import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page, Visitor } from '../support/client.ts'
import { storedAccount } from '../support/storedAccount.ts'

const [FREE, FIRST_PAUSE, PER_ACCOUNT, PER_NETWORK] = [5, 30, 30, 100]
const MISMATCH = 'That email and password do not match.'
const PAUSED = /^Too many wrong passwords\. Wait a while/

let fixture: ServerFixture
let networks = 0
/** A network without earlier requests. */
const newNetwork = (): string => `198.51.${Math.floor(networks / 250)}.${(networks++ % 250) + 1}`
const from = (network: string) => ({ 'x-forwarded-for': network })

before(async () => {
  fixture = await openFixture({ trust_proxy: 1, password_attempts: {} })
})

async function attempt(email: string, password: string, network: string, visitor = fixture.visitor()): Promise<Page> {
  const page = await fixture.begin(undefined, visitor)
  return visitor.submit(page, { email, password }, from(network))
}
const wrong = (person: Pick<Person, 'email'>, network: string, visitor?: Visitor): Promise<Page> =>
  attempt(person.email, 'not their password', network, visitor)
const guesses = async (count: number, guess: () => Promise<Page>): Promise<number[]> => {
  const statuses: number[] = []
  for (let n = 0; n < count; n++) statuses.push((await guess()).status)
  return statuses
}
const passes = (page: Page): boolean => page.h1 === 'Enter your code'

/** A person and a browser in which they have completed a sign-in. */
async function owner(): Promise<{ person: Person; browser: Visitor }> {
  const person = await fixture.person()
  const { visitor } = await fixture.enter(person)
  return { person, browser: visitor }
}
/** Another sign-in of the owner in that browser. */
async function again(person: Person, browser: Visitor, network: string): Promise<Page> {
  const page = await fixture.begin(fixture.ask('app', { prompt: 'login' }), browser)
  return browser.submit(page, { email: person.email, password: person.password }, from(network))
}
const refusals = ({ id }: Person) =>
  fixture.host.store.journal('audit').list({ tags: ['type:password.refused', `user:${id}`], limit: 1000 })

describe('An attacker who guesses the password of one person', () => {
  it('has five attempts from one network; then no password is checked, not even the right one', async () => {
    const { person, browser } = await owner()
    const network = newNetwork()
    expect(await guesses(FREE + 1, () => wrong(person, network))).to.deep.equal(Array(FREE + 1).fill(422))
    const refused = await attempt(person.email, person.password, network)
    expect([refused.status, refused.h1]).to.deep.equal([429, 'Sign in'])
    expect(refused.alert).to.match(PAUSED)
    expect(Number(refused.headers.get('retry-after'))).to.be.within(FIRST_PAUSE - 5, FIRST_PAUSE)
    expect(passes(await again(person, browser, network)), 'the owner, in the same network').to.equal(true)
    expect(passes(await attempt(person.email, person.password, newNetwork())), 'elsewhere').to.equal(true)
    await fixture.advance(FIRST_PAUSE + 1)
    expect((await wrong(person, network)).alert).to.equal(MISMATCH)
    expect(Number((await wrong(person, network)).headers.get('retry-after'))).to.be.within(50, 60)
  })

  it('gets the same answers for an unknown email', async () => {
    const { person } = await owner()
    const [network, nobody] = [newNetwork(), { email: `nobody${networks}@example.com` }]
    const both = [person, nobody].map(async (target) => {
      const pages: string[] = []
      for (let n = 0; n < FREE + 3; n++) {
        const { status, alert } = await wrong(target, network)
        pages.push(`${status} ${alert}`)
      }
      return pages
    })
    const [known, unknown] = await Promise.all(both)
    expect(known).to.deep.equal(unknown)
    expect(known?.at(-1)).to.match(/^429 /)
  })

  it('from many networks has thirty attempts an hour, and the owner signs in in a known browser', async () => {
    const { person, browser } = await owner()
    const statuses = await guesses(PER_ACCOUNT + 3, () => wrong(person, newNetwork()))
    expect(statuses).to.deep.equal([...Array(PER_ACCOUNT).fill(422), 429, 429, 429])
    expect((await attempt(person.email, person.password, newNetwork())).status).to.equal(429)
    expect(passes(await again(person, browser, newNetwork()))).to.equal(true)
  })

  it('in a known browser is limited too, by the attempts of that browser', async () => {
    const { person, browser } = await owner()
    const guess = async (): Promise<Page> => {
      const page = await fixture.begin(fixture.ask('app', { prompt: 'login' }), browser)
      return browser.submit(page, { email: person.email, password: 'wrong' }, from(newNetwork()))
    }
    expect(await guesses(FREE + 3, guess)).to.deep.equal([...Array(FREE + 1).fill(422), 429, 429])
    expect((await again(person, browser, newNetwork())).status).to.equal(429)
    expect(passes(await attempt(person.email, person.password, newNetwork())), 'in another browser').to.equal(true)
    await fixture.advance(FIRST_PAUSE + 1)
    expect(passes(await again(person, browser, newNetwork()))).to.equal(true)
    expect(await guesses(FREE, guess), 'the right password clears the count').to.deep.equal(Array(FREE).fill(422))
  })

  it('leaves two audit lines for a burst, one of the pause, and nothing in the record', async () => {
    const { person } = await owner()
    const network = newNetwork()
    await guesses(FREE + 8, () => wrong(person, network))
    await fixture.eventually(async () => expect(await refusals(person)).to.have.length(2))
    expect((await storedAccount(fixture.host, person.id))?.outbox).to.deep.equal([])
  })
})

describe('An attacker who tries one password on many people', () => {
  it('has a hundred attempts an hour from one network or IPv6 /64, and known browsers there are not limited', async () => {
    const { person, browser } = await owner()
    const host = () => `2001:db8:${networks}:1:${(++networks).toString(16)}::7`
    const prefix = `2001:db8:77:${(++networks).toString(16)}`
    const spray = (n: number) => attempt(`spray${n}@example.com`, 'Summer2026!', `${prefix}:${n.toString(16)}::1`)
    const statuses: number[] = []
    for (let n = 0; n < PER_NETWORK + 2; n++) statuses.push((await spray(n)).status)
    expect(statuses).to.deep.equal([...Array(PER_NETWORK).fill(422), 429, 429])
    expect((await attempt(person.email, person.password, `${prefix}::9`)).status).to.equal(429)
    expect(passes(await again(person, browser, `${prefix}::9`))).to.equal(true)
    expect((await attempt('spray@example.com', 'Summer2026!', host())).status).to.equal(422)
  })
})

describe('The limits on passwords', () => {
  it('are applied by one function', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.startsWith('testing/'),
    )
    const asking = files.filter((file) => /\.authenticate\?*\.?\(/.test(readFileSync(`src/${file}`, 'utf8')))
    // The directory of a host passes the call on, in the spellings of an address.
    expect(asking.toSorted()).to.deep.equal(['hostDirectory.ts', 'http/passwordAttempt.ts'])
    const judging = files.filter((file) => /\bjudgePassword\(services/.test(readFileSync(`src/${file}`, 'utf8')))
    expect(judging.toSorted()).to.deep.equal([
      'http/link/enterPassword.ts',
      'http/sign-in/changePassword.ts',
      'http/sign-in/password.ts',
    ])
  })

  it('apply to the change of a password', async () => {
    const { person, browser } = await owner()
    await fixture.advance(31)
    const request = fixture.ask('app', { prompt: 'change_password' })
    const page = await fixture.begin(request, browser)
    const proven = await browser.submit(page, { code: await person.code() })
    let last = proven
    for (let n = 0; n < FREE + 2; n++)
      last = await browser.submit(last, { current_password: 'no', password: 'a horse that reads at night' })
    expect([last.status, last.h1, last.alert]).to.deep.equal([
      429,
      proven.h1,
      'Too many wrong passwords. Wait a while, then try again.',
    ])
    expect(passes(await attempt(person.email, person.password, newNetwork()))).to.equal(true)
  })

  it('apply to the password of a mailed link', async () => {
    const helpdesk = await fixture.person({ roles: ['helpdesk'] })
    const { link } = await fixture.reset(helpdesk)
    const visitor = fixture.visitor()
    let page = await visitor.submit(await visitor.get(link), {})
    expect(page.h1).to.equal('Enter your password')
    for (let n = 0; n < FREE + 2; n++) page = await visitor.submit(page, { password: 'no' }, from(newNetwork()))
    expect([page.status, page.h1, page.alert]).to.deep.equal([
      429,
      'Enter your password',
      'Too many wrong passwords. Wait a while, then try again.',
    ])
  })
})

/** A proxy reads the header of an answer into one buffer, which is 4 KB in nginx by default, and answers 502 when it does not fit. */
import { expect } from 'chai'
import { enrol, visitorOf } from '../hosts/journeys.ts'
import type { Page, Visitor } from '../support/client.ts'
import { type Host, signInRequest, startHost } from '../support/host.ts'

const BUFFER = 4096
/** Status line and empty line. */
const REST = 40

const sizeOf = ({ headers }: Pick<Page, 'headers'>): number =>
  [...headers].reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, REST)

const long = (length: number): string => 'aB3_-'.repeat(length / 5)

/** Requests by what is long in them. */
const requests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nothing: {},
  ...Object.fromEntries([500, 1000, 1400, 1500, 2000].map((length) => [`state ${length}`, { state: long(length) }])),
  'state and nonce': { state: long(1000), nonce: long(1000) },
  claims: { claims: JSON.stringify({ id_token: { [long(900)]: null } }) },
}

describe('Behind a proxy with the default buffers of nginx', () => {
  let host: Host
  const seen: { readonly at: string; readonly size: number }[] = []

  before(async () => {
    host = await startHost({ publicOrigin: 'https://id.proxied.example', keepsPasswords: true })
  })
  beforeEach(() => void seen.splice(0))
  after(() => host.close())

  /** A browser whose answers are measured. */
  function measured(): Visitor {
    const visitor = visitorOf(host)
    const measure = async (page: Promise<Page>): Promise<Page> => {
      const { status, path } = await page
      seen.push({ at: `${status} ${path.split('?', 1)[0]}`, size: sizeOf(await page) })
      return page
    }
    const { get, post } = visitor
    visitor.get = (...given) => measure(get(...given))
    visitor.post = (...given) => measure(post(...given))
    return visitor
  }

  for (const [name, parameters] of Object.entries(requests))
    it(`each answer of a sign-in fits, when its request has a long part: ${name}`, async () => {
      const visitor = measured()
      const page = await visitor.go(signInRequest(parameters))
      expect(page.h1).to.equal('Sign in')
      const setUp = await visitor.submit(page, { email: 'ben@example.com', password: 'correct horse battery staple' })
      expect(setUp.h1).to.equal('Set up your authenticator')
      expect(seen).to.have.length(4)
      for (const { at, size } of seen) expect(size, at).to.be.at.most(BUFFER)
    })

  it('the redirect to the application fits with a state of 2,000 characters', async () => {
    const { page } = await enrol(host, measured(), signInRequest({ state: long(2000) }))
    expect(page.location).to.contain(long(2000))
    for (const { at, size } of seen) expect(size, at).to.be.at.most(BUFFER)
  })

  it('a sign-in with a state of 1,400 characters can start again, also when the provider could not resume it', async () => {
    const visitor = visitorOf(host)
    const { path } = await visitor.go(signInRequest({ state: long(1400) }))
    for (const address of [`${path}/over`, path.replace('/sign-in/', '/auth/')]) {
      for (const name of visitor.jar.names().filter((item) => /_(?:interaction|resume)/.test(item)))
        visitor.jar.drop(name)
      const page = await visitor.go(address)
      expect([page.status, page.h1]).to.deep.equal([400, 'Your sign-in was interrupted'])
      expect(page.text).to.match(new RegExp(`href="/auth\\?[^"]*state=${long(1400)}`))
    }
  })
})

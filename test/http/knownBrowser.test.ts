/** The cookie by which a browser is known for an account. */
import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import Koa from 'koa'
import request from 'supertest'
import { createSealing } from '../../src/crypto/sealing.ts'
import { isKnownHere, KNOWN_ACCOUNTS, rememberHere } from '../../src/http/knownBrowser.ts'
import { sharedFixture } from '../support/serverFixture.ts'

const NOW = 1_777_816_951
const HALF_A_YEAR = 15_552_000

interface Marked {
  readonly id: string
  readonly epoch: number
}

/** One provider: `/remember` and `/known` with `id` and `epoch`. */
function provider({ secure = false, base = '' } = {}) {
  const clock = { at: NOW, now: () => clock.at }
  const sealing = createSealing([{ id: 'k1', key: randomBytes(32) }], 'browser')
  const app = new Koa({ proxy: true })
  app.use((ctx) => {
    const account = { id: String(ctx.query['id']), epoch: Number(ctx.query['epoch']) }
    const services = { sealing, secure, cookiePath: base, clock }
    if (ctx.path === '/remember') rememberHere(services, ctx, account)
    ctx.body = { known: isKnownHere(services, ctx, account) }
  })
  const listener = app.callback()
  return {
    clock,
    remember: (cookie: string, { id, epoch }: Marked) =>
      request(listener).get('/remember').query({ id, epoch }).set({ cookie, 'x-forwarded-proto': 'https' }),
    async knows(cookie: string, { id, epoch }: Marked): Promise<boolean> {
      const answer = await request(listener).get('/known').query({ id, epoch }).set({ cookie })
      return (answer.body as { known: boolean }).known
    },
  }
}

const setCookie = ({ headers }: { headers: object }): string =>
  String((headers as Record<string, unknown>)['set-cookie'])
const pair = (answer: { headers: object }): string => setCookie(answer).split(';')[0] ?? ''

const ana = { id: 'ana', epoch: NOW - 10 }

describe('A known browser', () => {
  it('is known for the account that signed in, under that epoch, and for no other', async () => {
    const { remember, knows } = provider()
    const cookie = pair(await remember('', ana))
    expect(await knows(cookie, ana)).to.equal(true)
    for (const other of [
      { ...ana, id: 'ben' },
      { ...ana, epoch: ana.epoch + 1 },
      { ...ana, epoch: ana.epoch - 1 },
    ])
      expect(await knows(cookie, other)).to.equal(false)
    for (const none of ['', 'rekey_known=', `${cookie}A`, 'rekey_known=[["x",1,2]]'])
      expect(await knows(none, ana)).to.equal(false)
    expect(await provider().knows(cookie, ana)).to.equal(false)
  })

  it('is forgotten after half a year without a sign-in', async () => {
    const { clock, remember, knows } = provider()
    const cookie = pair(await remember('', ana))
    clock.at = NOW + HALF_A_YEAR - 1
    expect(await knows(cookie, ana)).to.equal(true)
    clock.at = NOW + HALF_A_YEAR
    expect(await knows(cookie, ana)).to.equal(false)
  })

  it('remembers the newest few accounts in one small cookie', async () => {
    const { remember, knows } = provider()
    const people = Array.from({ length: KNOWN_ACCOUNTS + 1 }, (_, n) => ({ id: `person ${n}`, epoch: NOW + n }))
    let cookie = ''
    for (const person of people) cookie = pair(await remember(cookie, person))
    expect(await Promise.all(people.map((person) => knows(cookie, person)))).to.deep.equal([
      false,
      ...people.slice(1).map(() => true),
    ])
    expect(cookie.length).to.be.lessThan(700)
    expect(cookie).not.to.contain('person')
  })

  it('cannot be planted by a sister domain under https, and is separate for each mount', async () => {
    const atRoot = setCookie(await provider({ secure: true }).remember('', ana))
    const below = setCookie(await provider({ secure: true, base: '/oidc' }).remember('', ana))
    for (const cookie of [atRoot, below]) {
      expect(cookie).to.match(/^__Host-rekey_known/)
      expect(cookie)
        .to.match(/; path=\/;/)
        .and.match(/; secure/)
        .and.match(/; httponly/)
    }
    expect(atRoot.split('=')[0]).not.to.equal(below.split('=')[0])
  })

  it('becomes known by a completed sign-in with a second factor, and by neither the password nor a wrong code', async () => {
    const fixture = await sharedFixture()
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const known = /rekey_known=([^;]+)/
    expect(visitor.jar.header('/sign-in/x')).to.match(known)
    const challenge = await fixture.challenge(person)
    const wrong = await challenge.visitor.submit(challenge, { code: person.authenticator.at(0) })
    expect(wrong.status).to.equal(422)
    expect(wrong.visitor.jar.header('/sign-in/x')).not.to.match(known)
    const right = await wrong.visitor.submit(wrong, { code: await person.code() })
    expect(right.visitor.jar.header('/sign-in/x')).to.match(known)
  })
})

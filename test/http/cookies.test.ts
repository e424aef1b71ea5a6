/** Flags and names of our cookies. */
import { expect } from 'chai'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { type CookieOptions, type CookieSite, readCookie, setCookie } from '../../src/http/cookies.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('The cookies of a set-up and a sign-in', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('can be used by no script and no cross-site form', async () => {
    const person = await fixture.person({ enrolled: false })
    const begun = await fixture.begin()
    const setUp = await fixture.enterPassword(begun, person)
    const shown = await fixture.confirm(person, setUp)
    const done = await fixture.saveCodes(person, shown)
    const back = await fixture.resume(done)
    const cookies = [begun, setUp, shown, done, back].flatMap(({ headers }) => headers.getSetCookie())
    expect(cookies.length).to.be.greaterThan(3)
    for (const cookie of cookies)
      for (const flag of [/; path=\//i, /; samesite=lax/i, /; httponly/i]) expect(cookie).to.match(flag)
  })
})

describe('A cookie', () => {
  function sent(site: CookieSite, options: CookieOptions): string {
    const res = new ServerResponse(new IncomingMessage(new Socket()))
    setCookie(site, res, 'value', options)
    return String(res.getHeader('set-cookie'))
  }
  const site = (cookiePath: string) => ({ secure: true, cookiePath })

  it('has the prefix and the path that a sister domain cannot set, if the issuer is https', () => {
    expect(sent(site(''), { name: 'rekey', path: '/' })).to.equal(
      '__Host-rekey=value; path=/; httponly; samesite=lax; secure',
    )
    expect(sent(site('/oidc'), { name: 'rekey', path: '/oidc' })).to.match(/^__Host-rekey_[\w-]{8}=value; path=\/; /)
  })

  it('has neither over plain http', () => {
    const cookie = sent({ secure: false, cookiePath: '' }, { name: 'rekey', path: '/sign-in' })
    expect(cookie).to.equal('rekey=value; path=/sign-in; httponly; samesite=lax')
  })

  it('keeps its path without the prefix if it is too long for every request', () => {
    const cookie = sent(site(''), { name: 'rekey', path: '/sign-in/uid', scoped: true })
    expect(cookie).to.equal('rekey=value; path=/sign-in/uid; httponly; samesite=lax; secure')
  })

  it('has another name for each mount, and is read by that name only', () => {
    const names = ['', '/one', '/two'].map(
      (cookiePath) => sent(site(cookiePath), { name: 'rekey', path: '/' }).split('=', 1)[0],
    )
    expect(new Set(names).size).to.equal(3)
    const req = new IncomingMessage(new Socket())
    req.headers.cookie = `rekey=planted; ${names[1]}=own`
    const read = ['', '/one', '/two'].map((cookiePath) => readCookie(site(cookiePath), req, { name: 'rekey' }))
    expect(read).to.deep.equal([undefined, 'own', undefined])
  })
})

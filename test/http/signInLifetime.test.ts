/** How long a sign-in may stay open, before and after its password. */
import { expect } from 'chai'
import { withShortLifetimes } from '../../src/oidc/signInLifetime.ts'
import type { Page } from '../support/client.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('A sign-in', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const uidOf = (path: string): string => path.split('/').at(-1) ?? ''

  it('is stored for ten minutes before the password', async () => {
    const page = await fixture.begin()
    const row = await fixture.host.store.artefacts.get('Interaction', uidOf(page.path))
    const { iat, exp } = JSON.parse(row?.text ?? '{}') as { iat: number; exp: number }
    expect(exp - iat).to.equal(600)
  })

  it('that was left open for longer begins again', async () => {
    const page = await fixture.begin()
    await fixture.advance(1200)
    const again = await page.visitor.go(page.path)
    expect([again.status, again.h1]).to.deep.equal([200, 'Sign in'])
    expect(uidOf(again.path)).not.to.equal(uidOf(page.path))
    const late = await fixture.begin()
    await fixture.advance(1200)
    const person = await fixture.person()
    const request = await fixture.enterPassword(late, person)
    expect([request.status, request.h1]).to.deep.equal([200, 'Sign in'])
    expect((await fixture.enterPassword(request, person)).h1).to.equal('Enter your code')
  })

  it('has an hour after the password', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const challenge = await fixture.challenge(person)
    await fixture.advance(1800)
    const done = await challenge.visitor.submit(challenge, { code: await person.code() })
    expect(fixture.codeAt(await fixture.resume(done))).to.be.a('string')
  })

  it('has cookies from its start that last until its end, so that the password sets none of them again', async () => {
    const visitor = fixture.visitor()
    const ofLibrary = ({ headers }: Page): readonly string[] =>
      headers.getSetCookie().filter((cookie) => /^rekey_(?:interaction|resume)(?:\.sig)?=[^;]/.test(cookie))
    const begun = await visitor.get(fixture.ask().path)
    expect(ofLibrary(begun)).to.have.length(4)
    for (const cookie of ofLibrary(begun)) {
      expect(Number(/; max-age=(\d+)/.exec(cookie)?.[1])).to.be.within(4170, 4200)
      expect(cookie).not.to.contain('expires=')
    }
    const page = await visitor.go(begun.location ?? '')
    const { email, password } = await fixture.person()
    const accepted = await visitor.send(page, { email, password })
    expect([accepted.location, ofLibrary(accepted)]).to.deep.equal([`${page.path}/code`, []])
    expect(page.headers.getSetCookie().join()).to.contain('rekey_start=')
    const challenge = await visitor.go(accepted.location ?? '')
    expect([challenge.h1, challenge.headers.getSetCookie()]).to.deep.equal(['Enter your code', []])
  })

  it('is over an hour after the password', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const challenge = await fixture.challenge(person)
    await fixture.advance(3601)
    const late = await challenge.visitor.submit(challenge, { code: await person.code() })
    expect([late.status, late.h1]).to.deep.equal([400, 'Your sign-in was interrupted'])
  })
})

describe('The lifetime of a sign-in, in seconds,', () => {
  type Ttl = Parameters<typeof withShortLifetimes>[0]
  const at = (prompt: string, accountId?: string) => ({ prompt: { name: prompt }, session: { accountId }, accountId })
  const lifetimes = (ttl: Ttl, item: object): unknown[] => {
    const { Interaction, Session } = withShortLifetimes(ttl, (prompt) => prompt === 'ours')
    return [Interaction, Session].map((seconds) =>
      typeof seconds === 'function' ? seconds({} as never, item as never) : seconds,
    )
  }

  it('is ten minutes before the password and an hour after it; a session without an account lasts ten minutes', () => {
    expect(lifetimes(undefined, at('ours'))).to.deep.equal([600, 600])
    expect(lifetimes(undefined, at('ours', 'ana'))).to.deep.equal([3600, 1_209_600])
  })

  it('is what the host sets, but before the password at our page no longer than ten minutes', () => {
    const ttl = { Interaction: () => 5000, Session: 300 }
    expect(lifetimes(ttl, at('ours'))).to.deep.equal([600, 300])
    expect(lifetimes(ttl, at('of the host'))).to.deep.equal([5000, 300])
    expect(lifetimes(ttl, at('ours', 'ana'))).to.deep.equal([5000, 300])
    expect(lifetimes({ Interaction: 120 }, at('ours'))).to.deep.equal([120, 600])
  })
})

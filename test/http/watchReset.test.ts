/** `GET …/resets/{rid}?version=&wait=`: the next change of a reset, without asking again and again. */
import { expect } from 'chai'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import type { Answer } from '../support/relyingParties.ts'
import { openFixture, type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

/** Within this a change is seen, whichever process made it. Milliseconds. */
const SOON_MS = 3000

interface Watched {
  readonly target: Person
  readonly id: string
  readonly link: string
  readonly path: string
}

async function watched(fixture: ServerFixture, admin: Acting): Promise<Watched> {
  const target = await fixture.person()
  const reset = await fixture.reset(target, admin)
  await fixture.idle(target)
  return { ...reset, target, path: `/users/${target.id}/two-factor/resets/${reset.id}` }
}

describe('Waiting for a change of a reset', () => {
  let fixture: ServerFixture
  let admin: Acting
  before(async () => {
    fixture = await sharedFixture()
    admin = await fixture.admin()
  })

  const versionOf = async (path: string, by = admin): Promise<string> => (await by.call('GET', path)).body.version
  /** The answer, and how long it took. */
  async function timed(answering: Promise<Answer>): Promise<Answer & { readonly ms: number }> {
    const began = performance.now()
    return { ...(await answering), ms: performance.now() - began }
  }
  const wait = (path: string, version: string, { by = admin, seconds = 30 } = {}) =>
    timed(by.call('GET', `${path}?version=${version}&wait=${seconds}`))

  /** Presses **Continue** on the page of the link. */
  async function open(link: string): Promise<void> {
    const visitor = fixture.visitor()
    const opened = await visitor.submit(await visitor.get(link), {})
    expect(opened.h1).to.equal('Set up your authenticator')
  }

  it('answers 304 without a body while the version is the same, 200 otherwise', async () => {
    const { path } = await watched(fixture, admin)
    const version = await versionOf(path)
    expect(version).to.match(/^[\w-]{16}$/)
    const [same, other] = [
      await admin.call('GET', `${path}?version=${version}`),
      await admin.call('GET', `${path}?version=x`),
    ]
    expect([same.status, same.text, same.headers.get('cache-control')]).to.deep.equal([304, '', 'no-store'])
    expect([other.status, other.body.version]).to.deep.equal([200, version])
    const over = await wait(path, version, { seconds: 1 })
    expect([over.status, over.text]).to.deep.equal([304, ''])
    expect(over.ms).to.be.within(900, 5000)
  })

  it('refuses a wait that is none, too long, or without a version', async () => {
    const { path } = await watched(fixture, admin)
    for (const query of [
      'wait=30',
      'version=a&wait=0',
      'version=a&wait=31',
      'version=a&wait=x',
      'version=',
      'version=a&version=b',
    ])
      expect((await admin.call('GET', `${path}?${query}`)).status, query).to.equal(422)
  })

  it('answers as soon as the link is opened, in the process that is asked', async () => {
    const { path, link } = await watched(fixture, admin)
    const waiting = wait(path, await versionOf(path))
    await open(link)
    const { status, body, ms } = await waiting
    expect([status, body.status]).to.deep.equal([200, 'opened'])
    expect(ms).to.be.lessThan(SOON_MS)
  })

  it('answers within three seconds of a change in another process', async () => {
    const { path, target } = await watched(fixture, admin)
    const waiting = wait(path, await versionOf(path))
    const again = await fixture.host.rekey.reset({ accountId: target.id, by: null })
    expect(again.is).to.equal('reset')
    const { status, body, ms } = await waiting
    expect([status, body.status]).to.deep.equal([200, 'superseded'])
    expect(ms).to.be.lessThan(SOON_MS)
  })

  it('answers when the link expires, which no process writes', async () => {
    const { path } = await watched(fixture, admin)
    await fixture.advance(8 * 3600 - 100)
    admin = await fixture.admin()
    const waiting = wait(path, await versionOf(path))
    const [{ status, body, ms }] = await Promise.all([waiting, fixture.advance(101)])
    expect([status, body.status]).to.deep.equal([200, 'expired'])
    expect(ms).to.be.lessThan(SOON_MS)
  })

  it('is refused to a person whose role or session has ended meanwhile, whatever there is to tell', async () => {
    const { path, link, target } = await watched(fixture, admin)
    const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
    const version = await versionOf(path, helpdesk)
    const waiting = [wait(path, version, { by: helpdesk, seconds: 2 }), wait(path, version, { by: helpdesk })]
    const { status } = await admin.call('PATCH', `/users/${helpdesk.person.id}`, {
      roles: [],
      code: await admin.person.code(),
    })
    expect(status).to.equal(200)
    await open(link)
    for (const answer of await Promise.all(waiting))
      expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope'])
    const second = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
    const last = wait(path, await versionOf(path, second), { by: second })
    await admin.call('DELETE', `/users/${second.person.id}/sessions`)
    await fixture.reset(target, await fixture.admin())
    const { status: refused, body } = await last
    expect([refused, body.code]).to.deep.equal([401, 'invalid_token'])
  })

  it('ends with 404 when the account is deleted', async () => {
    const { path, target } = await watched(fixture, admin)
    const waiting = wait(path, await versionOf(path))
    const by = await fixture.admin()
    await by.call('DELETE', `/users/${target.id}`, { code: await by.person.code() })
    expect((await waiting).status).to.equal(404)
  })
})

describe('Waiting for a change of a reset, while the server stops', () => {
  it('is answered at once, so that the server ends in time', async () => {
    const fixture = await openFixture()
    const admin = await fixture.admin()
    const { path } = await watched(fixture, admin)
    const { body } = await admin.call('GET', path)
    const began = performance.now()
    const waiting = admin.call('GET', `${path}?version=${body.version}&wait=30`)
    // Not before the server has the call.
    await fixture.eventually(async () => {
      if ((await admin.call('GET', `${path}?version=${body.version}&wait=1`)).status !== 304) throw new Error('changed')
    })
    fixture.server.signal('SIGTERM')
    expect((await waiting).status).to.equal(304)
    expect(performance.now() - began).to.be.lessThan(10_000)
  })
})

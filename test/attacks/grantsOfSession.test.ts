/** Grants from before the latest sign-in of a session: they end with it, and stay when an application signs out. */
import { expect } from 'chai'
import { sessionTag, stampOf } from '../../src/oidc/stamp.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { ClientId, Tokens } from '../support/relyingParties.ts'
import { type Visitor, withForm } from '../support/client.ts'

const KINDS = ['Session', 'Grant', 'AuthorizationCode', 'RefreshToken', 'AccessToken', 'DeviceCode', 'Interaction']
const OFFLINE = { scope: 'openid offline_access' }

describe('The grants of a session', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** The kinds of all stored rows of the account with the session's tag. */
  async function tagged(person: Person, uid: string): Promise<string[]> {
    const found = KINDS.map(async (kind) => {
      const rows = await fixture.host.store.artefacts.ofAccount(kind, person.id, '', 1000)
      const ids = rows.map(({ id, text }) =>
        kind === 'Grant' ? id : (JSON.parse(text) as { grantId?: string }).grantId,
      )
      return ids.filter((id) => id && stampOf(id).session === sessionTag(uid)).map(() => kind)
    })
    return (await Promise.all(found)).flat()
  }

  const uidsOf = async (person: Person): Promise<string[]> =>
    (await fixture.host.store.artefacts.ofAccount('Session', person.id, '', 100)).map(({ id }) => id)

  /** One session with a grant before and one after a second sign-in. Tokens of both, oldest first. */
  async function grantedTwice(person: Person, clientId: ClientId) {
    const first = await fixture.enter(person, fixture.ask(clientId, { ...OFFLINE, prompt: 'consent' }))
    const older = await fixture.tokens(first)
    const [uid = ''] = await uidsOf(person)
    await fixture.advance(40)
    const again = fixture.ask(clientId, { ...OFFLINE, prompt: 'login consent' })
    const newer = await fixture.tokens(await fixture.enter(person, again, first.visitor))
    expect(await uidsOf(person)).to.deep.equal([uid])
    expect((await tagged(person, uid)).filter((kind) => kind === 'Grant')).to.have.length.above(1)
    return { visitor: first.visitor, uid, tokens: [older, newer] }
  }

  async function expectEnded(clientId: ClientId, tokens: readonly Tokens[]): Promise<void> {
    for (const { access_token, refresh_token } of tokens) {
      expect((await fixture.refresh(clientId, refresh_token)).body.error).to.equal('invalid_grant')
      expect((await fixture.userinfo(access_token)).status).to.equal(401)
      expect((await fixture.introspect(clientId, access_token)).body.active).not.to.equal(true)
    }
  }

  const ends: Readonly<Record<string, (person: Person, uid: string) => Promise<void>>> = {
    'its owner, with all others': async (person) => {
      const account = await fixture.enterAccount(person)
      await account.visitor.submit(withForm(account, /end-others$/), {})
    },
    'its owner, by itself': async (person, uid) => {
      const account = await fixture.enterAccount(person)
      await account.visitor.submit(withForm(account, new RegExp(`${uid}/end$`)), {})
    },
    'an administrator': async (person, uid) => {
      const { status } = await (await fixture.admin()).call('DELETE', `/users/${person.id}/sessions/${uid}`)
      expect(status).to.equal(204)
    },
    'an administrator, with all of them': async (person) => {
      const { status } = await (await fixture.admin()).call('DELETE', `/users/${person.id}/sessions`)
      expect(status).to.equal(204)
    },
  }

  for (const [by, end] of Object.entries(ends))
    for (const clientId of ['app', 'spa'] as const)
      it(`end with it, also older ones, by ${by} (${clientId})`, async () => {
        const person = await fixture.person()
        const { uid, tokens } = await grantedTwice(person, clientId)
        await end(person, uid)
        await expectEnded(clientId, tokens)
        await fixture.eventually(async () => expect(await tagged(person, uid)).to.deep.equal([]))
      })

  it('of another session of the same person stay', async () => {
    const person = await fixture.person()
    const kept = await fixture.enter(person, fixture.ask('spa', { ...OFFLINE, prompt: 'consent' }))
    const { refresh_token } = await fixture.tokens(kept)
    const [own = ''] = await uidsOf(person)
    await fixture.advance(40)
    await fixture.enter(person)
    const [other = ''] = (await uidsOf(person)).filter((uid) => uid !== own)
    await (await fixture.admin()).call('DELETE', `/users/${person.id}/sessions/${other}`)
    expect((await fixture.refresh('spa', refresh_token)).status).to.equal(200)
    expect(await tagged(person, own)).to.include('RefreshToken')
  })

  it('for offline access stay after the sign-out from an application', async () => {
    const person = await fixture.person()
    const { visitor, uid, tokens } = await grantedTwice(person, 'spa')
    await signOut(visitor)
    expect(await fixture.silently(visitor)).to.equal('login_required')
    for (const { refresh_token } of tokens) expect((await fixture.refresh('spa', refresh_token)).status).to.equal(200)
    expect(await tagged(person, uid)).to.include('Grant')
  })

  it('have no tag of a session that the sign-in of another person replaced', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const { visitor } = await fixture.enter(ana)
    const [anas = ''] = await uidsOf(ana)
    await fixture.enter(ben, fixture.ask('app', { prompt: 'login' }), visitor)
    const [bens = ''] = await uidsOf(ben)
    expect(bens).not.to.equal(anas)
    expect(await tagged(ben, anas)).to.deep.equal([])
    expect(await tagged(ben, bens)).to.include('Grant')
  })

  async function signOut(visitor: Visitor): Promise<void> {
    const page = await visitor.go('/session/end')
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
    const done = await visitor.post('/session/end/confirm', { xsrf, logout: 'yes' }, { origin: fixture.issuer })
    expect(done.status).to.be.oneOf([200, 303])
  }
})

/** A person's own authenticators: another one takes a fresh proof, and a removed one ends what it may hold. */
import { expect } from 'chai'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import { newPasskeyAnswers, passkeyAnswers, passkeyRequest } from '../support/passkeyPages.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { newPasskey, type SoftwarePasskey } from '../support/softwareAuthenticator.ts'
import { passkeyOwner } from './passkeyOwner.ts'

const LIST = /\/authenticators$/
const MANAGE = { prompt: 'manage_authenticators' }

describe('One’s own authenticators', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const add = (page: Page, passkey: SoftwarePasskey): Promise<Page> =>
    page.visitor.submit(withForm(page, LIST), newPasskeyAnswers(page, fixture.issuer, passkey))

  /** The list after a code, in a browser with a session. */
  async function listOf(person: Person, visitor: Visitor): Promise<Page> {
    const proof = await fixture.begin(fixture.ask('app', MANAGE), visitor)
    expect(proof.h1).to.equal('Manage your authenticators')
    return visitor.submit(proof, { code: await person.code() })
  }

  async function withApp(roles: readonly 'admin'[] = []) {
    const person = await fixture.person({ roles })
    const { visitor } = await fixture.enter(person)
    return { person, visitor, list: await listOf(person, visitor) }
  }

  const removalOf = (page: Page): string[] =>
    [...page.text.matchAll(/href="([^"]+\/remove)"/g)].map(([, to = '']) => to)

  it('are listed after a proof only, with one more at most once', async () => {
    const { person, list } = await withApp()
    expect([list.h1, removalOf(list)]).to.deep.equal(['Your authenticators', []])
    const passkey = newPasskey()
    const fields = newPasskeyAnswers(list, fixture.issuer, passkey)
    const added = await list.visitor.submit(withForm(list, LIST), fields)
    expect([added.h1, removalOf(added).length]).to.deep.equal(['Your authenticators', 2])
    // The same form is the same passkey; the same passkey from another form is refused.
    expect((await list.visitor.submit(withForm(list, LIST), fields)).status).to.equal(200)
    const again = await add(added, passkey)
    expect([again.status, again.alert]).to.deep.equal([422, 'This device already has a passkey for your account.'])
    const { audit, letters } = await fixture.count(person)
    expect([audit('two_factor.authenticator_added'), letters(/A passkey was added/)]).to.deep.equal([1, 1])
    expect(passkeyRequest(await fixture.challenge(person))?.allowCredentials.map(({ id }) => id)).to.deep.equal([
      passkey.id,
    ])
  })

  it('are five passkeys at most', async () => {
    const { list } = await withApp()
    let page = list
    for (let count = 0; count < 5; count++) page = await add(page, newPasskey())
    const sixth = await add(page, newPasskey())
    expect([sixth.status, sixth.alert]).to.deep.equal([422, 'You have as many passkeys as possible. Remove one first.'])
  })

  it('take a proof of the last five minutes, and no session alone', async () => {
    const { person, visitor, list } = await withApp()
    await fixture.advance(301)
    const late = await add(list, newPasskey())
    expect(late.h1).to.equal('Manage your authenticators')
    expect((await fixture.count(person)).audit('two_factor.authenticator_added')).to.equal(0)
    // A backup code is on paper, which may be in other hands.
    const other = await visitor.go(late.path.replace(/change$/, 'backup-code'))
    expect(other.h1).to.equal('Manage your authenticators')
  })

  it('are shown, and named, for half an hour after the proof', async () => {
    const { person, list } = await withApp()
    const added = await add(list, newPasskey())
    await fixture.advance(1800)
    const late = await added.visitor.submit(withForm(added, /\/name$/), { name: 'Of the next user' })
    expect(late.h1).to.equal('Manage your authenticators')
    expect((await fixture.count(person)).audit('two_factor.authenticator_renamed')).to.equal(0)
  })

  it('that are removed end every other session, and do not sign in', async () => {
    const { person, visitor, list } = await withApp()
    const passkey = newPasskey()
    const added = await add(list, passkey)
    const elsewhere = await fixture.challenge(person)
    const entered = await elsewhere.visitor.submit(elsewhere, passkeyAnswers(elsewhere, fixture.issuer, passkey))
    await fixture.resume(entered)
    expect(await fixture.silently(elsewhere.visitor)).to.equal('code')
    const [, ofPasskey = ''] = removalOf(added)
    const question = await visitor.get(ofPasskey)
    expect(question.h1).to.match(/^Remove .*\?$/)
    const removed = await visitor.submit(question, {})
    expect([removed.h1, removalOf(removed)]).to.deep.equal(['Your authenticators', []])
    expect(await fixture.silently(elsewhere.visitor)).to.equal('login_required')
    await fixture.resume(await visitor.submit(withForm(removed, /done$/), {}))
    expect(await fixture.silently(visitor)).to.equal('code')
    expect(passkeyRequest(await fixture.challenge(person))).to.equal(null)
  })

  it('are never none: a forged removal of the last one changes nothing', async () => {
    const { person, list } = await withApp()
    const added = await add(list, newPasskey())
    const [ofApp = '', ofPasskey = ''] = removalOf(added)
    const [first, second] = [await list.visitor.get(ofApp), await list.visitor.get(ofPasskey)]
    await list.visitor.submit(first, {})
    const forged = await list.visitor.submit(second, {})
    expect(forged.h1).to.equal('Your authenticators')
    const { user } = await fixture.count(person)
    expect(user).to.have.nested.property('two_factor.state', 'active')
    expect((await fixture.count(person)).audit('two_factor.authenticator_removed')).to.equal(1)
  })

  it('of people who act on others keep the app', async () => {
    const { list } = await withApp(['admin'])
    const added = await add(list, newPasskey())
    expect(removalOf(added)).to.have.length(1)
    const [ofPasskey = ''] = removalOf(added)
    const app = /authenticator-([\w-]+)/.exec(added.text)?.[1] ?? ''
    const forged = await added.visitor.go(ofPasskey.replace(/[\w-]+\/remove$/, `${app}/remove`))
    expect(forged.h1).to.equal('Your authenticators')
  })

  it('have names that are shown as they are written', async () => {
    const { list } = await withApp()
    const added = await add(list, newPasskey())
    const renamed = await added.visitor.submit(withForm(added, /\/name$/), { name: ' <b>My</b> phone ' })
    expect(renamed.text).to.contain('<bdi>&lt;b&gt;My&lt;/b&gt; phone</bdi>')
    for (const name of ['', '   ', 'x'.repeat(41), 'a\nb', '\u200B']) {
      const refused = await added.visitor.submit(withForm(renamed, /\/name$/), { name })
      expect([refused.status, refused.alert], name).to.deep.equal([422, 'Enter a name of up to 40 characters.'])
    }
  })

  it('are in the answers of the API, without a credential id', async () => {
    const { person, passkey } = await passkeyOwner(fixture)
    const { body, text } = await (await fixture.admin()).call('GET', `/users/${person.id}`)
    const { authenticators } = body['two_factor'] as { readonly authenticators: readonly object[] }
    expect(authenticators).to.have.length(1)
    expect(authenticators[0]).to.include({ kind: 'passkey', last_used_at: null, synced: false, usable: true })
    expect(text).to.not.contain(passkey.id)
  })

  it('are on the page of their owner, without a credential id', async () => {
    const { person, passkey } = await passkeyOwner(fixture)
    const page = await fixture.challenge(person, fixture.ask())
    const done = await page.visitor.submit(page, passkeyAnswers(page, fixture.issuer, passkey))
    await fixture.resume(done)
    const account = await page.visitor.go('/account')
    expect(account.text).to.contain('Passkey, on one device only')
    expect(account.text).to.not.contain(passkey.id)
  })
})

/** Which options of a host decide about passkeys, for people with one and without. */
import { expect } from 'chai'
import { memoryStore } from '../../src/store/memory.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Page, setupKeyIn } from '../support/client.ts'
import { clock, type Host, type HostOptions, password, signInRequest, startHost } from '../support/host.ts'
import { newPasskeyAnswers, passkeyAnswers, passkeyRequest } from '../support/passkeyPages.ts'
import { newPasskey, type SoftwarePasskey } from '../support/softwareAuthenticator.ts'

type Passkeys = NonNullable<HostOptions['options']>['passkeys']

describe('The options of passkeys', () => {
  const publicOrigin = 'https://id.example.com'
  const passkey: SoftwarePasskey = newPasskey()
  const store = memoryStore({ clock })
  const hosts: Host[] = []
  after(async () => {
    await Promise.all(hosts.map((host) => host.close()))
  })

  /** The page after the password, at a host with these options and one store for all. */
  async function afterPassword(id: 'ana' | 'ben', passkeys?: Passkeys, origin = publicOrigin): Promise<Page> {
    const host = await startHost({ store, publicOrigin: origin, options: passkeys ? { passkeys } : {} })
    hosts.push(host)
    const visitor = createVisitor(origin, clock.now, undefined, host.origin)
    const page = await visitor.go(signInRequest())
    return visitor.submit(page, { email: `${id}@example.com`, password })
  }

  it('offer one by default, tied to the host name of the issuer', async () => {
    const page = await afterPassword('ana')
    expect(passkeyRequest(page)?.rpId).to.equal('id.example.com')
    const codes = await page.visitor.submit(page, newPasskeyAnswers(page, publicOrigin, passkey))
    expect(codes.h1, codes.alert ?? '').to.equal('Save your backup codes')
    expect((await codes.visitor.submit(codes, { saved: 'yes' })).h1).to.equal('You are all set')
  })

  it('may offer none: those that exist keep working', async () => {
    expect(passkeyRequest(await afterPassword('ben', { offer: false }))).to.equal(null)
    const page = await afterPassword('ana', { offer: false })
    expect(page.h1).to.equal('Use your passkey')
    const done = await page.visitor.submit(page, passkeyAnswers(page, publicOrigin, passkey))
    expect(done.status, done.alert ?? '').to.equal(200)
  })

  it('may name a domain above it, under which the others do not work', async () => {
    const page = await afterPassword('ben', { rpId: 'example.com', rpName: 'Acme' })
    expect(passkeyRequest(page)?.rpId).to.equal('example.com')
    expect(page.text).to.contain('&#34;name&#34;:&#34;Acme&#34;')
    expect((await afterPassword('ana', { rpId: 'example.com' })).h1).to.equal('Enter your code')
  })
  it('offer none at an IP address, where no browser makes one: an app is set up', async () => {
    const page = await afterPassword('ben', {}, 'http://127.0.0.1:3000')
    expect([page.h1, passkeyRequest(page)]).to.deep.equal(['Set up your authenticator', null])
    const [key = ''] = setupKeyIn(page.text)
    const codes = await page.visitor.submit(page, { code: new Authenticator(key).next(clock.now()) })
    expect(codes.h1).to.equal('Save your backup codes')
    expect((await afterPassword('ana', {}, 'http://127.0.0.1:3000')).h1).to.not.equal('Use your passkey')
  })
})

import { expect } from 'chai'
import { generateKeyPair, importJWK, SignJWT } from 'jose'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import type { Client } from '../../src/server/configuration/read.ts'
import { allClients } from '../../src/server/demo.ts'
import { startSample } from '../../src/server/sample/application.ts'
import { readSecrets, type Secrets } from '../../src/server/secrets.ts'
import { createBrowser, freePort, type Page, startProvider, type TestProvider } from './provider.ts'

const clock = { now: () => Math.floor(Date.now() / 1000) }

describe('The sample application', () => {
  let root: string
  let secrets: Secrets
  let issuer: string
  let sample: string
  let client: Client
  let provider: TestProvider | null = null
  let application: { close(): Promise<void> }

  const startProviderNow = async () =>
    (provider = await startProvider(Number(new URL(issuer).port), client, secrets.jwks))

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'rekey-sample-'))
    const [port, samplePort] = [await freePort(), await freePort()]
    const configuration = await readConfiguration({ DATA_DIR: root, PORT: `${port}`, SAMPLE_PORT: `${samplePort}` })
    secrets = await readSecrets(configuration)
    issuer = configuration.issuer
    sample = configuration.sampleOrigin
    const found = allClients(configuration, secrets).find(({ client_id }) => client_id === 'sample')
    if (!found) throw new Error('no sample client')
    client = found
    application = await startSample({ issuer, client, twoFactorAcr: '2fa', host: '127.0.0.1', port: samplePort, clock })
  })
  after(async () => {
    await application.close()
    await provider?.close()
    await rm(root, { recursive: true })
  })

  const alertOf = ({ text }: Page) => /role="alert">([^<]*)/.exec(text)?.[1] ?? null
  const claim = ({ text }: Page, name: string) =>
    new RegExp(`<th scope="row">${name}</th><td>([^<]*)`).exec(text)?.[1]?.trim() ?? null

  it('explains that the provider is not running yet, and works once it runs', async () => {
    const browser = createBrowser()
    expect((await browser.go(`${sample}/`)).text).to.include('<a class="btn" href="/sign-in">Sign in</a>')
    expect(alertOf(await browser.go(`${sample}/sign-in`))).to.match(/^The provider did not answer as it should/)
    await startProviderNow()
    const page = await browser.go(`${sample}/sign-in`)
    expect(page.url).to.equal(`${sample}/`)
    expect([claim(page, 'sub'), claim(page, 'acr'), claim(page, 'amr'), claim(page, 'iss')]).to.deep.equal([
      'ana',
      '1fa',
      '[&quot;pwd&quot;]',
      issuer,
    ])
    expect([claim(page, 'auth_time'), claim(page, 'sid')]).not.to.include(null)
  })

  it('shows a refusal of the provider: a silent sign-in without a session there', async () => {
    expect(alertOf(await createBrowser().go(`${sample}/sign-in/silent`))).to.equal(
      'The provider answered login_required: no person is signed in there, or not recently enough.',
    )
  })

  it('signs in silently, from the start and with a fresh session id each time', async () => {
    const browser = createBrowser()
    const ids = []
    for (const request of ['', '/silent', '/password', '/again']) {
      expect(claim(await browser.go(`${sample}/sign-in${request}`), 'sub')).to.equal('ana')
      ids.push(browser.jar.get('sample_session'))
    }
    expect(new Set(ids)).to.have.property('size', 4)
  })

  it('refuses a step-up that was answered with a lower acr than requested', async () => {
    const browser = createBrowser()
    provider!.acr = '1fa'
    expect(alertOf(await browser.go(`${sample}/sign-in/step-up`))).to.equal('The sign-in was weaker than asked for.')
    provider!.acr = '2fa'
    browser.jar.clear()
    const page = await browser.go(`${sample}/sign-in/step-up`)
    expect([alertOf(page), claim(page, 'acr')]).to.deep.equal([null, '2fa'])
  })

  it('accepts an answer once, and only to a request of this browser', async () => {
    const browser = createBrowser()
    await browser.go(`${sample}/sign-in`)
    for (const state of ['forged', '']) {
      expect(
        alertOf(await browser.go(`${sample}/callback?code=x&state=${state}&iss=${encodeURIComponent(issuer)}`)),
      ).to.match(/belongs to no request/)
    }
  })

  it('shows userinfo, escaped', async () => {
    const browser = createBrowser()
    await browser.go(`${sample}/sign-in`)
    const page = await browser.go(`${sample}/userinfo`)
    expect(claim(page, 'name')).to.equal('Ana &lt;Silva&gt;')
  })

  it('shows a token for the management API once, with an example call, and keeps the sign-in', async () => {
    const browser = createBrowser()
    await browser.go(`${sample}/sign-in`)
    const page = await browser.go(`${sample}/sign-in/management`)
    expect(page.url).to.equal(`${sample}/token`)
    const token = /<pre>([\w-]{43})<\/pre>/.exec(page.text)?.[1]
    expect(page.text).to.include(
      `curl --header &#39;Authorization: Bearer ${token}&#39; &#39;${issuer}/management/v1/users&#39;`,
    )
    expect((await browser.go(`${sample}/token`)).text).not.to.include(token)
    expect(claim(await browser.go(`${sample}/userinfo`), 'sub')).to.equal('ana')
  })

  it('says whose the token is, with which role, for how long, and what 403 means before the call', async () => {
    const tokenPage = async (roles: readonly string[] | null): Promise<string> => {
      provider!.roles = roles
      const { text } = await createBrowser().go(`${sample}/sign-in/management`)
      expect(text).to.include('for 10 minutes from now')
      return text.replaceAll(/\s+/g, ' ').slice(0, text.indexOf('Try it:'))
    }
    expect(await tokenPage(['helpdesk']))
      .to.include('<strong>Ana &lt;Silva&gt;</strong> (ana)')
      .and.match(/role="status">The role is helpdesk\. An answer of 403 means/)
    expect(await tokenPage([])).to.match(/role="alert">This person has neither the role admin nor the role helpdesk/)
    expect(await tokenPage(null))
      .to.include('<strong>ana</strong>. It is')
      .and.not.include('role=')
  })

  it('refreshes its tokens when it has offline access', async () => {
    const browser = createBrowser()
    expect((await browser.go(`${sample}/sign-in`)).text).not.to.include('Refresh the tokens')
    expect((await browser.go(`${sample}/sign-in/offline`)).text).to.include('Refresh the tokens')
    const page = await browser.post(`${sample}/refresh`)
    expect([page.text.includes('The tokens are fresh.'), alertOf(page), claim(page, 'sub')]).to.deep.equal([
      true,
      null,
      'ana',
    ])
  })

  it('signs out at the provider too', async () => {
    const browser = createBrowser()
    await browser.go(`${sample}/sign-in`)
    const page = await browser.post(`${sample}/sign-out`)
    expect(page.url).to.match(new RegExp(`^${issuer}/session/end`))
    const xsrf = /name="xsrf" value="([^"]+)/.exec(page.text)?.[1] ?? ''
    const end = await browser.post(`${issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
    expect(end.text).to.include('You are not signed in here.')
    expect(alertOf(await browser.go(`${sample}/sign-in/silent`))).to.match(/login_required/)
  })

  it('is signed out by the provider over the back channel, in the browser concerned and no other', async () => {
    const [ana, other] = [createBrowser(), createBrowser()]
    await ana.go(`${sample}/sign-in`)
    await other.go(`${sample}/sign-in`)
    // A sign-out that begins at the provider: the sample learns of it by the logout token only.
    const page = await ana.go(`${issuer}/session/end`)
    const xsrf = /name="xsrf" value="([^"]+)/.exec(page.text)?.[1] ?? ''
    await ana.post(`${issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
    expect((await ana.go(`${sample}/`)).text).to.include('<p role="status">You were signed out by the provider.</p>')
    expect(claim(await other.go(`${sample}/`), 'sub')).to.equal('ana')
  })

  describe('accepts a logout token', () => {
    const logout = { 'http://schemas.openid.net/event/backchannel-logout': {} }

    async function token(claims: object, typ = 'logout+jwt', key?: CryptoKey) {
      const jwk = secrets.jwks.keys[0]
      const signer = key ?? (await importJWK(jwk as object, 'RS256'))
      const all = {
        iss: issuer,
        aud: 'sample',
        jti: crypto.randomUUID(),
        iat: clock.now(),
        exp: clock.now() + 60,
        sub: 'ana',
        events: logout,
        ...claims,
      }
      return new SignJWT(all).setProtectedHeader({ alg: 'RS256', typ, kid: jwk?.kid ?? '' }).sign(signer)
    }
    const send = async (logout_token: string) =>
      fetch(`${sample}/backchannel-logout`, { method: 'POST', body: new URLSearchParams({ logout_token }) })

    it('once, and ends every session of that person', async () => {
      const browser = createBrowser()
      await browser.go(`${sample}/sign-in`)
      const good = await token({})
      expect((await send(good)).status).to.equal(200)
      expect((await browser.go(`${sample}/`)).text).to.include('signed out by the provider')
      expect((await send(good)).status).to.equal(400)
    })

    const lies: Record<string, () => Promise<string>> = {
      'of another issuer': () => token({ iss: 'https://evil.example' }),
      'for another application': () => token({ aud: 'console' }),
      'that is an ID token': () => token({ nonce: 'n', events: undefined }, 'JWT'),
      'with a nonce': () => token({ nonce: 'n' }),
      'without the event': () => token({ events: { 'http://example.com': {} } }),
      'that names nobody': () => token({ sub: undefined }),
      'that has expired': () => token({ exp: clock.now() - 60 }),
      'signed by somebody else': async () => token({}, 'logout+jwt', (await generateKeyPair('RS256')).privateKey),
      'that is garbage': async () => 'garbage',
      'that is far too long': async () => 'x'.repeat(100_000),
    }
    for (const [what, lie] of Object.entries(lies)) {
      it(`but refuses one ${what}`, async () => {
        const browser = createBrowser()
        await browser.go(`${sample}/sign-in`)
        const answer = await send(await lie())
        expect(answer.status).to.equal(400)
        expect(await answer.json()).to.have.property('error', 'invalid_request')
        expect(claim(await browser.go(`${sample}/`), 'sub')).to.equal('ana')
      })
    }
  })

  it('accepts forms of its own pages only', async () => {
    const browser = createBrowser()
    await browser.go(`${sample}/sign-in`)
    expect(await browser.post(`${sample}/sign-out`, {}, 'https://evil.example')).to.have.property('status', 403)
    expect(claim(await browser.go(`${sample}/`), 'sub')).to.equal('ana')
  })

  it('has neither script nor style in its pages, and a policy that allows none', async () => {
    const browser = createBrowser()
    for (const path of ['/', '/sign-in', '/sign-in/management', '/userinfo', '/nothing']) {
      const page = await browser.go(`${sample}${path}`)
      expect(page.text).not.to.match(/<script|<style|style=|\son\w+=/)
      expect(page.headers.get('content-security-policy'))
        .to.match(/^default-src 'none'; style-src 'self';/)
        .and.not.include('unsafe')
      expect(page.headers.get('cache-control')).to.equal('no-store')
    }
    expect((await browser.go(`${sample}/style.css`)).headers.get('content-type')).to.match(/^text\/css/)
  })

  it('reports that its port is taken', async () => {
    const port = Number(new URL(sample).port)
    const thrown = await startSample({ issuer, client, twoFactorAcr: '2fa', host: '127.0.0.1', port, clock }).catch(
      (error: unknown) => error,
    )
    expect(thrown).to.have.property(
      'message',
      `SAMPLE_PORT (sample_port): ${port} on 127.0.0.1 is taken by another process. Stop it, or choose another port, such as SAMPLE_PORT=${port < 65_000 ? port + 100 : port - 100}`,
    )
  })
})

import { expect } from 'chai'
import type { Person, RekeyOptions } from '../../src/index.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn, type Visitor, wayOn } from '../support/client.ts'
import { clock, type Host, password, redirectUri, signInRequest, startHost, verifier } from '../support/host.ts'

const request = (host: Host, more: Record<string, string> = {}): string =>
  new URL(host.issuer).pathname.replace(/\/$/, '') + signInRequest(more)

const ben: Person = {
  id: 'ben',
  email: 'ben@example.com',
  name: 'Ben',
  locale: null,
  roles: [],
  groups: [],
  status: 'active',
  createdAt: 0,
  secondFactorSince: null,
}

interface Tokens {
  readonly id_token: string
  readonly access_token: string
}

async function redeem(host: Host, callback: string): Promise<Tokens> {
  const answer = await fetch(`${host.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('app:app-secret')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(callback).searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  })
  const body = await answer.text()
  expect(answer.status, body).to.equal(200)
  return JSON.parse(body) as Tokens
}

const claimsOf = ({ id_token: token }: Tokens): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

/** Enrols a person who has no authenticator yet, up to the callback. */
async function enrol(host: Host, visitor: Visitor): Promise<{ callback: string; app: Authenticator }> {
  const signIn = await visitor.go(request(host))
  const setUp = await visitor.submit(signIn, { email: 'ana@example.com', password })
  const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
  const codes = await visitor.submit(setUp, { code: app.next(clock.now()) })
  const done = await visitor.submit(codes, { saved: 'yes' })
  return { app, callback: await resume(host, visitor, wayOn(done)!) }
}

async function resume(host: Host, visitor: Visitor, href: string): Promise<string> {
  const { pathname } = new URL(href, host.issuer)
  return (await visitor.get(pathname)).location!
}

describe('As a plugin of another provider', () => {
  let host: Host
  afterEach(() => host.close())

  it('signs in, resets and mails with only a directory, a store and a mailer', async () => {
    host = await startHost()
    const visitor = createVisitor(host.issuer)
    const first = claimsOf(await redeem(host, (await enrol(host, visitor)).callback))
    expect(first).to.deep.include({ sub: 'ana', acr: 'urn:oidc-rekey:acr:2fa', amr: ['pwd', 'otp', 'mfa'] })
    expect((await host.rekey.state('ana'))?.state).to.equal('active')
    await host.rekey.idle()
    expect(host.people.get('ana')?.secondFactorSince).to.be.a('number')

    const result = await host.rekey.reset({ accountId: 'ana', by: 'boss', reason: 'phone lost' })
    expect(result.is).to.equal('reset')
    await host.rekey.idle()
    expect(host.letters.at(-1)?.text).to.contain(`${host.issuer}/two-factor/reset/`)
    const silent = await visitor.get(request(host, { prompt: 'none' }))
    expect(new URL(silent.location!).searchParams.get('error')).to.equal('login_required')
  })

  it('serves no password page where the host keeps passwords', async () => {
    host = await startHost()
    const visitor = createVisitor(host.issuer)
    expect((await visitor.go(request(host))).text).to.not.contain('/password')
    expect((await visitor.get('/password')).h1).to.equal(null)
  })

  it('can be mounted below a path', async () => {
    host = await startHost({ base: '/oidc' })
    const visitor = createVisitor(new URL(host.issuer).origin)
    const claims = claimsOf(await redeem(host, (await enrol(host, visitor)).callback))
    expect(claims['iss']).to.equal(host.issuer)
  })

  it('uses the host’s own sign-in page for the password, and asks for the second factor itself', async () => {
    // A password given in the second of the set-up counts as older, so the set-up is a minute old.
    let ago = 60
    host = await startHost({
      options: { clock: { now: () => clock.now() - ago } },
      configuration: { interactions: { url: (_ctx, { uid }) => `/own/${uid}` } },
      async pages(ctx, next, { provider, rekey }) {
        if (!ctx.path.startsWith('/own/')) return next()
        const result = await rekey.loginResult('ben', { authenticatedAt: clock.now(), proven: null }, ctx)
        return ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
      },
    })
    const visitor = createVisitor(host.issuer)
    const begin = await visitor.go(request(host))
    expect(begin.h1).to.equal('Protect your account')
    const setUp = await visitor.submit(begin, {})
    const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
    const codes = await visitor.submit(setUp, { code: app.next(clock.now() - ago) })
    const done = await visitor.submit(codes, { saved: 'yes' })
    const callback = await resume(host, visitor, wayOn(done)!)
    expect(claimsOf(await redeem(host, callback))).to.deep.include({ sub: 'ben', amr: ['pwd', 'otp', 'mfa'] })
    ago = 0

    // The next time only a code is missing.
    const other = createVisitor(host.issuer)
    const challenged = await other.go(request(host))
    expect(challenged.h1).to.equal('Enter your code')
    const on = await other.submit(challenged, { code: app.next(clock.now()) })
    expect(claimsOf(await redeem(host, await resume(host, other, wayOn(on)!)))['acr']).to.equal(
      'urn:oidc-rekey:acr:2fa',
    )
  })

  describe('with people and a sign-in page of its own', () => {
    const people = new Map<string, Person>()
    /** The mailed link of a person with these roles. */
    async function afterReset(options: Partial<RekeyOptions> = {}, roles: Person['roles'] = []): Promise<string> {
      people.set('ben', { ...ben, roles })
      // A sign-in in the second of the reset would count as older, so the reset is a minute old.
      let ago = 60
      host = await startHost({
        options: {
          clock: { now: () => clock.now() - ago },
          signInUrl: '/own-front-page',
          directory: {
            find: async (id) => people.get(id) ?? null,
            enrolled: async (id, at) => void people.set(id, { ...people.get(id)!, secondFactorSince: at }),
            list: async ({ limit }) => [...people.values()].slice(0, limit),
          },
          ...options,
        },
        configuration: { interactions: { url: (_ctx, { uid }) => `/own/${uid}` } },
        async pages(ctx, next, { provider, rekey }) {
          if (!ctx.path.startsWith('/own/')) return next()
          const result = await rekey.loginResult('ben', { authenticatedAt: clock.now(), proven: null }, ctx)
          return ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
        },
      })
      await host.rekey.adopt([{ id: 'ben', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
      await host.rekey.reset({ accountId: 'ben', by: null })
      await host.rekey.idle()
      ago = 0
      return /^http\S+(\/two-factor\/reset\/\S+)$/m.exec(host.letters.at(-1)?.text ?? '')?.[1] ?? ''
    }

    it('leaves the password to that page where a mailed link requires it too', async () => {
      const link = await afterReset({}, ['admin'])
      const thief = createVisitor(host.issuer)
      const waiting = await thief.submit(await thief.go(request(host)), {})
      expect(waiting.h1).to.equal('Check your email')
      const owner = createVisitor(host.issuer)
      const opened = await owner.submit(await owner.get(link), {})
      expect([opened.status, opened.h1, wayOn(opened)]).to.deep.equal([200, 'Sign in to continue', '/own-front-page'])
      const stillWaiting = await thief.submit(waiting, {})
      expect([stillWaiting.status, stillWaiting.h1]).to.deep.equal([422, 'Check your email'])

      const setUp = await owner.submit(await owner.go(request(host)), {})
      expect(setUp.h1).to.equal('Set up your authenticator')
      const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
      expect((await owner.submit(setUp, { code: app.next(clock.now()) })).h1).to.equal('Save your backup codes')
      expect((await host.rekey.state('ben'))?.state).to.equal('active')
    })

    it('redirects a person who gets a role during the set-up to that page', async () => {
      const link = await afterReset()
      const visitor = createVisitor(host.issuer)
      const setUp = await visitor.submit(await visitor.get(link), {})
      expect(setUp.h1).to.equal('Set up your authenticator')
      people.set('ben', { ...people.get('ben')!, roles: ['helpdesk'] })
      const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
      const sent = await visitor.submit(setUp, { code: app.next(clock.now()) })
      expect([sent.status, sent.h1, wayOn(sent)]).to.deep.equal([200, 'Sign in to continue', '/own-front-page'])
      const again = await visitor.submit(await visitor.go(request(host)), {})
      expect(again.h1).to.equal('Set up your authenticator')
    })

    it('requires the set-up after a reset, although no application asks for a second factor', async () => {
      await afterReset({ required: 'when_requested' })
      const visitor = createVisitor(host.issuer)
      const begin = await visitor.go(request(host))
      expect([begin.status, begin.h1]).to.deep.equal([200, 'Protect your account'])
      const silent = await visitor.get(request(host, { prompt: 'none' }))
      expect(silent.location).to.match(/error=/)
      const setUp = await visitor.submit(begin, {})
      const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
      const codes = await visitor.submit(setUp, { code: app.next(clock.now()) })
      const done = await visitor.submit(codes, { saved: 'yes' })
      const claims = claimsOf(await redeem(host, await resume(host, visitor, wayOn(done)!)))
      expect(claims).to.deep.include({ sub: 'ben', amr: ['pwd', 'otp', 'mfa'] })
    })
  })

  it('throws for a sign-in result without the stamp', async () => {
    host = await startHost({
      configuration: { interactions: { url: (_ctx, { uid }) => `/own/${uid}` } },
      async pages(ctx, next, { provider }) {
        if (!ctx.path.startsWith('/own/')) return next()
        return ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: 'ben' } }))
      },
    })
    const errors: Error[] = []
    host.provider.on('server_error', (_ctx, error) => void errors.push(error))
    await createVisitor(host.issuer).go(request(host))
    expect(errors.map((error) => error.message)).to.deep.equal([
      'a sign-in without a second-factor stamp: finish it with loginResult()',
    ])
  })
})

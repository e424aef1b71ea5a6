/** Addresses of a host that are not the usual ones: a provider elsewhere, renamed routes, a prefix for ours, pages with our names. */
import { expect } from 'chai'
import express from 'express'
import type { Configuration } from 'oidc-provider'
import { wayOn } from '../support/client.ts'
import { type Host, type HostOptions, password, signInRequest, startHost } from '../support/host.ts'
import { client } from './hostPages.ts'
import { enrol, enterAccount, followLink, redeem, visitorOf } from './journeys.ts'

/** Express with the provider below `at`, and pages of the host behind ours. */
const expressAt =
  (at: string, pages: readonly string[] = []) =>
  ({ rekey, provider }: Host): express.Express => {
    const app = express()
    app.use(rekey.callback())
    for (const page of pages) app.get(page, (_req, res) => void res.send(`the host's ${page}`))
    app.use(at, provider.callback())
    return app
  }

const renamed: Configuration['routes'] = {
  authorization: '/authorize',
  token: '/oauth-token',
  end_session: '/sign-off',
}
const authorize = (more?: Readonly<Record<string, string>>): string =>
  signInRequest(more).replace(/^\/auth/, '/oauth/authorize')

describe('The addresses of a host', () => {
  let host: Host
  const start = async (options: HostOptions): Promise<Host> => (host = await startHost(options))
  afterEach(() => host.close())

  describe('with an issuer without a path, the provider below /oauth, and routes of other names', () => {
    beforeEach(() =>
      start({ application: expressAt('/oauth'), options: { mountPath: '/oauth' }, configuration: { routes: renamed } }),
    )

    it('lead people in, to their account, and out', async () => {
      const visitor = visitorOf(host)
      const { page } = await enrol(host, visitor, authorize())
      expect(await redeem(host, page, '/oauth/oauth-token')).to.include({ sub: 'ana' })
      const account = await enterAccount(visitor)
      const out = await visitor.post('/account/sign-out', {
        form_token: /action="\/account\/sign-out"[^>]*>\s*<input[^>]*value="([^"]*)"/.exec(account.text)![1]!,
      })
      expect(new URL(out.location!).pathname).to.equal('/oauth/sign-off')
    })

    it('are in the description of the API', async () => {
      const { text } = await visitorOf(host).get('/management/v1/openapi.json')
      expect(text).to.contain(`${host.issuer}/oauth/authorize`).and.contain(`${host.issuer}/oauth/oauth-token`)
    })

    it('let an interrupted sign-in start again', async () => {
      const visitor = visitorOf(host)
      const signIn = await visitor.go(authorize({ state: 'kept' }))
      await host.provider.Interaction.find(/[\w-]+$/.exec(signIn.path)![0]).then((found) => found?.destroy())
      const over = await visitor.submit(signIn, { email: 'ana@example.com', password })
      expect(over.h1).to.equal('Your sign-in was interrupted')
      const again = new URL(wayOn(over)!, host.issuer)
      expect(again.pathname).to.equal('/oauth/authorize')
      expect(again.searchParams.get('state')).to.equal('kept')
      expect((await visitor.go(again.pathname + again.search)).h1).to.equal('Sign in')
    })

    it('take a request that is posted', async () => {
      const [path = '', query = ''] = authorize().split('?')
      const posted = await visitorOf(host).post(path, query)
      expect(posted).to.include({ status: 303 })
      expect(posted.location).to.match(/^\/oauth\/authorize\?/)
    })
  })

  it('may be those of our pages, which move below a prefix', async () => {
    const pages = ['/oidc/account', '/oidc/admin', '/oidc/password', '/oidc/assets/style.css']
    const [base, prefix] = ['/oidc', '/second-factor']
    await start({ base, application: expressAt(base, pages), options: { prefix } })
    const visitor = visitorOf(host)
    const { page, setUp } = await enrol(host, visitor)
    expect(setUp.path).to.match(/^\/oidc\/second-factor\/sign-in\//)
    expect(await redeem(host, page)).to.include({ sub: 'ana' })
    for (const path of pages) expect((await visitor.get(path)).text).to.equal(`the host's ${path}`)
    const style = /href="([^"]*style\.css[^"]*)"/.exec(setUp.text)![1]!
    expect((await visitor.get(style)).headers.get('content-type')).to.contain('text/css')
    await enterAccount(visitor, '/oidc/second-factor/account')
    await followLink(host, visitorOf(host))
    expect(host.letters.some(({ text }) => text.includes(`${host.issuer}/second-factor/two-factor/reset/`))).to.equal(
      true,
    )
  })

  it('may need the client ids that ours have', async () => {
    const clients = [client('app', { first_party: true }), client('console'), client('account')]
    await start({
      configuration: { clients },
      options: { clientIds: { console: 'second-factor-console', account: 'second-factor-account' } },
    })
    const visitor = visitorOf(host)
    await enrol(host, visitor)
    await enterAccount(visitor)
    expect((await host.provider.Client.find('console'))?.clientSecret).to.equal('console-secret')
  })

  it('are below the origin where Sign in leads', async () => {
    const link = async (signInUrl?: string): Promise<string | undefined> => {
      await start({ base: '/oidc', ...(signInUrl !== undefined && { options: { signInUrl } }) })
      await enrol(host, visitorOf(host))
      const done = await followLink(host, visitorOf(host))
      const { origin } = new URL(host.issuer)
      return /class="btn" href="([^"]*)"[^>]*>\s*Sign in/.exec(done.text)?.[1]?.replace(origin, '')
    }
    const found = []
    for (const given of ['/', '/own/sign-in', undefined]) {
      found.push(await link(given))
      if (given !== undefined) await host.close()
    }
    expect(found).to.deep.equal(['/', '/own/sign-in', '/oidc/account'])
  })
})

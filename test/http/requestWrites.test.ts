import { expect } from 'chai'
import { errors } from 'oidc-provider'
import { StoreUnavailable } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Artefacts, Store } from '../../src/store/store.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn, wayOn } from '../support/client.ts'
import { clock, type Host, password, redirectUri, signInRequest, startHost, verifier } from '../support/host.ts'

const outage = () => new StoreUnavailable('no answer')
const api = 'https://api.example'

/** What a test lets the store do. */
type Fault = Partial<Pick<Artefacts, 'put' | 'take'>>

/** A store whose artefacts fail as `fault` says, from when it is set. */
function faulty(): { readonly store: Store; fault: Fault } {
  const real = memoryStore({ clock })
  const { artefacts } = real
  const given: { store: Store; fault: Fault } = {
    fault: {},
    store: {
      ...real,
      artefacts: new Proxy(artefacts, {
        get: (target, name) => {
          const method = given.fault[name as keyof Fault] ?? target[name as keyof Artefacts]
          return method.bind(target)
        },
      }),
    },
  }
  return given
}

/** A host whose API takes signed access tokens that are not stored. */
const withApi = {
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => api,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: '', accessTokenFormat: 'jwt' as const }),
    },
  },
}

describe('the writes of one request', () => {
  const hosts: Host[] = []
  after(() => Promise.all(hosts.map((host) => host.close())))

  /** A first sign-in up to the redirect that ends it. */
  async function finished(configuration = {}) {
    const given = faulty()
    const host = await startHost({ store: given.store, configuration })
    hosts.push(host)
    const visitor = createVisitor(host.issuer)
    const typed = { email: 'ana@example.com', password }
    const setUp = await visitor.submit(await visitor.go(signInRequest()), typed)
    const code = new Authenticator(setupKeyIn(setUp.text)[0]!).next(clock.now())
    const done = await visitor.submit(await visitor.submit(setUp, { code }), { saved: 'yes' })
    const resume = () => visitor.get(new URL(wayOn(done)!).pathname)
    const redeem = (returned: string) =>
      fetch(`${host.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('app:app-secret')}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: returned,
          redirect_uri: redirectUri,
          code_verifier: verifier,
        }),
      })
    return {
      ...given,
      set: (fault: Fault) => void (given.fault = fault),
      resume,
      redeem,
      artefacts: given.store.artefacts,
    }
  }

  const codeIn = ({ location }: { readonly location: string | null }): string =>
    new URL(location!).searchParams.get('code')!

  for (const failing of ['Grant', 'AuthorizationCode', 'Session'])
    it(`answer 503 without a code when the ${failing} fails, after the others were stored`, async () => {
      const { set, resume } = await finished()
      const stored: string[] = []
      const others = Promise.withResolvers<void>()
      set({
        async put(kind) {
          if (kind === failing) {
            await others.promise
            throw outage()
          }
          stored.push(kind)
          if (stored.length === 2) others.resolve()
        },
      })
      const answer = await resume()
      expect(answer.status).to.equal(503)
      expect(answer.location).to.equal(null)
      expect(answer.headers.getSetCookie()).to.deep.equal([])
      expect(stored).to.have.members(['Grant', 'AuthorizationCode', 'Session'].filter((kind) => kind !== failing))
    })

  it('answer a code that was used with no token, and keep none', async () => {
    const { resume, redeem, artefacts } = await finished()
    const code = codeIn(await resume())
    const answers = await Promise.all(Array.from({ length: 4 }, () => redeem(code)))
    expect(answers.map(({ status }) => status)).to.have.members([200, 400, 400, 400])
    expect(await artefacts.countOfAccount('AccessToken', 'ana')).to.equal(0)
  })

  for (const [kind, configuration] of [
    ['a stored', {}],
    ['a signed', withApi],
  ] as const) {
    it(`answer 503 instead of ${kind} token when its code may not be taken`, async () => {
      const { set, resume, redeem } = await finished(configuration)
      const code = codeIn(await resume())
      set({ take: () => Promise.reject(outage()) })
      const answer = await redeem(code)
      expect(answer.status).to.equal(503)
      expect(await answer.json()).to.have.all.keys('error', 'error_description')
    })

    it(`refuse ${kind} token when its code was taken meanwhile`, async () => {
      const { set, resume, redeem } = await finished(configuration)
      const code = codeIn(await resume())
      set({ take: async () => false })
      const answer = await redeem(code)
      expect(answer.status).to.equal(400)
      expect(await answer.json()).to.include({ error: new errors.InvalidGrant('').error })
    })
  }

  it('issue a signed token once its code is taken', async () => {
    const { resume, redeem } = await finished(withApi)
    const answer = (await (await redeem(codeIn(await resume()))).json()) as { access_token: string }
    expect(answer.access_token.split('.')).to.have.length(3)
  })
})

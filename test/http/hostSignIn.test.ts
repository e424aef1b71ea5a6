/** A host with its own sign-in page: our pages do not answer its prompts, and its sign-ins are bound to one browser. */
import { expect } from 'chai'
import { interactionPolicy } from 'oidc-provider'
import { accountPrompts } from '../../src/oidc/accountPrompts.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Page, setupKeyIn, type Visitor, wayOn } from '../support/client.ts'
import { clock, type Host, redirectUri, signInRequest, startHost } from '../support/host.ts'

const { base, Check, Prompt } = interactionPolicy

const PAGES =
  '|/begin|/code|/passkey|/backup-code|/change|/authenticators|/password|/check-email|/set-up|/backup-codes|/backup-codes.txt|/done|/consent'.split(
    '|',
  )

/** A prompt that only this host knows. */
const terms = new Prompt(
  { name: 'terms', requestable: true },
  new Check('terms_prompt', 'terms', 'interaction_required', ({ oidc }) => oidc.promptPending('terms')),
)

describe('A host’s own sign-in page', () => {
  let host: Host
  /** Prompts that reached the host’s page. */
  let request: string[]
  let isBound: boolean
  /** A proof in the same second counts as older than the set-up, so the set-up is made in the past. */
  let ago = 60
  const app = new Authenticator('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')

  before(async () => {
    const policy = base()
    policy.add(terms)
    host = await startHost({
      keepsPasswords: true,
      options: { clock: { now: () => clock.now() - ago } },
      configuration: {
        interactions: { policy, url: (_ctx, { uid }) => `/own/${uid}` },
        clients: ['app', 'shop'].map((id) => ({
          client_id: id,
          client_secret: `${id}-secret`,
          redirect_uris: [redirectUri],
          ...(id === 'app' && { first_party: true }),
        })),
      },
      async pages(ctx, next, { provider, rekey }) {
        if (!ctx.path.startsWith('/own/')) return next()
        const { prompt } = await provider.interactionDetails(ctx.req, ctx.res)
        request.push(prompt.name)
        if (prompt.name !== 'login' || ctx.query['signs'] === undefined) return void (ctx.body = `own ${prompt.name}`)
        const facts = { authenticatedAt: clock.now(), proven: null }
        const result = await (isBound ? rekey.loginResult('ana', facts, ctx) : rekey.loginResult('ana', facts))
        return ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
      },
    })
    await host.rekey.adopt([{ id: 'ana', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
    ago = 0
  })
  beforeEach(() => {
    request = []
    isBound = true
  })
  after(() => host.close())

  const begin = (visitor: Visitor, more: Record<string, string> = {}): Promise<Page> => visitor.go(signInRequest(more))
  const signIn = (page: Page): Promise<Page> => page.visitor.go(`${page.path}?signs`)

  /** Signs in by the host’s page and our code page, up to the application. */
  async function enter(visitor: Visitor): Promise<void> {
    let page = await signIn(await begin(visitor))
    for (let step = 0; !isBack(page); step++) {
      if (step > 6) throw new Error(`still at “${page.h1}”`)
      if (page.h1 === 'Enter your code') page = await page.visitor.submit(page, { code: app.next(clock.now()) })
      else if (page.h1 === 'Save your backup codes') page = await page.visitor.submit(page, { saved: 'yes' })
      else page = await page.visitor.get(new URL(wayOn(page)!, host.issuer).pathname)
    }
  }
  const isBack = ({ location }: Page): boolean => location?.startsWith(redirectUri) ?? false

  const uidIn = ({ path }: Page): string => /^\/(?:own|sign-in)\/([\w-]+)/.exec(path)![1]!

  /** The same cookies, for our pages. */
  function movedTo(visitor: Visitor, uid: string): Visitor {
    const moved = visitor.stolen()
    for (const cookie of visitor.jar.all())
      if (cookie.path === `/own/${uid}`) moved.jar.put({ ...cookie, path: `/sign-in/${uid}` })
    return moved
  }

  describe('answers its prompts alone', () => {
    const visitor = (): Visitor => createVisitor(host.issuer)
    let signedIn: Visitor
    before(async () => {
      request = []
      isBound = true
      signedIn = visitor()
      await enter(signedIn)
    })

    const theirs: Readonly<Record<string, () => Promise<Page>>> = {
      login: () => begin(visitor()),
      consent: () => begin(signedIn, { client_id: 'shop' }),
      terms: () => begin(signedIn, { prompt: 'terms' }),
    }
    for (const [prompt, reach] of Object.entries(theirs))
      it(`${prompt}: no page of ours answers any request`, async () => {
        const page = await reach()
        expect([page.text, request]).to.deep.equal([`own ${prompt}`, [prompt]])
        const uid = uidIn(page)
        const moved = movedTo(page.visitor, uid)
        for (const at of PAGES) {
          const found = await moved.get(`/sign-in/${uid}${at}`)
          expect([at, found.status, found.h1, found.form]).to.deep.equal([
            at,
            400,
            'Your sign-in was interrupted',
            null,
          ])
        }
        // The form token of another page of ours is not accepted here.
        const form = await moved.get('/password')
        for (const at of PAGES) {
          const sent = await moved.post(
            `/sign-in/${uid}${at}`,
            { form_token: form.form!.token },
            { origin: host.issuer },
          )
          expect(sent.status).to.be.oneOf([403, 405])
        }
        expect(request).to.deep.equal([prompt])
      })

    for (const prompt of ['two_factor', ...accountPrompts])
      it(`does not answer ${prompt}, which is ours`, async () => {
        const page = await begin(signedIn, { prompt })
        expect([page.status, request]).to.deep.equal([200, []])
        expect(page.path).to.match(/^\/sign-in\//)
      })
  })

  describe('binds the sign-in to the browser in which the password was entered', () => {
    /** An attacker begins a sign-in and plants its cookies in another browser. */
    async function planted(more: Record<string, string> = {}): Promise<{ attacker: Visitor; begun: Page }> {
      const attacker = createVisitor(host.issuer)
      const begun = await begin(attacker, more)
      const victim = createVisitor(host.issuer)
      for (const cookie of attacker.jar.all()) if (/interaction|resume/.test(cookie.name)) victim.jar.put(cookie)
      return { attacker, begun: { ...begun, visitor: victim } }
    }

    it('with request and response: an attacker who planted it gets nothing', async () => {
      const { attacker, begun } = await planted({ prompt: 'replace_authenticator' })
      // The owner has entered the password, and the redirect has not arrived yet.
      const given = await begun.visitor.get(`${begun.path}?signs`)
      expect(given.headers.getSetCookie().join()).to.match(/rekey_browser_/)
      const resumed = await attacker.go(new URL(given.location!).pathname)
      expect([resumed.text, resumed.h1]).to.deep.equal(['own login', null])
      expect((await attacker.get(signInRequest({ prompt: 'none' }))).location).to.contain('error=login_required')
    })

    it('with request and response: the owner completes every step', async () => {
      const visitor = createVisitor(host.issuer)
      await enter(visitor)
      expect((await visitor.get(signInRequest({ prompt: 'none' }))).location).to.contain('code=')
      // After the callback no cookie of the sign-in is left.
      expect(visitor.jar.names().filter((name) => name.startsWith('rekey_browser_'))).to.deep.equal([])
    })

    it('without them does not, as documented; a change of the account still requires a code', async () => {
      isBound = false
      const { attacker, begun } = await planted({ prompt: 'replace_authenticator' })
      const given = await begun.visitor.get(`${begun.path}?signs`)
      const resumed = await attacker.go(new URL(given.location!).pathname)
      expect(resumed.h1).to.equal('Enter your code')
      expect(setupKeyIn(resumed.text)).to.deep.equal([])
    })
  })
})

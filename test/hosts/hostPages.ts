/** A host with a sign-in page of its own, and the steps of a person through it and through our pages. */
import type { Configuration, InteractionResults } from 'oidc-provider'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Page, type Visitor, wayOn } from '../support/client.ts'
import { clock, type Host, type HostOptions, redirectUri, signInRequest, startHost, verifier } from '../support/host.ts'

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

/** How the host's page answers, by what it was asked. */
type Answer = (
  host: Host,
  prompt: { readonly name: string; readonly reasons: readonly string[] },
) => Promise<InteractionResults>

export const signsIn =
  (more: Partial<Parameters<Host['rekey']['loginResult']>[1]> = {}): Answer =>
  ({ rekey }) =>
    rekey.loginResult('ana', { authenticatedAt: clock.now(), proven: null, ...more })

export interface PageOptions extends HostOptions {
  /** Default: the password was accepted just now, for each prompt. */
  readonly answer?: Answer
  /** Ana has an authenticator, and `app` its secret. Default true. */
  readonly enrolled?: boolean
  /** The application says nothing about itself but its address. Default false. */
  readonly bareClient?: boolean
}

export interface HostWithPages extends Host {
  /** Prompts that the host's page was asked for. */
  readonly prompts: string[]
  readonly app: Authenticator
  readonly visitor: () => Visitor
  /** From the request to the application; throws at a page that is none of the known steps. */
  enter(visitor: Visitor, more?: Readonly<Record<string, string>>): Promise<Page>
  /** The page **Your security**, after the sign-in that leads there. */
  enterAccount(visitor: Visitor): Promise<Page>
  /** The claims of the ID token, and the tokens. */
  redeem(page: Page, clientId?: string): Promise<Redeemed>
  token(fields: Readonly<Record<string, string>>, clientId?: string): Promise<{ status: number; body: Tokens }>
  userinfo(accessToken: string): Promise<number>
}

interface Tokens {
  readonly id_token: string
  readonly access_token: string
  readonly refresh_token?: string
  readonly error?: string
}
export interface Redeemed extends Tokens {
  readonly claims: Readonly<Record<string, unknown>>
}

export const client = (id: string, more: object = {}): NonNullable<Configuration['clients']>[number] => ({
  client_id: id,
  client_secret: `${id}-secret`,
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  ...more,
})

export async function startHostWithPages(given: PageOptions = {}): Promise<HostWithPages> {
  const prompts: string[] = []
  const answer = given.answer ?? signsIn()
  let setUpAt = clock.now() - 60
  const host = await startHost({
    ...given,
    options: { clock: { now: () => setUpAt || clock.now() }, ...given.options },
    configuration: {
      ...given.configuration,
      clients: given.bareClient
        ? [{ client_id: 'app', client_secret: 'app-secret', redirect_uris: [redirectUri] }]
        : [client('app', { first_party: true }), ...(given.configuration?.clients ?? [])],
      interactions: { ...given.configuration?.interactions, url: (_ctx, { uid }) => `/own/${uid}` },
    },
    async pages(ctx, next, self) {
      if (!ctx.path.startsWith('/own/')) return next()
      const { prompt } = await self.provider.interactionDetails(ctx.req, ctx.res)
      prompts.push(prompt.name)
      return ctx.redirect(await self.provider.interactionResult(ctx.req, ctx.res, await answer(self, prompt)))
    },
  })
  // A factor set up in this second proves nothing yet, so it is set up in the past.
  if (given.enrolled ?? true) await host.rekey.adopt([{ id: 'ana', secret: SECRET }])
  setUpAt = 0
  const app = new Authenticator(SECRET)
  return { ...host, prompts, app, ...stepsOf(host, app), visitor: () => createVisitor(host.issuer) }
}

function stepsOf(
  host: Host,
  app: Authenticator,
): Pick<HostWithPages, 'enter' | 'enterAccount' | 'redeem' | 'token' | 'userinfo'> {
  const token: HostWithPages['token'] = async (fields, clientId = 'app') => {
    const response = await fetch(`${host.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientId}-secret`)}` },
      body: new URLSearchParams(fields),
    })
    return { status: response.status, body: (await response.json()) as Tokens }
  }
  const until = async (visitor: Visitor, first: Page, isThere: (page: Page) => boolean): Promise<Page> => {
    let page = first
    for (let step = 0; !isThere(page); step++) {
      const { status, h1, path, text } = page
      if (step > 8 || status >= 400) throw new Error(`${status} at ${path}: ${h1 ?? text}`)
      if (h1 === 'Enter your code') page = await visitor.submit(page, { code: app.next(clock.now()) })
      else if (h1 === 'Save your backup codes') page = await visitor.submit(page, { saved: 'yes' })
      else if (h1 === 'You are all set' || h1 === 'Signing you in')
        page = await visitor.go(new URL(wayOn(page)!, host.issuer).pathname)
      else throw new Error(`${path}: ${h1 ?? text}`)
    }
    return page
  }
  return {
    enter: async (visitor, more = {}) =>
      until(
        visitor,
        await visitor.go(signInRequest(more)),
        ({ location }) => location?.startsWith(redirectUri) ?? false,
      ),
    enterAccount: async (visitor) =>
      until(visitor, await visitor.go('/account'), ({ path, h1 }) => path === '/account' && h1 === 'Your security'),
    token,
    async redeem(page, clientId = 'app') {
      const code = new URL(page.location!).searchParams.get('code') ?? page.location!
      const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
      const { status, body } = await token(fields, clientId)
      if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
      const claims = Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString()
      return { ...body, claims: JSON.parse(claims) as Record<string, unknown> }
    },
    async userinfo(accessToken) {
      const { status } = await fetch(`${host.issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
      return status
    },
  }
}

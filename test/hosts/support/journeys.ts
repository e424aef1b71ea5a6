/** Both journeys and the console, from outside: over HTTP against any host, with the emails that it prints. */
import { createHash } from 'node:crypto'
import { Authenticator } from '../../support/authenticator.ts'
import { createVisitor, type Page, type Visitor, withForm } from '../../support/client.ts'
import { isElsewhere, type Person, signIn } from './signIn.ts'

export interface HostFromOutside {
  readonly issuer: string
  /** Path of the authorization endpoint. */
  readonly authorization: string
  /** What the host has printed: emails too. */
  readonly output: () => string
  readonly password: string
  /** A value of the host's own `acrValues`, which its sign-in page meets. */
  readonly acr?: string | undefined
  /** Of the authenticator that Ana had before; absent: the first sign-in sets one up. */
  readonly secret?: string | undefined
}

interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
}

const VERIFIER = 'v'.repeat(43)
const redirectUri = 'http://localhost:8080/callback'
const twoFactor = 'urn:oidc-rekey:acr:2fa'

/** @throws Error that names the step and the pages on the way there */
export async function runJourneys(host: HostFromOutside): Promise<void> {
  const origin = new URL(host.issuer).origin
  const base = new URL(host.issuer).pathname.replace(/\/$/, '')
  const visitor = (): Visitor => createVisitor(origin)
  const ana: Person = {
    email: 'ana@example.com',
    password: host.password,
    ...(host.secret === undefined ? {} : { app: new Authenticator(host.secret) }),
  }
  const admin: Person = { email: 'admin@example.com', password: host.password }
  const step = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  const enterApp = async (browser: Visitor, acr?: string): Promise<Page> =>
    signIn(browser, ana, { from: authorizationRequest(host, acr), until: isAtApplication })
  const heading = async (page: Page, wanted: string): Promise<Page> => {
    if (page.h1 === wanted) return page
    throw new Error(`${page.status} at ${page.path}: ${page.h1 ?? page.text.slice(0, 200)}, not ${wanted}`)
  }
  const reset = async (browser: Visitor): Promise<string> => {
    const before = host.output().length
    const question = await browser.go(`${base}/admin/users/ana/two-factor/reset`)
    const own = await heading(await submitWhole(question, /\/reset$/), 'Enter your own code')
    const code = admin.app?.next(Math.floor(Date.now() / 1000)) ?? ''
    const done = await submitWhole(own, /\/step-up$/, { code })
    if (!done.text.includes('2FA has been reset')) throw new Error(`${done.status}: ${done.alert ?? done.text}`)
    return emailedLink(host, before)
  }

  await step('discovery', async () => {
    const metadata = (await (await fetch(`${host.issuer}/.well-known/openid-configuration`)).json()) as Metadata
    if (metadata.issuer !== host.issuer || metadata.authorization_endpoint !== origin + host.authorization)
      throw new Error(JSON.stringify(metadata))
  })
  const browser = visitor()
  await step('first sign-in', async () => expectClaims(host, await enterApp(browser)))
  if (host.secret && ana.app?.secret !== host.secret) throw new Error('the authenticator from before was not used')
  await step('single sign-on', () => enterApp(browser))
  if (host.acr)
    await step('acr of the host', async () => expectClaims(host, await enterApp(visitor(), host.acr), host.acr))
  await step('own account', () =>
    signIn(browser, ana, { from: `${base}/account`, until: ({ h1 }) => h1 === 'Your security' }),
  )
  const desktop = visitor()
  await step('console', () =>
    signIn(desktop, admin, { from: `${base}/admin/users`, until: ({ h1 }) => h1 === 'Users' }),
  )

  const link = await step('reset', () => reset(desktop))
  await step('after a reset', async () => {
    const page = await browser.go(authorizationRequest(host))
    return isElsewhere(page) ? page : heading(page, 'Sign in')
  })
  await step('mailed link', () =>
    signIn(visitor(), ana, { from: link, until: ({ text }) => text.includes('successfully updated') }),
  )
  await step('sign-in with the new authenticator', async () => expectClaims(host, await enterApp(visitor())))

  const second = await step('second reset', () => reset(desktop))
  await step('set-up within the sign-in', async () => expectClaims(host, await enterApp(visitor())))
  await step('the link after that', async () => heading(await visitor().go(second), 'This link was already used'))
}

/** Submits one of several forms, as a browser does: with its hidden fields. */
async function submitWhole(page: Page, action: RegExp, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
  const wanted = withForm(page, action)
  const [form = ''] = page.text.slice(page.text.indexOf(wanted.form?.token ?? '')).split('</form>')
  const hidden = [...form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)]
  const values = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
  return page.visitor.submit(wanted, { ...values, ...fields })
}

const isAtApplication = ({ location }: Page): boolean => location?.startsWith(redirectUri) ?? false

const authorizationRequest = ({ authorization }: HostFromOutside, acr?: string): string =>
  `${authorization}?${new URLSearchParams({
    client_id: 'app',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...(acr === undefined ? {} : { acr_values: acr }),
  }).toString()}`

/** Redeems the code: the ID token says whose it is and how they signed in. */
async function expectClaims(
  { authorization }: HostFromOutside,
  { visitor, location }: Page,
  acr = twoFactor,
): Promise<void> {
  const code = new URL(location ?? '').searchParams.get('code') ?? ''
  const { status, text } = await visitor.post(
    authorization.replace(/auth$/, 'token'),
    { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: VERIFIER },
    { authorization: `Basic ${btoa('app:app-secret')}` },
  )
  if (status !== 200) throw new Error(`no tokens at ${location}: ${status} ${text}`)
  const { id_token: token } = JSON.parse(text) as { readonly id_token: string }
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly sub: string
    readonly acr: string
  }
  if (claims.sub !== 'ana' || claims.acr !== acr) throw new Error(`claims: ${JSON.stringify(claims)}`)
}

const DEADLINE_MS = 10_000

/** The path of the newest link among what was printed since. */
async function emailedLink({ issuer, output }: HostFromOutside, since: number): Promise<string> {
  for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline;) {
    const [link] = /^https?:\/\/\S+\/two-factor\/reset\/\S+$/m.exec(output().slice(since)) ?? []
    if (link?.startsWith(issuer)) return new URL(link).pathname
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no email with a link: ${output().slice(since)}`)
}

/** Both ways of a person through a host of any framework: the first set-up in a sign-in, and the mailed link after a reset. */
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Page, setupKeyIn, type Visitor, wayOn } from '../support/client.ts'
import { clock, type Host, password, redirectUri, signInRequest, verifier } from '../support/host.ts'

/** A browser at the issuer's origin, through the proxy where there is one. */
export const visitorOf = ({ issuer, origin }: Host): Visitor => {
  const seen = new URL(issuer).origin
  return createVisitor(seen, undefined, undefined, seen === origin ? null : origin)
}

const baseOf = ({ issuer }: Host): string => new URL(issuer).pathname.replace(/\/$/, '')

/** Throws where the page has another heading. */
function expectHeading(page: Page, heading: string): Page {
  if (page.h1 === heading) return page
  throw new Error(`${page.status} at ${page.path}, not “${heading}”: ${page.h1 ?? page.text.slice(0, 300)}`)
}

const saved = async (visitor: Visitor, codes: Page): Promise<Page> =>
  expectHeading(
    await visitor.submit(expectHeading(codes, 'Save your backup codes'), { saved: 'yes' }),
    'You are all set',
  )

export async function enrol(
  host: Host,
  visitor: Visitor,
  request = baseOf(host) + signInRequest(),
): Promise<{ readonly page: Page; readonly setUp: Page; readonly done: Page; readonly app: Authenticator }> {
  const signIn = expectHeading(await visitor.go(request), 'Sign in')
  const setUp = await visitor.submit(signIn, { email: 'ana@example.com', password })
  const app = new Authenticator(setupKeyIn(expectHeading(setUp, 'Set up your authenticator').text)[0]!)
  const done = await saved(visitor, await visitor.submit(setUp, { code: app.next(clock.now()) }))
  return { setUp, app, done, page: await resume(visitor, wayOn(done)!) }
}

async function resume(visitor: Visitor, href: string): Promise<Page> {
  const { pathname, search } = new URL(href, 'http://localhost')
  const page = await visitor.get(pathname + search)
  if (page.location?.startsWith(redirectUri)) return page
  throw new Error(`${page.status} at ${page.path}: ${page.location ?? page.h1 ?? page.text}`)
}

/** The claims of the ID token for the code in the answer to the application. */
export async function redeem(
  host: Host,
  { location, visitor }: Page,
  endpoint = `${baseOf(host)}/token`,
): Promise<Record<string, unknown>> {
  const code = new URL(location!).searchParams.get('code') ?? ''
  const { status, text } = await visitor.post(
    endpoint,
    { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier },
    { authorization: `Basic ${btoa('app:app-secret')}` },
  )
  if (status !== 200) throw new Error(`${status}: ${text}`)
  const { id_token: token } = JSON.parse(text) as { readonly id_token: string }
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

/** The page **Your security**, with the session of the sign-in before. */
export async function enterAccount(visitor: Visitor, path = '/account'): Promise<Page> {
  const page = await visitor.go(path)
  return expectHeading(page.h1 === 'Signing you in' ? await visitor.go(path) : page, 'Your security')
}

/** Ana's factor is reset, and she sets up another one by the link in her email. */
export async function followLink(host: Host, visitor: Visitor): Promise<Page> {
  const result = await host.rekey.reset({ accountId: 'ana', by: null, reason: 'phone lost' })
  if (result.is !== 'reset') throw new Error(result.refusal.is)
  await host.rekey.idle()
  const link = new URL(/^https?:\/\/\S+\/two-factor\/reset\/\S+$/m.exec(host.letters.at(-1)?.text ?? '')![0])
  if (!link.href.startsWith(host.issuer)) throw new Error(`${link.origin} is not the issuer’s`)
  const opened = await visitor.get(link.pathname)
  const setUp = await visitor.submit(expectHeading(opened, 'Reset your two-factor authentication'), {})
  const app = new Authenticator(setupKeyIn(expectHeading(setUp, 'Set up your authenticator').text)[0]!)
  return saved(visitor, await visitor.submit(setUp, { code: app.next(clock.now()) }))
}

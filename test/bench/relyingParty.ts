/** What people and applications do at one side: a sign-in from the request to a verified ID token, a refresh, a reset, and so on. */
import { createHash, randomUUID } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { answerOf, type Browser, openBrowser, type Page, wayOn } from './browser.ts'
import { PASSWORD } from './password.ts'
import { authenticators, type BenchPerson } from './people.ts'

export interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token?: string
}

export interface RelyingParty {
  /** With the set-up that a reset demands, if there was one. */
  signIn(person: BenchPerson): Promise<Tokens>
  /** With a refresh token. */
  signInOffline(person: BenchPerson): Promise<Tokens>
  /** With an access token of the management API. */
  signInToManage(person: BenchPerson): Promise<Tokens>
  refresh(tokens: Tokens): Promise<void>
  reset(actor: BenchPerson, tokens: Tokens, target: BenchPerson): Promise<void>
  list(tokens: Tokens): Promise<void>
  /** Up to the set-up page; the result shows it again. */
  openSetUp(person: BenchPerson): Promise<() => Promise<void>>
}

const redirectUri = 'https://rp.example/callback'
const isAnswer = ({ location }: Page): boolean => location?.startsWith(redirectUri) ?? false
const application = (id: string): Readonly<Record<string, unknown>> => ({
  client_id: id,
  client_secret: `secret-of-${id}-0123456789abcdefghij`,
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
})
/** For the configurations of both sides. */
export const clients = [application('app'), application('management')]

const verifier = 'v'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')

export function createRelyingParty(issuer: string, side: 'ours' | 'bare'): RelyingParty {
  const { codeOf, scan } = authenticators()
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  const api = `${issuer}/management/v1`
  const manage =
    side === 'ours'
      ? { client: 'management', resource: api, scope: 'openid users:read two-factor:reset' }
      : { client: 'management' }

  async function tokensFor(client: string, parameters: Readonly<Record<string, string>>): Promise<Tokens> {
    const body = new URLSearchParams({ ...parameters }).toString()
    const headers = {
      authorization: `Basic ${btoa(`${client}:secret-of-${client}-0123456789abcdefghij`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const { status, text } = await answerOf(`${issuer}/token`, { method: 'POST', headers, body })
    if (status !== 200) throw new Error(`no tokens: ${status} ${text}`)
    return JSON.parse(text) as Tokens
  }

  /** Enters what a page asks for. */
  async function continueFrom(page: Page, browser: Browser, person: BenchPerson): Promise<Page> {
    const next = wayOn(page)
    if (next !== null) return browser.get(new URL(next, issuer).href.slice(issuer.length))
    if (page.text.includes('name="password"')) return browser.send(page, { email: person.email, password: PASSWORD })
    const [, key] = /<output class="key"[^>]*>([A-Z2-7 ]+)</.exec(page.text) ?? []
    if (key !== undefined) scan(person, key.replaceAll(' ', ''))
    if (page.text.includes('name="code"')) return browser.send(page, { code: await codeOf(person) })
    return browser.send(page, page.text.includes('name="saved"') ? { saved: 'yes' } : {})
  }

  async function signInAt(
    person: BenchPerson,
    { client, ...more }: { readonly client: string; readonly [key: string]: string },
  ): Promise<Tokens> {
    const browser = openBrowser(issuer, person.address)
    let page = await begin(browser, client, more)
    while (!isAnswer(page)) {
      if (page.status >= 400) throw new Error(`${person.id} at ${page.path}: ${page.status} ${page.text}`)
      page = await continueFrom(page, browser, person)
    }
    const code = new URL(page.location ?? '').searchParams.get('code') ?? ''
    const tokens = await tokensFor(client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...(more['resource'] && { resource: more['resource'] }),
    })
    const { payload } = await jwtVerify(tokens.id_token, keys, { issuer, audience: client })
    if (payload.sub !== person.id) throw new Error(`signed in as ${payload.sub}, not ${person.id}`)
    return tokens
  }

  const begin = (browser: Browser, client: string, more: Readonly<Record<string, string>>): Promise<Page> => {
    const parameters = {
      client_id: client,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    }
    return browser.get(`/auth?${new URLSearchParams(parameters).toString()}`)
  }

  return {
    signIn: (person) => signInAt(person, { client: 'app' }),
    signInOffline: (person) => signInAt(person, { client: 'app', scope: 'openid offline_access', prompt: 'consent' }),
    signInToManage: (person) => signInAt(person, manage),
    async refresh({ refresh_token: token = '' }) {
      const { id_token: idToken } = await tokensFor('app', { grant_type: 'refresh_token', refresh_token: token })
      await jwtVerify(idToken, keys, { issuer, audience: 'app' })
    },
    async reset(actor, { access_token: token }, target) {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        'x-forwarded-for': actor.address,
      }
      const body = JSON.stringify({ code: await codeOf(actor) })
      const answer = await answerOf(`${api}/users/${target.id}/two-factor/resets`, { method: 'POST', headers, body })
      if (answer.status !== 201) throw new Error(`${target.id} not reset: ${answer.status} ${answer.text}`)
    },
    async list({ access_token: token }) {
      const { status, text } = await answerOf(`${api}/users?limit=25`, {
        method: 'GET',
        headers: { authorization: `Bearer ${token}` },
      })
      if (status !== 200) throw new Error(`no list: ${status} ${text}`)
    },
    async openSetUp(person) {
      const browser = openBrowser(issuer, person.address)
      let page = await begin(browser, 'app', {})
      while (!page.path.endsWith('/set-up')) page = await continueFrom(page, browser, person)
      return async () => {
        const { text, status } = await browser.get(page.path)
        // The QR code; other pages have smaller pictures.
        if (status !== 200 || !text.includes('<svg')) throw new Error(`no set-up page: ${status}`)
      }
    },
  }
}

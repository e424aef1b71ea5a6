/** A relying party and its user: the complete sign-in from the request to a verified ID token, counted. */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createVisitor, type Page, type Visitor, wayOn } from '../support/client.ts'
import { Authenticator } from '../support/authenticator.ts'
import { clock, password, redirectUri, signInRequest, verifier } from '../support/host.ts'
import { emailOf, type PageTexts } from './messages.ts'

export interface Cost {
  readonly requests: number
  /** Of all response bodies. */
  readonly bytes: number
}

export interface Signer {
  signIn(id: string): Promise<Cost>
  /** The two pages that a sign-in shows. */
  get(id: string): Promise<PageTexts>
}

const request = signInRequest()
const authorization = `Basic ${btoa('app:app-secret')}`

export function createSigner(issuer: string, secrets: Readonly<Record<string, string>>): Signer {
  const apps = new Map(Object.entries(secrets).map(([id, secret]) => [id, new Authenticator(secret)]))
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

  /** Waits for an unused step if necessary: a code works once. */
  async function codeOf(id: string): Promise<string> {
    const app = apps.get(id)
    if (!app) throw new Error(`nobody is called ${id}`)
    while (!app.hasNext(clock.now())) await new Promise((resolve) => setTimeout(resolve, 1000))
    return app.next(clock.now())
  }

  async function tokens(code: string): Promise<string> {
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      }),
    })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${text}`)
    return text
  }

  async function toCode(visitor: Visitor, id: string): Promise<{ readonly pages: Page[]; readonly code: Page }> {
    const begun = await visitor.get(request)
    const first = await visitor.get(begun.location ?? '')
    const entered = await visitor.send(first, { email: emailOf(id), password })
    const code = await visitor.get(entered.location ?? '')
    return { pages: [begun, first, entered, code], code }
  }

  return {
    async signIn(id) {
      const visitor = createVisitor(issuer)
      const { pages, code: challenge } = await toCode(visitor, id)
      let page = await visitor.send(challenge, { code: await codeOf(id) })
      pages.push(page)
      // The first time: backup codes.
      if (page.status === 303 && page.location?.endsWith('/backup-codes')) {
        page = await visitor.submit(await visitor.get(page.location), { saved: 'yes' })
        pages.push(page)
      }
      const back = await visitor.get(new URL(page.location ?? wayOn(page) ?? '', issuer).pathname)
      pages.push(back)
      const code = new URL(back.location ?? '').searchParams.get('code') ?? ''
      const text = await tokens(code)
      const { id_token: token } = JSON.parse(text) as { id_token: string }
      const { payload } = await jwtVerify(token, keys, { issuer, audience: 'app' })
      if (payload.sub !== id) throw new Error(`signed in as ${payload.sub}, not ${id}`)
      const bytes = pages.reduce((sum, item) => sum + Buffer.byteLength(item.text), Buffer.byteLength(text))
      return { requests: pages.length + 1, bytes }
    },

    async get(id) {
      const { pages, code } = await toCode(createVisitor(issuer), id)
      const shown = ({ text, form }: Page): string => text.replace(`action="${form?.action}"`, 'action="{action}"')
      const first = pages[1]
      if (!first) throw new Error('no sign-in page')
      return { password: shown(first), code: shown(code) }
    },
  }
}

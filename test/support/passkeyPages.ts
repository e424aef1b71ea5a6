/** The passkey forms of pages, answered by a software authenticator. */
import type { Page } from './client.ts'
import { isSecret } from './secrets.ts'
import { assertion, base64url, type Given, registration, type SoftwarePasskey } from './softwareAuthenticator.ts'

export type Answers = Readonly<Record<string, string>>

interface Options {
  readonly challenge: string
  readonly rpId: string
  readonly allowCredentials: readonly { readonly id: string }[]
}

const entities: Readonly<Record<string, string>> = { '&quot;': '"', '&#34;': '"', '&amp;': '&', '&#39;': "'" }

/** The value of an attribute; null: there is none. */
function attribute({ text }: Page, name: string): string | null {
  const found = new RegExp(` ${name}="([^"]*)"`).exec(text)?.[1]
  return found === undefined
    ? null
    : found.replaceAll(/&(?:quot|amp|#34|#39);/g, (entity) => entities[entity] ?? entity)
}

/** What the page asks a browser for; null: it has no form for a passkey. */
export function passkeyRequest(page: Page): Options | null {
  const request = attribute(page, 'data-request')
  return request === null ? null : (JSON.parse(request) as Options)
}

const ceremonyOf = (page: Page): string => attribute(page, 'name="ceremony" value') ?? ''

const givenAt = (page: Page, issuer: string, challenge: string): Given => {
  const { rpId } = passkeyRequest(page) ?? { rpId: '' }
  return { challenge, rpId, origin: new URL(issuer).origin }
}

/** The fields of a form that creates a passkey and uses it once. `more`: what the authenticator says instead. */
export function newPasskeyAnswers(
  page: Page,
  issuer: string,
  passkey: SoftwarePasskey,
  more: { readonly created?: Partial<Given>; readonly tried?: Partial<Given> } = {},
): Answers {
  const creation = JSON.parse(attribute(page, 'data-creation') ?? 'null') as { challenge: string } | null
  const request = passkeyRequest(page)
  if (!creation || !request) throw new Error(`no form for a new passkey on “${page.h1}” (${page.status})`)
  const created = { ...givenAt(page, issuer, creation.challenge), ...more.created }
  const tried = { ...givenAt(page, issuer, request.challenge), ...more.tried }
  isSecret('credential id', passkey.id)
  isSecret('public key', base64url(passkey.cose))
  return {
    ceremony: ceremonyOf(page),
    registration: JSON.stringify(registration(passkey, created)),
    assertion: JSON.stringify(assertion(passkey, tried)),
  }
}

/** The fields of a form that uses a passkey. */
export function passkeyAnswers(
  page: Page,
  issuer: string,
  passkey: SoftwarePasskey,
  more: Partial<Given> = {},
): Answers {
  const request = passkeyRequest(page)
  if (!request) throw new Error(`no form for a passkey on “${page.h1}” (${page.status})`)
  const given = { ...givenAt(page, issuer, request.challenge), ...more }
  return { ceremony: ceremonyOf(page), assertion: JSON.stringify(assertion(passkey, given)) }
}

/**
 * The registration of a relying party: client metadata of OpenID Connect, and three keys of this project. URIs are not normalised:
 * relying parties put queries into them (mod_auth_openidc: `…?logout=backchannel`).
 */
import { z } from 'zod'
import { isLoopback } from '../../options.ts'
import { managementScopes, readScopes, restrictedClaims } from '../../ports.ts'

// Authlib 1.2 and LemonLDAP::NG put id and secret into Basic unencoded: a secret with `: + / %` would not survive them.
const plainWord = (what: string) => z.string().regex(/^[\w-]{1,255}$/, `${what} may hold A-Z a-z 0-9 - _ only`)

const absolute = z
  .string()
  .refine((text) => URL.canParse(text) && !/[\s#]/.test(text), 'must be an absolute URL without a fragment')
/** Compared with the request character by character. @see RFC 9700 §2.1 */
const compared = absolute.refine((text) => !URL.parse(text)?.host.includes('*'), 'is compared exactly: no * in a host')
/** As browsers send it. Pages of applications in a WebView have schemes such as capacitor: or tauri:; "null" is anyone's. */
const origin = z
  .string()
  .refine(
    (text) => /^[a-z][a-z0-9+.-]*:\/\/[^/?#@*\s]+$/.test(text) && originOf(text) === text,
    'must be an origin: scheme://host, with a port where it is not that of the scheme, in lower case, without a path',
  )
const seconds = z.int().min(0).max(31_536_000)

/** Of a scheme without a standard the whole text is compared. */
function originOf(text: string): string | null {
  const url = URL.parse(text)
  if (!url) return null
  return url.origin === 'null' ? text.toLowerCase() : url.origin
}

/** Every key of one client; an unknown one is refused. */
export const clientKeys = z.strictObject({
  client_id: plainWord('a client id'),
  client_secret: plainWord('a client secret').optional(),
  /** Counts beside `client_secret` until the application has the new one. */
  previous_client_secret: plainWord('a client secret').optional(),
  client_name: z.string().min(1).max(100).optional(),
  application_type: z.enum(['web', 'native']).optional(),
  redirect_uris: z.array(compared).default([]),
  post_logout_redirect_uris: z.array(compared).default([]),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token', 'client_credentials']))
    .min(1)
    .default(['authorization_code']),
  response_types: z.array(z.literal('code', 'is the code flow only: code')).optional(),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
    .default('client_secret_basic'),
  token_endpoint_auth_signing_alg: z.enum(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']).optional(),
  scope: z.string().optional(),
  subject_type: z.literal('public', 'public is the only one available').optional(),
  id_token_signed_response_alg: z.enum(['RS256', 'PS256', 'ES256', 'EdDSA']).optional(),
  default_max_age: seconds.optional(),
  default_acr_values: z.array(z.string()).optional(),
  require_auth_time: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  backchannel_logout_uri: absolute.optional(),
  backchannel_logout_session_required: z.boolean().optional(),
  initiate_login_uri: absolute.optional(),
  client_uri: absolute.optional(),
  logo_uri: absolute.optional(),
  policy_uri: absolute.optional(),
  tos_uri: absolute.optional(),
  contacts: z.array(z.string()).optional(),
  jwks: z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) }).optional(),
  jwks_uri: absolute.optional(),
  /** `acr_values` that are unknown here are ignored; an essential acr is not. */
  ignore_unknown_acr: z.boolean().optional(),
  /** No consent page: the client belongs to the operator. */
  first_party: z.boolean().default(false),
  /** Scopes of the management API it may ask for. */
  management_scopes: z.array(z.enum(managementScopes)).default([]),
  /** Claims that it may have beside the usual ones. */
  claims: z.array(z.enum(restrictedClaims)).default([]),
  /** Resources whose tokens it may introspect. */
  introspects: z.array(absolute).default([]),
  /** Origins of pages that call the provider for it, beside those of its redirect URIs. */
  origins: z.array(origin).default([]),
})

export type Client = Readonly<z.infer<typeof clientKeys>>

/** Rules between the keys of one client. */
export const client = clientKeys.superRefine((item, check) => {
  const fault = (key: keyof Client, message: string) => check.addIssue({ code: 'custom', path: [key], message })
  const usesSecret = item.token_endpoint_auth_method.startsWith('client_secret')
  if (usesSecret && !item.client_secret) {
    fault('client_secret', 'is required, or say token_endpoint_auth_method: none for a public client')
  }
  if (!usesSecret && item.client_secret) fault('client_secret', `has no use with ${item.token_endpoint_auth_method}`)
  if (item.previous_client_secret && !item.client_secret)
    fault('previous_client_secret', 'has no use without client_secret, the new one')
  if (item.previous_client_secret && item.previous_client_secret === item.client_secret)
    fault('previous_client_secret', 'must differ from client_secret')
  if (item.token_endpoint_auth_method === 'private_key_jwt' && !item.jwks && !item.jwks_uri) {
    fault('jwks', 'jwks or jwks_uri is required with private_key_jwt')
  }
  for (const [key, message] of flowFaults(item)) fault(key, message)
})

/** The library adds and removes grant types in silence; a client that was written down otherwise would fail at every request. */
function* flowFaults(item: Client): Iterable<readonly [key: keyof Client, message: string]> {
  const { grant_types: grants, response_types: types, token_endpoint_auth_method: method } = item
  const hasCode = grants.includes('authorization_code')
  if (hasCode && item.redirect_uris.length === 0) yield ['redirect_uris', 'at least one is required']
  if (hasCode && types?.length === 0) yield ['response_types', 'must be [code] with authorization_code']
  if (!hasCode && types && types.length > 0)
    yield ['response_types', 'code needs authorization_code among the grant_types']
  if (!hasCode && grants.includes('refresh_token'))
    yield ['grant_types', 'refresh_token needs authorization_code, which issues the first one']
  if (method === 'none' && item.introspects.length > 0)
    yield ['introspects', 'a public client cannot prove who it is, so it may not introspect']
  if (!grants.includes('client_credentials')) return
  if (method === 'none') yield ['grant_types', 'a public client cannot use client_credentials']
  // A leaked machine key must not remove second factors, so it has no scope that changes anything.
  const writing = item.management_scopes.filter((scope) => !readScopes.includes(scope))
  if (writing.length > 0) yield ['management_scopes', `a machine may only read, not ${writing.join(', ')}`]
}

const redirectKeys = ['redirect_uris', 'post_logout_redirect_uris'] as const
const requestKeys = ['backchannel_logout_uri', 'initiate_login_uri', 'jwks_uri'] as const

/** URIs of the client that must not be used, as [key, what]. */
export function uriFaults(item: Client, allowPlainHttp: boolean): [key: string, what: string][] {
  const isNative = item.application_type === 'native'
  // A page of plain http may be anyone's on the way.
  const plain = item.origins.filter((uri) => uri.startsWith('http:') && faultOf(new URL(uri), null, allowPlainHttp))
  const ofOrigins = plain.map((uri): [string, string] => [
    'origins',
    `must be https or loopback, is ${JSON.stringify(uri)}`,
  ])
  const ofUris = [...redirectKeys, ...requestKeys].flatMap((key) =>
    [item[key] ?? []].flat().flatMap((uri): [string, string][] => {
      const ofRedirect = redirectKeys.some((name) => name === key) ? (isNative ? 'native' : 'web') : null
      const url = new URL(uri)
      // The password is not repeated.
      if (ofRedirect === null && `${url.username}${url.password}` !== '') return [[key, USER_FAULT]]
      const what = faultOf(url, ofRedirect, allowPlainHttp)
      return what === null ? [] : [[key, `${what}, is ${JSON.stringify(uri)}`]]
    }),
  )
  return [...ofUris, ...ofOrigins]
}

/** `fetch` refuses such an address, so that each request would fail. @see RFC 9110 §4.2.4 */
const USER_FAULT = 'has a user and a password, which are not sent'

/** @param kind of the application that is redirected to; null: it is not a redirect */
function faultOf({ protocol, hostname }: URL, kind: 'native' | 'web' | null, allowPlainHttp: boolean): string | null {
  if (protocol === 'https:') return null
  if (protocol === 'http:') return allowPlainHttp || isLoopback(hostname) ? null : 'must be https or loopback'
  if (kind === null) return 'must be https or loopback'
  if (kind === 'web') return 'must be https or loopback; a scheme of its own takes application_type: native'
  // Two applications may have the same short scheme, and the second one would get the code.
  return protocol.includes('.')
    ? null
    : 'its scheme must be a domain name in reverse, such as com.example.app:/callback (RFC 8252 §7.1)'
}

/**
 * The registration of a relying party: client metadata of OpenID Connect, and three keys of this project. URIs are not normalised:
 * relying parties put queries into them (mod_auth_openidc: `…?logout=backchannel`).
 */
import { z } from 'zod'
import { isLoopback } from '../../options.ts'
import { managementScopes, readScopes } from '../../ports.ts'

// Authlib 1.2 and LemonLDAP::NG put id and secret into Basic unencoded: a secret with `: + / %` would not survive them.
const plainWord = (what: string) => z.string().regex(/^[\w-]{1,255}$/, `${what} may hold A-Z a-z 0-9 - _ only`)

const absolute = z
  .string()
  .refine((text) => URL.canParse(text) && !text.includes('#'), 'must be an absolute URL without a fragment')
const seconds = z.int().min(0).max(31_536_000)

/** Every key of one client; an unknown one is refused. */
export const clientKeys = z.strictObject({
  client_id: plainWord('a client id'),
  client_secret: plainWord('a client secret').optional(),
  client_name: z.string().min(1).max(100).optional(),
  application_type: z.enum(['web', 'native']).optional(),
  redirect_uris: z.array(absolute).default([]),
  post_logout_redirect_uris: z.array(absolute).default([]),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token', 'client_credentials']))
    .min(1)
    .default(['authorization_code']),
  response_types: z.array(z.literal('code', 'is the code flow only: code')).optional(),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
    .default('client_secret_basic'),
  token_endpoint_auth_signing_alg: z.string().optional(),
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
  /** No consent page: the client belongs to the operator. */
  first_party: z.boolean().default(false),
  /** Scopes of the management API it may ask for. */
  management_scopes: z.array(z.enum(managementScopes)).default([]),
  /** Resources whose tokens it may introspect. */
  introspects: z.array(absolute).default([]),
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
  if (item.token_endpoint_auth_method === 'private_key_jwt' && !item.jwks && !item.jwks_uri) {
    fault('jwks', 'jwks or jwks_uri is required with private_key_jwt')
  }
  if (item.grant_types.includes('authorization_code') && item.redirect_uris.length === 0) {
    fault('redirect_uris', 'at least one is required')
  }
  if (!item.grant_types.includes('client_credentials')) return
  if (item.token_endpoint_auth_method === 'none') fault('grant_types', 'a public client cannot use client_credentials')
  // A leaked machine key must not remove second factors, so it has no scope that changes anything.
  const writing = item.management_scopes.filter((scope) => !readScopes.includes(scope))
  if (writing.length > 0) fault('management_scopes', `a machine may only read, not ${writing.join(', ')}`)
})

const uriKeys = [
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'initiate_login_uri',
  'jwks_uri',
] as const

/** URIs of the client that travel unencrypted over a network, as [key, uri]. */
export function plainUris(item: Client): [string, string][] {
  const all = uriKeys.flatMap((key) => [item[key] ?? []].flat().map((uri): [string, string] => [key, uri]))
  return all.filter(([, uri]) => !isSafeUri(new URL(uri), item.application_type === 'native'))
}

function isSafeUri(url: URL, native: boolean): boolean {
  if (url.protocol === 'https:') return true
  if (url.protocol === 'http:') return isLoopback(url.hostname)
  return native && url.protocol.includes('.') // RFC 8252 §7.1: private-use schemes are reverse domain names
}

/**
 * A logout request may have been valid when the application stored its address: keys are replaced, applications removed. What is not
 * proven is left out, and the person is asked, instead of an error with the session still alive. @see RP-Initiated Logout 1.0 §2–§4
 */
import { decodeJwt } from 'jose'
import { type Client, errors, type Provider } from 'oidc-provider'
import { outageOf } from './outage.ts'
import { StoreUnavailable } from '../errors.ts'
import type { ClientSession } from './sessions.ts'

export interface LogoutRequest {
  /** Those that count, each once. */
  readonly parameters: Readonly<Record<string, string>>
  /** The session that a valid `id_token_hint` is of; null: there is none. */
  readonly hinted: ClientSession | null
}

type Given = Readonly<Record<string, string | readonly string[] | undefined>>

/** Parameters that are about no application. */
const OF_PERSON = ['ui_locales', 'logout_hint']

export async function judgeLogout(provider: Provider, given: Given): Promise<LogoutRequest> {
  const read = (name: string): string | undefined => {
    const value = given[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const kept = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.flatMap((name) => (read(name) === undefined ? [] : [[name, read(name) ?? '']])))
  const parameters = kept(OF_PERSON)
  const { id_token_hint: token, client_id: named } = given
  const hinted = token === undefined || token === '' ? null : await readIdToken(provider, token)
  if (token && !hinted) return { parameters, hinted: null }
  if (Array.isArray(named) || (hinted && named && named !== hinted.clientId)) return { parameters, hinted: null }
  const client = await clientOf(provider, hinted?.clientId ?? read('client_id'))
  if (!client) return { parameters, hinted: null }
  const back = read('post_logout_redirect_uri')
  const isRegistered = back !== undefined && client.postLogoutRedirectUriAllowed(back)
  const names = ['client_id', 'id_token_hint', ...(isRegistered ? ['post_logout_redirect_uri', 'state'] : [])]
  return { parameters: { ...parameters, ...kept(names), client_id: client.clientId }, hinted }
}

/** null: not a valid ID token of this provider. An expired one is valid here. */
async function readIdToken(provider: Provider, token: unknown): Promise<ClientSession | null> {
  if (typeof token !== 'string') return null
  try {
    const { aud, sub, sid, auth_time: at } = decodeJwt(token)
    const client = await clientOf(provider, aud)
    if (!client || sub === undefined) return null
    await provider.IdToken.validate(token, client)
    const { clientId } = client
    return {
      accountId: sub,
      clientId,
      sid: typeof sid === 'string' ? sid : null,
      signedInAt: typeof at === 'number' ? at : null,
    }
  } catch (error) {
    const outage = outageOf(error)
    if (outage instanceof StoreUnavailable) throw outage
    return null
  }
}

/** An adapter may hold a client that this configuration refuses. */
async function clientOf(provider: Provider, id: unknown): Promise<Client | null> {
  if (typeof id !== 'string') return null
  try {
    return (await provider.Client.find(id)) ?? null
  } catch (error) {
    if (error instanceof errors.InvalidClientMetadata || error instanceof errors.InvalidClient) return null
    throw error
  }
}

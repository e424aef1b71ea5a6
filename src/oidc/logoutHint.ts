/** `id_token_hint` of a logout request. @see OpenID Connect RP-Initiated Logout 1.0 §2 */
import { decodeJwt } from 'jose'
import type { Provider } from 'oidc-provider'
import { StoreUnavailable } from '../errors.ts'
import { outageOf } from './outage.ts'
import type { ClientSession } from './sessions.ts'

export interface LogoutHint {
  readonly clientId: string
  /** null: it has no `sid`. */
  readonly session: ClientSession | null
}

/** null: not a valid ID token of this provider. An expired one is valid here. */
export async function readLogoutHint(provider: Provider, hint: string): Promise<LogoutHint | null> {
  try {
    const { aud, sub, sid } = decodeJwt(hint)
    const client = typeof aud === 'string' ? await provider.Client.find(aud) : undefined
    if (!client) return null
    await provider.IdToken.validate(hint, client)
    const { clientId } = client
    const session = sub !== undefined && typeof sid === 'string' ? { accountId: sub, clientId, sid } : null
    return { clientId, session }
  } catch (error) {
    const outage = outageOf(error)
    if (outage instanceof StoreUnavailable) throw outage
    return null
  }
}

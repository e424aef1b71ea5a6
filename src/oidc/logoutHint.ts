/** The ID token that an application sends along when it signs a person out. @see OpenID Connect RP-Initiated Logout 1.0 §2 */
import { decodeJwt } from 'jose'
import type { Provider } from 'oidc-provider'
import { StoreUnavailable } from '../errors.ts'
import { outageOf } from './outage.ts'
import type { ClientSession } from './sessions.ts'

export interface LogoutHint {
  /** The client that it was issued to. */
  readonly clientId: string
  /** The session that it names; null: this client's ID tokens name none. */
  readonly session: ClientSession | null
}

/** What a valid hint names; null: it is none of ours, or not valid. An expired one still names its session. */
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

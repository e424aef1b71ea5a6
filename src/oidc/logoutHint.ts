/** The ID token that an application sends along when it signs somebody out. */
import { decodeJwt } from 'jose'
import type { Provider } from 'oidc-provider'

/** The client that a valid hint was issued to; null: it is none of ours, or not valid. An expired one still tells. */
export async function clientOfIdToken(provider: Provider, hint: string): Promise<string | null> {
  try {
    const { aud } = decodeJwt(hint)
    const client = typeof aud === 'string' ? await provider.Client.find(aud) : undefined
    if (!client) return null
    await provider.IdToken.validate(hint, client)
    return client.clientId
  } catch {
    return null
  }
}

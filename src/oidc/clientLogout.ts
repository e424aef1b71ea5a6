/** Back-channel logout: notifies relying parties that a session ended. @see OpenID Connect Back-Channel Logout 1.0 */
import type { Client, Provider } from 'oidc-provider'
import { requestFailure, type RequestFailure } from '../outgoing/failure.ts'
import { backchannelLogout } from './internals.ts'
import type { SessionRow } from './rows.ts'

export type LogoutOutcome =
  { readonly is: 'none' } | { readonly is: 'delivered' } | { readonly is: 'failed'; readonly why: RequestFailure }

export interface EndedAtClients {
  readonly accountId: string
  /** Of the session row: by client id. */
  readonly authorizations: SessionRow['authorizations']
}

export interface ClientLogout {
  /** undefined: unknown client, or its metadata cannot be read. */
  clientOf(clientId: string): Promise<Client | undefined>
  /** Sends one logout token to each client of a session; never throws. Outcomes by client id. */
  send(session: EndedAtClients): Promise<ReadonlyMap<string, LogoutOutcome>>
}

/** For the log: an application did not take its logout token. */
export const notTaken = (clientId: string, error: unknown): string =>
  `back-channel logout at ${clientId}: ${requestFailure(error)}`

export function createClientLogout(
  provider: () => Provider,
  onError: (error: unknown, doing: string) => void,
): ClientLogout {
  const clientOf = (clientId: string): Promise<Client | undefined> =>
    provider()
      .Client.find(clientId)
      .catch(() => undefined)

  async function sendTo(clientId: string, accountId: string, sid: string | undefined): Promise<LogoutOutcome> {
    try {
      const client = await clientOf(clientId)
      if (!client?.backchannelLogoutUri) return { is: 'none' }
      await backchannelLogout(client, accountId, sid)
      return { is: 'delivered' }
    } catch (error) {
      const why = requestFailure(error)
      onError(error, notTaken(clientId, error))
      return { is: 'failed', why }
    }
  }

  return {
    clientOf,
    async send({ accountId, authorizations = {} }) {
      const outcomes = Object.entries(authorizations).map(
        async ([clientId, { sid }]) => [clientId, await sendTo(clientId, accountId, sid)] as const,
      )
      return new Map(await Promise.all(outcomes))
    },
  }
}

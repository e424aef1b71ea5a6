/** Where an account is signed in, and the end of one of these sessions. Sessions of an older epoch have ended and are not listed. */
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Clock } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'
import { ENDED_SESSION } from './adapter.ts'
import { type Device, readDevice } from '../core/device.ts'
import type { ClientLogout } from './clientLogout.ts'
import { endGrantsOfSession } from './endGrants.ts'
import { allRowsOf, epochOf, type SessionRow } from './rows.ts'

export interface LiveSession {
  readonly uid: string
  /** When its password was checked. Epoch seconds. */
  readonly signedInAt: number
  /** The device of that sign-in. */
  readonly device: Device
  /** The applications it was used at, by name. */
  readonly applications: readonly string[]
}

export interface Sessions {
  /** Newest first. */
  list(accountId: string, epoch: number): Promise<LiveSession[]>
  /** Whether the account has it. */
  has(accountId: string, uid: string): Promise<boolean>
  /** Ends it with everything that it allowed; false: the account has no such session (any more). */
  end(accountId: string, uid: string): Promise<boolean>
  /** The account that is signed in in this browser, whatever the request is for; null: none. Changes nothing. */
  here(ctx: Context): Promise<string | null>
  /** The address of the sign-out page. */
  endUrl(): string
  /** What an application calls itself. */
  nameOf(clientId: string): Promise<string>
}

/** Longer than any request that began in a session before it ended. Seconds. */
const UNDER_WAY_SECONDS = 600

export interface SessionsOptions {
  readonly artefacts: Artefacts
  readonly clock: Clock
  readonly provider: () => Provider
  readonly clientLogout: ClientLogout
}

export function createSessions({ artefacts, clock, provider, clientLogout }: SessionsOptions): Sessions {
  async function rowOf(accountId: string, uid: string): Promise<SessionRow | null> {
    const found = await artefacts.get('Session', uid)
    const row = found && (JSON.parse(found.text) as SessionRow)
    return row?.accountId === accountId ? row : null
  }

  const nameOf = async (id: string): Promise<string> => (await clientLogout.clientOf(id))?.clientName ?? id

  async function liveSession(uid: string, row: SessionRow): Promise<LiveSession> {
    const names = await Promise.all(Object.keys(row.authorizations ?? {}).map(nameOf))
    const applications = [...new Set(names)].sort((a, b) => a.localeCompare(b))
    return { uid, signedInAt: row.loginTs ?? 0, device: readDevice(row.device), applications }
  }

  return {
    nameOf,

    async here(ctx) {
      const { accountId } = await provider().Session.get(ctx)
      return accountId ?? null
    },

    endUrl: () => provider().urlFor('end_session'),

    async list(accountId, epoch) {
      const rows = await allRowsOf(artefacts, 'Session', accountId)
      const live = rows.filter(({ row }) => epochOf(row) === epoch).map(({ id, row }) => liveSession(id, row))
      return (await Promise.all(live)).sort((a, b) => b.signedInAt - a.signedInAt)
    },

    has: async (accountId, uid) => (await rowOf(accountId, uid)) !== null,

    async end(accountId, uid) {
      const row = await rowOf(accountId, uid)
      if (!row) return false
      const { authorizations } = row
      await artefacts.put(ENDED_SESSION, uid, '', { expiresAt: clock.now() + UNDER_WAY_SECONDS })
      const remembered = Object.values(authorizations ?? {}).flatMap(({ grantId }) => grantId ?? [])
      // Before its row goes: after an outage in between the session can still be found, and be ended again.
      await endGrantsOfSession(artefacts, { accountId, uid, remembered })
      if (!(await artefacts.delete('Session', uid))) return false
      // Not awaited: an application may be slow to take its logout token.
      void clientLogout.send({ accountId, authorizations })
      return true
    },
  }
}

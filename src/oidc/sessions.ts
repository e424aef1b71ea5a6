/** Where an account is signed in, and the end of one of these sessions. Sessions of an older epoch have ended and are not listed. */
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Clock } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'
import { ENDED_SESSION } from './adapter.ts'
import { type Device, readDevice } from '../core/device.ts'
import type { ClientLogout } from './clientLogout.ts'
import { endGrant, endGrantsOfSession } from './endGrants.ts'
import { allRowsOf, epochOf, type Found, type SessionRow } from './rows.ts'

export interface LiveSession {
  readonly uid: string
  /** When its password was checked. Epoch seconds. */
  readonly signedInAt: number
  /** The device of that sign-in. */
  readonly device: Device
  /** The applications it was used at, by name. */
  readonly applications: readonly string[]
}

/** How a client names a session: by the `sid` in its ID token. */
export interface ClientSession {
  readonly accountId: string
  readonly clientId: string
  readonly sid: string
}

export interface Sessions {
  /** Newest first. */
  list(accountId: string, epoch: number): Promise<LiveSession[]>
  /** Whether the account has it. */
  has(accountId: string, uid: string): Promise<boolean>
  /** Ends it with everything that it allowed; false: the account has no such session (any more). */
  end(accountId: string, uid: string): Promise<boolean>
  /** Signs out of it as the sign-out page does: what was allowed for offline access remains. Its `uid`; null: there is none. */
  signOut(named: ClientSession): Promise<string | null>
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

export function createSessions(options: SessionsOptions): Sessions {
  const { artefacts, provider, clientLogout } = options
  const nameOf = async (id: string): Promise<string> => (await clientLogout.clientOf(id))?.clientName ?? id

  async function liveSession({ id: uid, row }: SessionFound): Promise<LiveSession> {
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
      const live = rows.filter(({ row }) => epochOf(row) === epoch).map(liveSession)
      return (await Promise.all(live)).sort((a, b) => b.signedInAt - a.signedInAt)
    },

    has: async (accountId, uid) => (await find(artefacts, accountId, uid)) !== null,

    async end(accountId, uid) {
      const found = await find(artefacts, accountId, uid)
      if (!found) return false
      const remembered = authorizationsOf(found).flatMap(({ grantId }) => grantId ?? [])
      return remove(options, found, () => endGrantsOfSession(artefacts, { accountId, uid, remembered }))
    },

    async signOut({ accountId, clientId, sid }) {
      const rows = await allRowsOf(artefacts, 'Session', accountId)
      const found = rows.find(({ row }) => row.authorizations?.[clientId]?.sid === sid)
      // Asked of the provider too, where a session of an older epoch is absent.
      if (!found || !(await provider().Session.findByUid(found.id))) return null
      const ended = authorizationsOf(found).flatMap(({ grantId, persistsLogout }) =>
        persistsLogout ? [] : (grantId ?? []),
      )
      const isEnded = await remove(options, found, () => Promise.all(ended.map((id) => endGrant(artefacts, id))))
      return isEnded ? found.id : null
    },
  }
}

type SessionFound = Found<SessionRow>

const authorizationsOf = ({ row }: SessionFound) => Object.values(row.authorizations ?? {})

async function find(artefacts: Artefacts, accountId: string, uid: string): Promise<SessionFound | null> {
  const found = await artefacts.get('Session', uid)
  const row = found && (JSON.parse(found.text) as SessionRow)
  return row?.accountId === accountId ? { id: uid, row } : null
}

async function remove(
  { artefacts, clock, clientLogout }: SessionsOptions,
  { id: uid, row: { accountId = '', authorizations } }: SessionFound,
  endGrants: () => Promise<unknown>,
): Promise<boolean> {
  await artefacts.put(ENDED_SESSION, uid, '', { expiresAt: clock.now() + UNDER_WAY_SECONDS })
  // Before its row goes: after an outage in between the session can still be found, and be ended again.
  await endGrants()
  if (!(await artefacts.delete('Session', uid))) return false
  // Not awaited: an application may be slow to take its logout token.
  void clientLogout.send({ accountId, authorizations })
  return true
}

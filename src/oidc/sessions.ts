/** Sessions of an account. Those of an older epoch have ended and are not listed. */
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Clock } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'
import { ENDED_SESSION } from './adapter.ts'
import { type Device, readDevice } from '../core/device.ts'
import type { ClientLogout } from './clientLogout.ts'
import { endGrantsOfSession } from './endGrants.ts'
import { type AccountRows, epochOf, firstOf, type Found, listOf, type SessionRow } from './rows.ts'

export interface LiveSession {
  readonly uid: string
  /** Time of the password check. Epoch seconds. */
  readonly signedInAt: number
  readonly device: Device
  /** Names of the applications in it. */
  readonly applications: readonly string[]
}

/** A session as named by a client's ID token: by its `sid`, else by the time of its sign-in. */
export interface ClientSession {
  readonly accountId: string
  readonly clientId: string
  readonly sid: string | null
  /** `auth_time`. */
  readonly signedInAt: number | null
}

export interface Sessions {
  /** Newest first. */
  list(accountId: string, epoch: number): Promise<LiveSession[]>
  has(accountId: string, uid: string): Promise<boolean>
  /** Ends it with all its grants; false: the account has no such session. */
  end(accountId: string, uid: string): Promise<boolean>
  /**
   * Ends it as the sign-out page does: grants with `offline_access` remain. Its `uid`; null: there is none.
   * @param only ends it only if it has this `uid`
   */
  signOut(named: ClientSession, only?: string): Promise<string | null>
  /** This browser's session; null: none. Changes nothing. */
  here(ctx: Context): Promise<{ readonly uid: string; readonly accountId: string } | null>
  /** The address of the sign-out page. */
  endUrl(): string
  /** `client_name`, else the id. */
  nameOf(clientId: string): Promise<string>
}

/** Longer than any request that began before its session ended. Seconds. */
const UNDER_WAY_SECONDS = 600

export interface SessionsOptions {
  readonly artefacts: Artefacts
  readonly rows: () => AccountRows
  readonly clock: Clock
  readonly provider: () => Provider
  /** URL of a route of the provider. */
  readonly urlFor: (route: string) => string
  readonly clientLogout: ClientLogout
}

export function createSessions(options: SessionsOptions): Sessions {
  const { rows, provider, urlFor, clientLogout } = options
  const nameOf = async (id: string): Promise<string> => (await clientLogout.clientOf(id))?.clientName ?? id

  async function liveSession({ id: uid, row }: SessionFound): Promise<LiveSession> {
    const names = await Promise.all(Object.keys(row.authorizations ?? {}).map(nameOf))
    const applications = [...new Set(names)].sort((a, b) => a.localeCompare(b))
    return { uid, signedInAt: row.loginTs ?? 0, device: readDevice(row.device), applications }
  }

  return {
    nameOf,

    async here(ctx) {
      const { uid, accountId } = await provider().Session.get(ctx)
      return accountId === undefined ? null : { uid, accountId }
    },

    endUrl: () => urlFor('end_session'),

    async list(accountId, epoch) {
      const found = await listOf(firstOf(rows().present('Session', accountId)))
      const live = found.filter(({ row }) => epochOf(row) === epoch).map(liveSession)
      return (await Promise.all(live)).sort((a, b) => b.signedInAt - a.signedInAt)
    },

    has: async (accountId, uid) => (await rows().session(accountId, uid)) !== null,

    async end(accountId, uid) {
      const found = await rows().session(accountId, uid)
      if (!found) return false
      const remembered = authorizationsOf(found).flatMap(({ grantId }) => grantId ?? [])
      return remove(options, found, () => endGrantsOfSession(rows(), { accountId, uid, remembered }))
    },

    async signOut(named, only) {
      const all = await listOf(rows().all('Session', named.accountId))
      const found = all.find(({ row }) => isNamed(row, named))
      if (only !== undefined && found?.id !== only) return null
      // The provider's read passes the epoch filter.
      if (!found || !(await provider().Session.findByUid(found.id))) return null
      const ended = authorizationsOf(found).flatMap(({ grantId, persistsLogout }) =>
        persistsLogout ? [] : (grantId ?? []),
      )
      const isEnded = await remove(options, found, () => Promise.all(ended.map((id) => rows().endGrant(id))))
      return isEnded ? found.id : null
    },
  }
}

function isNamed({ authorizations, loginTs }: SessionRow, { clientId, sid, signedInAt }: ClientSession): boolean {
  const authorization = authorizations?.[clientId]
  if (!authorization) return false
  return sid === null ? signedInAt !== null && loginTs === signedInAt : authorization.sid === sid
}

type SessionFound = Found<SessionRow>

const authorizationsOf = ({ row }: SessionFound) => Object.values(row.authorizations ?? {})

async function remove(
  { artefacts, rows, clock, clientLogout }: SessionsOptions,
  { id: uid, row: { accountId = '', authorizations } }: SessionFound,
  endGrants: () => Promise<unknown>,
): Promise<boolean> {
  await artefacts.put(ENDED_SESSION, uid, '', { expiresAt: clock.now() + UNDER_WAY_SECONDS })
  // Before the row is deleted: after an outage in between the session is still found and can be ended again.
  await endGrants()
  if (!(await rows().endSession(uid))) return false
  // Not awaited: a relying party may be slow to accept its logout token.
  void clientLogout.send({ accountId, authorizations })
  return true
}

/** Where an account is signed in, and the end of one of these sessions. Of the current epoch only: an older one is no session any more. */
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Clock } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'
import { ENDED_SESSION } from './adapter.ts'
import { type Device, readDevice } from '../core/device.ts'
import { endGrantsOfSession } from './endGrants.ts'
import { backchannelLogout } from './internals.ts'
import { readStamp } from './stamp.ts'

export interface LiveSession {
  readonly uid: string
  /** When its password was checked. Epoch seconds. */
  readonly signedInAt: number
  /** Where that was. */
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
  /** Who is signed in in this browser, whatever is asked of us; null: nobody. Changes nothing. */
  here(ctx: Context): Promise<string | null>
  /** Where whoever is signed in in a browser signs out. */
  endUrl(): string
  /** What an application calls itself. */
  nameOf(clientId: string): Promise<string>
}

/** Longer than any request that began in a session before it ended. Seconds. */
const UNDER_WAY_SECONDS = 600

/** Rows read at a time. */
const PAGE = 200

interface Row {
  readonly accountId?: string
  readonly loginTs?: number
  readonly twoFactor?: unknown
  readonly device?: unknown
  readonly authorizations?: Readonly<Record<string, { readonly sid?: string; readonly grantId?: string }>>
}

export function createSessions(
  artefacts: Artefacts,
  clock: Clock,
  provider: () => Provider,
  onError: (error: unknown, doing: string) => void,
): Sessions {
  const clientOf = (id: string) =>
    provider()
      .Client.find(id)
      .catch(() => undefined)

  async function rowsOf(accountId: string, after = ''): Promise<{ readonly uid: string; readonly row: Row }[]> {
    const page = await artefacts.ofAccount('Session', accountId, after, PAGE)
    const rows = page.map(({ id, text }) => ({ uid: id, row: JSON.parse(text) as Row }))
    const last = rows.at(-1)
    return last && page.length === PAGE ? [...rows, ...(await rowsOf(accountId, last.uid))] : rows
  }

  async function rowOf(accountId: string, uid: string): Promise<Row | null> {
    const found = await artefacts.get('Session', uid)
    const row = found && (JSON.parse(found.text) as Row)
    return row?.accountId === accountId ? row : null
  }

  async function nameOf(id: string): Promise<string> {
    return (await clientOf(id))?.clientName ?? id
  }

  async function leave(accountId: string, clientId: string, sid: string | undefined): Promise<void> {
    const client = await clientOf(clientId)
    if (!client?.backchannelLogoutUri) return
    await backchannelLogout(client, accountId, sid).catch((error: unknown) =>
      onError(error, `back-channel logout at ${clientId}`),
    )
  }

  return {
    nameOf,

    async here(ctx) {
      const { accountId } = await provider().Session.get(ctx)
      return accountId ?? null
    },

    endUrl: () => provider().urlFor('end_session'),

    async list(accountId, epoch) {
      const live = (await rowsOf(accountId)).filter(({ row }) => readStamp(row.twoFactor)?.epoch === epoch)
      const sessions = live.map(async ({ uid, row }): Promise<LiveSession> => {
        const names = await Promise.all(Object.keys(row.authorizations ?? {}).map(nameOf))
        const applications = [...new Set(names)].sort((a, b) => a.localeCompare(b))
        return { uid, signedInAt: row.loginTs ?? 0, device: readDevice(row.device), applications }
      })
      return (await Promise.all(sessions)).sort((a, b) => b.signedInAt - a.signedInAt)
    },

    has: async (accountId, uid) => (await rowOf(accountId, uid)) !== null,

    async end(accountId, uid) {
      const row = await rowOf(accountId, uid)
      if (!row) return false
      await artefacts.put(ENDED_SESSION, uid, '', { expiresAt: clock.now() + UNDER_WAY_SECONDS })
      const left = Object.entries(row.authorizations ?? {})
      const remembered = left.flatMap(([, { grantId }]) => grantId ?? [])
      // Before its row goes: after an outage in between the session can still be found, and be ended again.
      await endGrantsOfSession(artefacts, accountId, uid, remembered)
      if (!(await artefacts.delete('Session', uid))) return false
      // Nobody waits for an application that is slow to hear of it.
      for (const [clientId, { sid }] of left)
        leave(accountId, clientId, sid).catch((error: unknown) => onError(error, `leaving ${clientId}`))
      return true
    },
  }
}

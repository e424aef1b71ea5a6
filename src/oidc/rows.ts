/** Stored sessions and grants of one account, of any epoch: read and ended below the epoch filter. */
import type { Artefacts } from '../store/store.ts'
import { stampOf } from './stamp.ts'

/** Rows read at a time. */
const PAGE = 200

/** Rows of one account that an answer is made of. Count; a reset must be answered in time, however often a program has signed in. */
const MOST_ROWS = 1000

interface Authorization {
  readonly sid?: string | undefined
  readonly grantId?: string | undefined
  /** The grant includes `offline_access`. */
  readonly persistsLogout?: boolean | undefined
}

export interface SessionRow {
  readonly accountId?: string
  readonly loginTs?: number
  readonly twoFactor?: unknown
  readonly device?: unknown
  /** By client id. */
  readonly authorizations?: Readonly<Record<string, Authorization>>
}

export interface GrantRow {
  readonly clientId?: string
  readonly iat?: number
  readonly openid?: { readonly scope?: string }
  readonly resources?: Readonly<Record<string, string>>
}

interface Rows {
  readonly Session: SessionRow
  readonly Grant: GrantRow
}

export type Kind = keyof Rows

export interface Found<Row> {
  readonly id: string
  readonly row: Row
}

/** A session's id is its `uid`. */
export interface AccountRows {
  /** Every row, those included that a tool of the host has deleted from its own tables. */
  all<K extends Kind>(kind: K, accountId: string): AsyncIterable<Found<Rows[K]>>
  /** Without the rows that a tool of the host has deleted. */
  present<K extends Kind>(kind: K, accountId: string): AsyncIterable<Found<Rows[K]>>
  /** null: the account has no such session. */
  session(accountId: string, uid: string): Promise<Found<SessionRow> | null>
  /** false: there was none. */
  endSession(uid: string): Promise<boolean>
  /** Deletes one grant with its codes and tokens; false: there was none. */
  endGrant(grantId: string): Promise<boolean>
}

/** Models with a grant id. */
const OF_GRANT = [
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]

/** Without an adapter of the host's: the rows are the library's own. */
export function storedRows(artefacts: Artefacts): AccountRows {
  const all: AccountRows['all'] = async function* (kind, accountId) {
    for await (const page of pagesOf(artefacts, kind, accountId)) yield* page
  }
  return {
    all,
    present: all,
    async session(accountId, uid) {
      const found = await artefacts.get('Session', uid)
      const row = found && (JSON.parse(found.text) as SessionRow)
      return row?.accountId === accountId ? { id: uid, row } : null
    },
    endSession: (uid) => artefacts.delete('Session', uid),
    async endGrant(grantId) {
      const [isEnded] = await Promise.all([
        artefacts.delete('Grant', grantId),
        ...OF_GRANT.map((kind) => artefacts.deleteOfGrant(kind, grantId)),
      ])
      return isEnded
    },
  }
}

/** Pages of rows, in order of ids. */
export async function* pagesOf<K extends Kind>(
  artefacts: Artefacts,
  kind: K,
  accountId: string,
): AsyncGenerator<Found<Rows[K]>[]> {
  for (let after = ''; ;) {
    const page = await artefacts.ofAccount(kind, accountId, after, PAGE)
    yield page.map(({ id, text }) => ({ id, row: JSON.parse(text) as Rows[K] }))
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.id
  }
}

/** The first items. */
export async function* firstOf<Item>(items: AsyncIterable<Item>, most = MOST_ROWS): AsyncGenerator<Item> {
  let count = 0
  for await (const item of items) {
    yield item
    if (++count >= most) return
  }
}

export async function listOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

export async function* batchesOf<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let batch: Item[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** null: the stamp is malformed. */
export const epochOf = (row: SessionRow): number | null => stampOf(row)?.epoch ?? null

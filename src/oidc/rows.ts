/** Stored sessions and grants of one account, of any epoch: read below the epoch filter. */
import type { Artefacts } from '../store/store.ts'
import { readStamp } from './stamp.ts'

/** Rows read at a time. */
const PAGE = 200

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

export interface Found<Row> {
  readonly id: string
  readonly row: Row
}

/** All rows of one kind, page by page. A session's id is its `uid`. */
export async function* rowsOf<K extends keyof Rows>(
  artefacts: Pick<Artefacts, 'ofAccount'>,
  kind: K,
  accountId: string,
): AsyncGenerator<Found<Rows[K]>> {
  for (let after = ''; ;) {
    const page = await artefacts.ofAccount(kind, accountId, after, PAGE)
    for (const { id, text } of page) yield { id, row: JSON.parse(text) as Rows[K] }
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.id
  }
}

export async function allRowsOf<K extends keyof Rows>(
  artefacts: Pick<Artefacts, 'ofAccount'>,
  kind: K,
  accountId: string,
): Promise<Found<Rows[K]>[]> {
  const all: Found<Rows[K]>[] = []
  for await (const found of rowsOf(artefacts, kind, accountId)) all.push(found)
  return all
}

/** null: the stamp is missing or malformed. */
export const epochOf = (row: SessionRow): number | null => readStamp(row.twoFactor)?.epoch ?? null

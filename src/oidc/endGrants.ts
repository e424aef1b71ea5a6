/** Ends a session's grants. They are found by the account's index and the tag in their ids: the session's own list is incomplete. */
import type { AccountRows } from './rows.ts'
import { sessionTag, stampOf } from './stamp.ts'

export interface GrantsOfSession {
  readonly accountId: string
  readonly uid: string
  /** Grants that the session row names: those issued before grants had a tag are found only there. */
  readonly remembered: readonly string[]
}

/** Deletes every grant of a session, those for offline access and of earlier sign-ins included. */
export async function endGrantsOfSession(
  rows: AccountRows,
  { accountId, uid, remembered }: GrantsOfSession,
): Promise<void> {
  const tag = sessionTag(uid)
  const ended = new Set(remembered)
  for await (const { id } of rows.all('Grant', accountId)) if (stampOf(id).session === tag) ended.add(id)
  await Promise.all([...ended].map((id) => rows.endGrant(id)))
}

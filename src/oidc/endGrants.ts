/** Ends grants. A session's grants are found by the account's index and the tag in their ids: the session's own list is incomplete. */
import type { Artefacts } from '../store/store.ts'
import { rowsOf } from './rows.ts'
import { sessionTag, stampOfGrant } from './stamp.ts'

/** Models with a grant id. */
const OF_GRANT = [
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]

/** Deletes one grant with its codes and tokens; false: there was none. */
export async function endGrant(artefacts: Artefacts, grantId: string): Promise<boolean> {
  const [ended] = await Promise.all([
    artefacts.delete('Grant', grantId),
    ...OF_GRANT.map((kind) => artefacts.deleteOfGrant(kind, grantId)),
  ])
  return ended
}

export interface GrantsOfSession {
  readonly accountId: string
  readonly uid: string
  /** Grants that the session row names: those issued before grants had a tag are found only there. */
  readonly remembered: readonly string[]
}

/** Deletes every grant of a session, those for offline access and of earlier sign-ins included. */
export async function endGrantsOfSession(
  artefacts: Artefacts,
  { accountId, uid, remembered }: GrantsOfSession,
): Promise<void> {
  const tag = sessionTag(uid)
  const ended = new Set(remembered)
  for await (const { id } of rowsOf(artefacts, 'Grant', accountId)) if (stampOfGrant(id)?.session === tag) ended.add(id)
  await Promise.all([...ended].map((id) => endGrant(artefacts, id)))
}

/** Ends grants. Those of a session are found by the account's index and the tag in their ids, not by the session's own list. */
import type { Artefacts } from '../store/store.ts'
import { rowsOf } from './rows.ts'
import { sessionTag, stampOfGrant } from './stamp.ts'

/** Everything that carries a grant's id. */
const OF_GRANT = [
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]

/** Deletes one grant with its codes and tokens; false: it was not there. */
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
  /** Grants that the session names itself: those from before grants carried a tag. */
  readonly remembered: readonly string[]
}

/** Deletes every grant that was made in a session, those for offline access and of earlier sign-ins in it too. */
export async function endGrantsOfSession(
  artefacts: Artefacts,
  { accountId, uid, remembered }: GrantsOfSession,
): Promise<void> {
  const tag = sessionTag(uid)
  const ended = new Set(remembered)
  for await (const { id } of rowsOf(artefacts, 'Grant', accountId)) if (stampOfGrant(id)?.session === tag) ended.add(id)
  await Promise.all([...ended].map((id) => endGrant(artefacts, id)))
}

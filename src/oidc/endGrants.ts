/** The end of a session's grants: found by the account's index and the tag in their ids, whatever the session remembers of them. */
import type { Artefacts } from '../store/store.ts'
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

/** Rows read at a time. */
const PAGE = 200

/** Deletes one grant with its codes and tokens; false: it was not there. */
export async function endGrant(artefacts: Artefacts, grantId: string): Promise<boolean> {
  const [ended] = await Promise.all([
    artefacts.delete('Grant', grantId),
    ...OF_GRANT.map((kind) => artefacts.deleteOfGrant(kind, grantId)),
  ])
  return ended
}

/**
 * Deletes every grant that was made in a session, those for offline access and of earlier sign-ins in it too.
 *
 * @param remembered grants that the session names itself: those from before grants carried a tag
 */
export async function endGrantsOfSession(
  artefacts: Artefacts,
  accountId: string,
  uid: string,
  remembered: readonly string[],
): Promise<void> {
  const tag = sessionTag(uid)
  const ended = new Set(remembered)
  for (let after = ''; ;) {
    const page = await artefacts.ofAccount('Grant', accountId, after, PAGE)
    for (const { id } of page) if (stampOfGrant(id)?.session === tag) ended.add(id)
    const last = page.at(-1)
    if (!last || page.length < PAGE) break
    after = last.id
  }
  await Promise.all([...ended].map((id) => endGrant(artefacts, id)))
}

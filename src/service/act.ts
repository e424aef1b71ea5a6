import type { ActKind } from '../core/account.ts'
import type { ActRequest } from '../core/command.ts'
import { derivedId, digest, newId } from '../crypto/tokens.ts'

/** `key` null: each request is another act. `what`: the whole request, as JSON. */
export interface ActOf {
  readonly does: ActKind
  readonly actorId: string
  readonly key: string | null
  readonly target: string
  readonly what: readonly unknown[]
}

/** Names acts: the same kind, actor and key have the same id, so that a retry finds its act. @param idKey 32 bytes */
export const createActs =
  (idKey: Uint8Array) =>
  ({ does, actorId, key, target, what }: ActOf): ActRequest => ({
    id: key === null ? newId() : derivedId(idKey, { for: 'act', does, actor: actorId, key }),
    does,
    target,
    what: digest({ for: 'act', does, what: JSON.stringify(what) }),
  })

/**
 * The epoch filter around any adapter: a row of another epoch than the account's is absent, and one without a stamp is of epoch 0. The
 * library answers as for any absent row (login_required, invalid_grant, 401, inactive).
 */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Account } from '../core/account.ts'
import type { Directory } from '../ports.ts'
import { orUnavailable } from './outage.ts'
import { readScope } from './readScope.ts'
import { isStamped, stampOf } from './stamp.ts'

/** null: no such account, or its record is damaged. */
type CurrentEpoch = (accountId: string) => Promise<number | null>

const STAMPED = new Set(['Session', 'Grant', 'AuthorizationCode', 'DeviceCode', 'RefreshToken', 'AccessToken'])

export interface EpochFilterOptions {
  readonly currentEpoch: CurrentEpoch
  /** What becomes of rows without a stamp. */
  readonly existing: 'keep' | 'end'
}

export function epochAdapter(inner: Adapter, kind: string, { currentEpoch, existing }: EpochFilterOptions): Adapter {
  const live = async (finding: Promise<AdapterPayload | undefined | void>): Promise<AdapterPayload | undefined> => {
    const payload = await finding
    if (!payload || !STAMPED.has(kind) || !payload.accountId) return payload || undefined
    const stamped = kind === 'Session' ? payload : grantIdOf(kind, payload)
    if (stamped === undefined || (existing === 'end' && !isStamped(stamped))) return undefined
    const epoch = stampOf(stamped)?.epoch ?? null
    return epoch !== null && epoch === (await currentEpoch(payload.accountId)) ? payload : undefined
  }
  return {
    upsert: (id, payload, expiresIn) => orUnavailable(() => inner.upsert(id, payload, expiresIn)),
    find: (id) => orUnavailable(() => live(inner.find(id))),
    findByUid: (uid) => orUnavailable(() => live(inner.findByUid(uid))),
    findByUserCode: (code) => orUnavailable(() => live(inner.findByUserCode(code))),
    consume: (id) => orUnavailable(() => inner.consume(id)),
    destroy: (id) => orUnavailable(() => inner.destroy(id)),
    revokeByGrantId: (grantId) => orUnavailable(() => inner.revokeByGrantId(grantId)),
  }
}

const grantIdOf = (kind: string, payload: AdapterPayload): string | undefined =>
  kind === 'Grant' ? payload.jti : payload.grantId

interface AccountReads {
  readonly getStored: (accountId: string) => Promise<Account | null>
  readonly directory: Pick<Directory, 'find'>
}

/** Reads a record and a person once per request of the library, or check of a token or session. */
export const readOncePerRequest = ({ getStored, directory }: AccountReads): AccountReads => ({
  getStored: oncePerRequest((id) => orUnavailable(() => getStored(id))),
  directory: { find: oncePerRequest((id) => directory.find(id)) },
})

function oncePerRequest<T>(read: (accountId: string) => Promise<T>): typeof read {
  const memory = new WeakMap<object, Map<string, Promise<T>>>()
  return (accountId) => {
    const scope = readScope()
    if (!scope) return read(accountId)
    const known = memory.get(scope) ?? new Map<string, Promise<T>>()
    memory.set(scope, known)
    const reading = known.get(accountId) ?? read(accountId)
    known.set(accountId, reading)
    return reading
  }
}

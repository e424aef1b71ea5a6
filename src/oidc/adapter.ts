/**
 * node-oidc-provider's storage over our store, and around it THE WAIST: whatever carries a stamp is absent when the stamp is not
 * the account's epoch. Stock behaviour does the rest (login_required, invalid_grant, 401, inactive). The library calls an
 * adapter check-then-act, so everything that may happen once is atomic here.
 */
import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider'
import type { Account } from '../core/account.ts'
import type { Clock } from '../ports.ts'
import { type Artefact, type Artefacts, StoreUnavailable } from '../store/store.ts'
import { endGrantsOfSession } from './endGrants.ts'
import { readStamp, stampOfGrant } from './stamp.ts'

/** The account's epoch now; null: no such account, or its record is damaged. */
export type EpochOf = (accountId: string) => Promise<number | null>

/** A session's row is keyed by its `uid`; the cookie's id is its second name, so that rotating it leaves nothing behind. */
const SESSION = 'Session'

/** Sessions that were ended one by one. Written before the row is deleted, so that whoever saves it later finds this. */
export const ENDED_SESSION = 'EndedSession'

/** The sessions that a request of the library has found: what it saves again may have been ended meanwhile. */
const foundSessions = new WeakMap<object, Set<unknown>>()
function noteFound(uid: unknown): void {
  const { ctx } = Provider
  if (ctx) foundSessions.set(ctx, (foundSessions.get(ctx) ?? new Set()).add(uid))
}
const wasFound = (uid: unknown): boolean => Boolean(Provider.ctx && foundSessions.get(Provider.ctx)?.has(uid))

export function storedAdapter(artefacts: Artefacts, clock: Clock, kind: string): Adapter {
  const payloadOf = ({ text, takenAt }: Artefact): AdapterPayload => ({
    ...(JSON.parse(text) as AdapterPayload),
    ...(takenAt === null ? {} : { consumed: takenAt }),
  })
  const idByCookie = async (cookieId: string): Promise<string | undefined> =>
    (await artefacts.find(SESSION, 'uid', cookieId))?.id

  return {
    async upsert(id, payload, expiresIn) {
      const text = JSON.stringify(payload)
      const indexes = {
        ...(kind === SESSION ? { uid: id } : payload.uid ? { uid: payload.uid } : {}),
        ...(payload.userCode ? { userCode: payload.userCode } : {}),
        ...(payload.grantId ? { grantId: payload.grantId } : {}),
        ...(payload.accountId ? { accountId: payload.accountId } : {}),
      }
      // Re-saved in the very second it expires, the library asks for 0 seconds.
      const expires: { expiresAt?: number } =
        expiresIn === undefined ? {} : { expiresAt: clock.now() + Math.max(1, expiresIn) }
      const options = { ...expires, indexes }
      // Outside the provider's own requests a sign-in is only changed: one that was resumed meanwhile must not come back to life.
      if (kind === 'Interaction' && !Provider.ctx) {
        if (await artefacts.replace(kind, id, text, expires.expiresAt)) return
        throw new errors.SessionNotFound('this sign-in was already finished')
      }
      if (kind === 'ReplayDetection') {
        if (!(await artefacts.add(kind, id, text, options))) throw new errors.InvalidRequest('this was already used')
        return
      }
      if (kind !== SESSION) return artefacts.put(kind, id, text, options)
      const uid = String(payload.uid)
      await artefacts.put(SESSION, uid, text, options)
      // The library saves a session at the end of every request: one under way would bring back an ended session and its grants.
      if (wasFound(uid) && (await artefacts.get(ENDED_SESSION, uid))) {
        await artefacts.delete(SESSION, uid)
        if (payload.accountId)
          await endGrantsOfSession(artefacts, { accountId: payload.accountId, uid, remembered: [] })
      }
    },
    async find(id) {
      if (kind === SESSION) {
        const found = await artefacts.find(SESSION, 'uid', id)
        if (found) noteFound(found.id)
        return found ? payloadOf(found) : undefined
      }
      const found = await artefacts.get(kind, id)
      return found ? payloadOf(found) : undefined
    },
    async findByUid(uid) {
      const found = kind === SESSION ? await artefacts.get(SESSION, uid) : await artefacts.find(kind, 'uid', uid)
      return found ? payloadOf(found) : undefined
    },
    async findByUserCode(userCode) {
      const found = await artefacts.find(kind, 'userCode', userCode)
      return found ? payloadOf(found) : undefined
    },
    async consume(id) {
      if (await artefacts.take(kind, id)) return
      // Used twice at once: somebody else may have it. Without its grant nothing of the family lives, whoever saves it later.
      const used = await artefacts.get(kind, id)
      const grantId = used && payloadOf(used).grantId
      if (grantId) await artefacts.delete('Grant', grantId)
      if (kind === 'PushedAuthorizationRequest') throw new errors.InvalidRequestUri('request_uri was already used')
      throw new errors.InvalidGrant({ detail: 'it was already used' })
    },
    async destroy(id) {
      const key = kind === SESSION ? await idByCookie(id) : id
      const mine = key !== undefined && (await artefacts.delete(kind, key))
      // Resuming ends in a destroy before anybody is signed in: only one of two resumes may go on.
      if (!mine && kind === 'Interaction') throw new errors.SessionNotFound('this sign-in was already finished')
    },
    revokeByGrantId: (grantId) => artefacts.deleteOfGrant(kind, grantId),
  }
}

/** Models that belong to an account and die with its epoch. */
const STAMPED = new Set(['Session', 'Grant', 'AuthorizationCode', 'DeviceCode', 'RefreshToken', 'AccessToken'])

/** The waist around any adapter. */
export function epochAdapter(inner: Adapter, kind: string, epochOf: EpochOf): Adapter {
  const alive = async (payload: AdapterPayload | undefined | void): Promise<AdapterPayload | undefined> => {
    if (!payload || !STAMPED.has(kind) || !payload.accountId) return payload || undefined
    const epoch = stampedEpoch(kind, payload)
    return epoch !== null && epoch === (await epochOf(payload.accountId)) ? payload : undefined
  }
  return {
    upsert: (id, payload, expiresIn) => orUnavailable(() => inner.upsert(id, payload, expiresIn)),
    find: (id) => orUnavailable(async () => alive(await inner.find(id))),
    findByUid: (uid) => orUnavailable(async () => alive(await inner.findByUid(uid))),
    findByUserCode: (code) => orUnavailable(async () => alive(await inner.findByUserCode(code))),
    consume: (id) => orUnavailable(() => inner.consume(id)),
    destroy: (id) => orUnavailable(() => inner.destroy(id)),
    revokeByGrantId: (grantId) => orUnavailable(() => inner.revokeByGrantId(grantId)),
  }
}

function stampedEpoch(kind: string, payload: AdapterPayload): number | null {
  if (kind === 'Session') {
    const stamp = readStamp(payload['twoFactor'])
    return stamp && stamp.accountId === payload.accountId ? stamp.epoch : null
  }
  const grantId = kind === 'Grant' ? payload.jti : payload.grantId
  return grantId ? (stampOfGrant(grantId)?.epoch ?? null) : null
}

/** Requests that have found the store away. What else they want of it is refused at once: they are not to wait for each in turn. */
const cutOff = new WeakSet<object>()

/** An outage is said as one: 503 and a page, never a redirect that would make a relying party believe in a refusal. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  const { ctx } = Provider
  try {
    if (ctx && cutOff.has(ctx)) throw new StoreUnavailable('it was away a moment ago')
    return await work()
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    if (ctx) cutOff.add(ctx)
    const unavailable = new errors.TemporarilyUnavailable('please try again', { cause: error })
    throw Object.assign(unavailable, { status: 503, statusCode: 503, allow_redirect: false })
  }
}

type GetStored = (accountId: string) => Promise<Account | null>

/** One read of an account per request of the library, however many things of it are looked at. */
export function oncePerRequest(getStored: GetStored): GetStored {
  const memory = new WeakMap<object, Map<string, ReturnType<GetStored>>>()
  return (accountId) => {
    const ctx = Provider.ctx
    if (!ctx) return getStored(accountId)
    const known = memory.get(ctx) ?? new Map<string, ReturnType<GetStored>>()
    memory.set(ctx, known)
    const account = known.get(accountId) ?? getStored(accountId)
    known.set(accountId, account)
    return account
  }
}

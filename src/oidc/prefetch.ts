/**
 * After a code or token the library reads its grant, its session and its account, one by one; on resume the account after the sign-in. They
 * are read here in one round trip: with the row that names them, or, where this process wrote that row, together with it. A row that was read
 * ahead is used once, by the same request, and only where the row says that it is the one.
 */
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider'
import { createLookups } from '../core/lookups.ts'
import { announceRow, readScope } from './readScope.ts'

type Found = AdapterPayload | undefined | void

/** Ids in the payload of a code or token. */
type Named = Pick<AdapterPayload, 'grantId' | 'sessionUid' | 'accountId'>

const WITH_GRANT = new Set(['AuthorizationCode', 'RefreshToken', 'AccessToken'])
/** A token request for these finds the person. */
const WITH_PERSON = new Set(['AuthorizationCode', 'RefreshToken'])

/** Reads that are made once per request: what began here is what the request gets later. */
export interface ReadOnce {
  readonly getStored: (accountId: string) => Promise<unknown>
  readonly directory: { find(accountId: string): Promise<unknown> }
  /** The account of a sign-in, where this process knows it. */
  readonly accountOf: (signInUid: string) => string | undefined
}

export function prefetch(inner: (kind: string) => Adapter, reads: ReadOnce): (kind: string) => Adapter {
  const rows = createPrefetched(inner)
  const codes = createLookups<Named>()

  function beginAccount(accountId: string): void {
    void unawaited(reads.getStored(accountId))
    void unawaited(reads.directory.find(accountId))
  }

  function beginNamed(kind: string, named: Named): void {
    rows.begin(named)
    if (named.accountId && WITH_PERSON.has(kind)) beginAccount(named.accountId)
  }

  /** What the row will name, as far as this process knows. */
  function beginKnown(kind: string, id: string): void {
    const code = kind === 'AuthorizationCode' ? codes.take(id) : undefined
    if (code) beginNamed(kind, code)
    const accountId = kind === 'Interaction' && Provider.ctx?.oidc?.route === 'resume' && reads.accountOf(id)
    if (accountId) beginAccount(accountId)
  }

  return (kind) => {
    const adapter = inner(kind)
    return {
      async upsert(id, payload, expiresIn) {
        const { grantId, sessionUid, accountId } = payload
        if (kind === 'AuthorizationCode') codes.learn(id, { grantId, sessionUid, accountId })
        await adapter.upsert(id, payload, expiresIn)
      },
      async find(id) {
        const finding = kind === 'Grant' ? rows.take(`Grant ${id}`, () => adapter.find(id)) : adapter.find(id)
        if (Provider.ctx) beginKnown(kind, id)
        const found = await finding
        if (!found || !WITH_GRANT.has(kind) || !readScope()) return found
        announceRow(found)
        beginNamed(kind, found)
        return found
      },
      async findByUid(uid) {
        const found = await (kind === 'Session'
          ? rows.take(`Session ${uid}`, () => adapter.findByUid(uid))
          : adapter.findByUid(uid))
        if (found) announceRow(found)
        return found
      },
      findByUserCode: (code) => adapter.findByUserCode(code),
      consume: (id) => adapter.consume(id),
      destroy: (id) => adapter.destroy(id),
      revokeByGrantId: (grantId) => adapter.revokeByGrantId(grantId),
    }
  }
}

/** Grants and sessions that a request reads ahead. */
function createPrefetched(inner: (kind: string) => Adapter) {
  const prefetched = new WeakMap<object, Map<string, Promise<Found>>>()

  function begin(scope: object, key: string, read: () => Promise<Found>): void {
    const begun = prefetched.get(scope) ?? new Map<string, Promise<Found>>()
    prefetched.set(scope, begun)
    if (!begun.has(key)) begun.set(key, unawaited(read()))
  }

  return {
    begin({ grantId, sessionUid }: Named): void {
      const scope = readScope()
      if (!scope) return
      if (grantId) begin(scope, `Grant ${grantId}`, () => inner('Grant').find(grantId))
      if (sessionUid) begin(scope, `Session ${sessionUid}`, () => inner('Session').findByUid(sessionUid))
    },
    take(key: string, read: () => Promise<Found>): Promise<Found> {
      const scope = readScope()
      const begun = scope && prefetched.get(scope)
      const reading = begun?.get(key)
      begun?.delete(key)
      return reading ?? read()
    },
  }
}

/** The reader gets the failure; without a reader it must not become an unhandled rejection. */
function unawaited<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined)
  return reading
}

/**
 * After a code or token the library reads its grant and its session. Both are read here with the account of the epoch filter, in one
 * round trip; each is used once, by the same request only.
 */
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider'

type Found = AdapterPayload | undefined | void

const WITH_GRANT = new Set(['AuthorizationCode', 'RefreshToken', 'AccessToken'])

export function prefetch(inner: (kind: string) => Adapter): (kind: string) => Adapter {
  const prefetched = new WeakMap<object, Map<string, Promise<Found>>>()

  function begin(ctx: object, key: string, read: () => Promise<Found>): void {
    const begun = prefetched.get(ctx) ?? new Map<string, Promise<Found>>()
    prefetched.set(ctx, begun)
    const reading = read()
    // The reader gets the failure; without a reader it must not become an unhandled rejection.
    reading.catch(() => undefined)
    begun.set(key, reading)
  }

  function take(key: string, read: () => Promise<Found>): Promise<Found> {
    const begun = Provider.ctx && prefetched.get(Provider.ctx)
    const reading = begun?.get(key)
    begun?.delete(key)
    return reading ?? read()
  }

  function prefetchFor(payload: AdapterPayload): void {
    const ctx = Provider.ctx
    if (!ctx) return
    const { grantId, sessionUid } = payload
    if (grantId) begin(ctx, `Grant ${grantId}`, () => inner('Grant').find(grantId))
    if (sessionUid) begin(ctx, `Session ${sessionUid}`, () => inner('Session').findByUid(sessionUid))
  }

  return (kind) => {
    const adapter = inner(kind)
    return {
      upsert: (id, payload, expiresIn) => adapter.upsert(id, payload, expiresIn),
      async find(id) {
        const found = await (kind === 'Grant' ? take(`Grant ${id}`, () => adapter.find(id)) : adapter.find(id))
        if (found && WITH_GRANT.has(kind)) prefetchFor(found)
        return found
      },
      findByUid: (uid) =>
        kind === 'Session' ? take(`Session ${uid}`, () => adapter.findByUid(uid)) : adapter.findByUid(uid),
      findByUserCode: (code) => adapter.findByUserCode(code),
      consume: (id) => adapter.consume(id),
      destroy: (id) => adapter.destroy(id),
      revokeByGrantId: (grantId) => adapter.revokeByGrantId(grantId),
    }
  }
}

/**
 * Writes of one request that travel together. The library awaits its writes one by one; these begin in its order, and the last of them, or
 * the end of the request, awaits all: nothing is answered before each has succeeded.
 */
import { type Adapter, type KoaContextWithOIDC, Provider } from 'oidc-provider'

const begun = new WeakMap<object, Promise<unknown>[]>()

/** Requests that save their session after all else. */
const SAVING_SESSION: ReadonlySet<string> = new Set(['authorization', 'resume'])

/** Rows that such a request writes before its session. */
const BEFORE_SESSION: ReadonlySet<string> = new Set(['Grant', 'AuthorizationCode'])

/** Throws what the first failed write of this request threw, once all have ended. */
export async function allWritten(ctx: object, last?: Promise<unknown>): Promise<void> {
  const writes = begun.get(ctx) ?? []
  const outcomes = await Promise.allSettled([...writes, last])
  if (begun.get(ctx) === writes) begun.delete(ctx)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/** For work that must find what this request has written so far. A failure is left to `allWritten`. */
export async function ended(): Promise<void> {
  const { ctx } = Provider
  if (ctx) await Promise.allSettled(begun.get(ctx) ?? [])
}

/** The answer waits for writes that no later write has awaited. One that failed already is the answer. */
export async function answerAfterWrites(ctx: { readonly status: number }, next: () => Promise<unknown>): Promise<void> {
  await next()
  if (!begun.has(ctx)) return
  const isRefused = ctx.status >= 400
  await allWritten(ctx).catch((error: unknown) => {
    if (!isRefused) throw error
  })
}

function begin(ctx: object, write: Promise<unknown>): void {
  // `allWritten` gets the failure; until then it must not be an unhandled rejection.
  write.catch(() => undefined)
  begun.set(ctx, [...(begun.get(ctx) ?? []), write])
}

/** Over our store, whose drivers send what begins in one turn of the event loop together, an index always before its row. */
export function writingTogether(stored: Adapter, kind: string): Adapter {
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const { ctx } = Provider
    return ctx && begun.has(ctx) ? allWritten(ctx).then(work) : work()
  }
  return {
    async upsert(id, payload, expiresIn) {
      const { ctx } = Provider
      const write = stored.upsert(id, payload, expiresIn)
      if (!ctx) return write
      if (BEFORE_SESSION.has(kind) && savesSession(ctx)) return begin(ctx, write)
      return allWritten(ctx, write)
    },
    async consume(id) {
      const { ctx } = Provider
      const write = stored.consume(id)
      // The token of the code is stored with it. Of a code that was used already no value of a token leaves this process.
      if (ctx && kind === 'AuthorizationCode' && ctx.oidc?.route === 'token') return begin(ctx, write)
      return write
    },
    find: (id) => alone(() => stored.find(id)),
    findByUid: (uid) => alone(() => stored.findByUid(uid)),
    findByUserCode: (code) => alone(() => stored.findByUserCode(code)),
    // A session that rotates its id destroys the old one before it saves the new one.
    destroy: (id) => (kind === 'Session' ? stored.destroy(id) : alone(() => stored.destroy(id))),
    revokeByGrantId: (grantId) => alone(() => stored.revokeByGrantId(grantId)),
  }
}

const savesSession = ({ oidc }: KoaContextWithOIDC): boolean => Boolean(oidc?.session) && SAVING_SESSION.has(oidc.route)

/**
 * Limits on what requests without a session may store: size, and writes a minute per network; `signInLifetime` limits the time. Without
 * them one client fills the store with requests that it never completes.
 */
import { type Adapter, type AdapterPayload, type Configuration, errors, Provider } from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { StoreUnavailable } from '../errors.ts'
import { bound } from './hostAdapter.ts'
import { answeredHere } from './internals.ts'

/** Longest `state`, `nonce` or `claims` of an authorization request. Bytes. */
const LONGEST_VALUE = 2048
/** All parameters of one authorization request together, pushed or not. Bytes. */
const LONGEST_REQUEST = 8192

/** Counts what is written for requests without a session, by network. */
export interface AnonymousWrites {
  /** Seconds until the network of this request may write again; null: allowed, and counted. */
  charge(ctx: KoaContextWithOIDC, bytes: number): Promise<number | null>
  /** No sign-in begins: what room the store has left is for what has begun. */
  isFull(): boolean
}

type ExtraParams = Readonly<Record<string, unknown>>

/**
 * Refuses longer parameters as `invalid_request`. The library runs the checks in `extraParams` for pushed requests too.
 * @param checks more of them, by parameter; they come before the host's
 */
export function withLimits(
  given: Configuration['extraParams'],
  checks: Readonly<Record<string, (ctx: KoaContextWithOIDC) => void>>,
): NonNullable<Configuration['extraParams']> {
  const host: ExtraParams = Array.isArray(given)
    ? Object.fromEntries(given.map((name: unknown) => [String(name), null]))
    : ((given ?? {}) as ExtraParams)
  const askHost = async (name: string, ctx: KoaContextWithOIDC, client: unknown): Promise<void> => {
    const ofHost = host[name]
    if (typeof ofHost === 'function')
      await (ofHost as (...args: unknown[]) => unknown)(ctx, ctx.oidc.params?.[name], client)
  }
  const limit = (name: string) => async (ctx: KoaContextWithOIDC, value: unknown, client: unknown) => {
    if (bytesOf(value) > LONGEST_VALUE) throw new errors.InvalidRequest(`${name} is longer than ${LONGEST_VALUE} bytes`)
    await askHost(name, ctx, client)
  }
  const checked = ([name, check]: [string, (ctx: KoaContextWithOIDC) => void]) =>
    [
      name,
      async (ctx: KoaContextWithOIDC, _value: unknown, client: unknown) => {
        check(ctx)
        await askHost(name, ctx, client)
      },
    ] as const
  return {
    ...host,
    ...Object.fromEntries(Object.entries(checks).map(checked)),
    nonce: limit('nonce'),
    claims: limit('claims'),
    async state(ctx: KoaContextWithOIDC, value: unknown, client: unknown) {
      const all = Object.values(ctx.oidc.params ?? {}).reduce((sum: number, param) => sum + bytesOf(param), 0)
      if (all > LONGEST_REQUEST)
        throw new errors.InvalidRequest(`the parameters are longer than ${LONGEST_REQUEST} bytes together`)
      await limit('state')(ctx, value, client)
    },
  }
}

const bytesOf = (value: unknown): number =>
  value === undefined ? 0 : Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))

/** A sign-out without a session: the library would store it in a new session until it is confirmed. */
const isEmptySignOut = (kind: string, payload: AdapterPayload): boolean =>
  kind === 'Session' && !payload.accountId && Provider.ctx?.oidc?.route === 'end_session'

/** Whether a row is written for a request without a session and without client authentication. */
function isAnonymous(kind: string, payload: AdapterPayload): boolean {
  const oidc = Provider.ctx?.oidc
  switch (kind) {
    case 'Interaction':
      return oidc?.route === 'authorization' && !(payload['session'] as { accountId?: string } | undefined)?.accountId
    case 'Session':
      return !payload.accountId
    case 'PushedAuthorizationRequest':
    case 'DeviceCode':
      return !payload.accountId && oidc?.client?.clientAuthMethod === 'none'
    default:
      return false
  }
}

/** Counts anonymous writes before they are made; answers 429 above the limit, 503 when the store is nearly full. */
export function anonymousAdapter(inner: Adapter, kind: string, writes: AnonymousWrites): Adapter {
  return {
    ...bound(inner),
    async upsert(id, payload, expiresIn) {
      if (isEmptySignOut(kind, payload)) return
      const { ctx } = Provider
      const isCounted = ctx && isAnonymous(kind, payload)
      if (isCounted && writes.isFull()) throw new StoreUnavailable('the store is nearly full: no sign-in begins')
      const wait = isCounted ? await writes.charge(ctx, Buffer.byteLength(JSON.stringify(payload))) : null
      if (ctx && wait !== null) {
        ctx.set('Retry-After', String(wait))
        const refusal = new errors.TemporarilyUnavailable('too many requests from this network, please try again later')
        throw answeredHere(refusal, 429)
      }
      await inner.upsert(id, payload, expiresIn)
    },
  }
}

/** All use of undocumented parts of oidc-provider, each with the version it was checked on. */
import { createRequire } from 'node:module'
import { decodeJwt } from 'jose'
import type { Context } from 'koa'
import type { Client, ClientMetadata, Configuration, errors, KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Device } from '../core/device.ts'
import type { Stamp } from './stamp.ts'

declare module 'oidc-provider' {
  interface Session {
    twoFactor?: Stamp
    device?: Device
  }
}

/** 9.13.3: `Session.IN_PAYLOAD` lists the stored fields and is read once, at first use. Ours are added before that. */
export function widenSession(provider: Provider): void {
  const fields = [...provider.Session.IN_PAYLOAD, 'twoFactor', 'device']
  Object.defineProperty(provider.Session, 'IN_PAYLOAD', { get: () => fields })
}

/** 9.13.3: signs and sends the logout token; no retry, 2.5 s at most, throws on anything but success. Missing in @types 9.12.1. */
export async function backchannelLogout(client: Client, accountId: string, sid: string | undefined): Promise<void> {
  const callable = client as Client & { backchannelLogout(sub: string, sid?: string): Promise<void> }
  await callable.backchannelLogout(accountId, sid)
}

/** 9.13.3: the two cookies of an interaction, as the library sets them at its start: for its pages and for its resume URL. */
export function keepCookies(
  provider: Provider,
  ctx: Context,
  { uid, path, returnTo, seconds }: { uid: string; path: string; returnTo: string; seconds: number },
): void {
  const common = { httpOnly: true, sameSite: 'lax', maxAge: seconds * 1000 } as const
  ctx.cookies.set(provider.cookieName('interaction'), uid, { ...common, path })
  ctx.cookies.set(provider.cookieName('resume'), uid, { ...common, path: returnTo })
}

/** 9.13.3: the same cookies, each before its signature, in the answer in which the library sets them: they last so long. */
export function extendCookies(
  provider: Provider,
  { res }: Context,
  { uid, seconds }: { uid: string; seconds: number },
): void {
  const set = res.getHeader('Set-Cookie')
  if (!Array.isArray(set)) return
  const later = (cookie: string | undefined): string => cookie?.replace(/expires=[^;]*/, `max-age=${seconds}`) ?? ''
  for (const name of [provider.cookieName('interaction'), provider.cookieName('resume')]) {
    const at = set.findIndex((cookie) => cookie.startsWith(`${name}=${uid};`))
    if (at < 0) continue
    set[at] = later(set[at])
    if (set[at + 1]?.startsWith(`${name}.sig=`)) set[at + 1] = later(set[at + 1])
  }
  res.setHeader('Set-Cookie', set)
}

/** 9.13.3: an error without `allow_redirect` is answered with a page of this status, never by a redirect to the client. */
export const answeredHere = (error: errors.OIDCProviderError, status: number): Error =>
  Object.assign(error, { status, statusCode: status, allow_redirect: false })

/** 9.13.3: codes, tokens and the stock acr checks read the acr of a request from `oidc.acr`, a getter of the session's. */
export function answerWithAcr({ oidc }: KoaContextWithOIDC, acr: string | undefined): void {
  Object.defineProperty(oidc, 'acr', { value: acr, configurable: true })
}

/** 9.13.3: fields of a session may be deleted before it is saved, and the later steps of a resume read `oidc.result`. */
export function dropSignIn({ oidc }: KoaContextWithOIDC): void {
  for (const field of ['accountId', 'loginTs', 'acr', 'amr', 'authorizations', 'twoFactor', 'device'] as const)
    delete oidc.session?.[field]
  Object.assign(oidc, { result: undefined })
}

/** 9.13.3: the hint is read at the start only, so that after the sign-in every person would do. It was verified then. */
export function keepNamedSubject({ oidc }: KoaContextWithOIDC): void {
  const token = oidc.params?.['id_token_hint']
  if (typeof token !== 'string' || oidc.entities.IdTokenHint) return
  oidc.entity('IdTokenHint', { payload: decodeJwt(token) })
}

interface Internal {
  readonly configuration?: Configuration
  staticClients?: Map<string, unknown>
}

/** 9.13.3: the state of a provider; null in a version that keeps it elsewhere. */
function internalOf(provider: Provider): Internal | null {
  try {
    const load = createRequire(import.meta.url)
    const { get } = load('oidc-provider/lib/helpers/weak_cache.js') as { get(of: Provider): Internal | undefined }
    return get(provider) ?? null
  } catch {
    return null
  }
}

/** The configuration that a provider works with; null in a version that keeps it elsewhere. */
export const configurationOf = (provider: Provider): Configuration | null => internalOf(provider)?.configuration ?? null

/** 9.13.3: `Client.find` looks here first, by id, and constructs what is still metadata. One assignment replaces all of them. */
export function setStaticClients(provider: Provider, clients: readonly ClientMetadata[]): void {
  const internal = internalOf(provider)
  if (!(internal?.staticClients instanceof Map))
    throw new TypeError('this version of oidc-provider has its clients elsewhere: restart to change them')
  internal.staticClients = new Map(clients.map((client) => [client.client_id, structuredClone(client)]))
}

/** What the doctor reads of a provider and of its requests. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Context } from 'koa'
import { type Client, type Configuration, type Interaction, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { configurationOf } from './internals.ts'
import { readStamp, type Stamp } from './stamp.ts'

export interface LibraryCopy {
  readonly version: string
  readonly path: string
}

/** The copy of oidc-provider that a file imports; null: it finds none. */
export function libraryOf(file: string): LibraryCopy | null {
  try {
    const load = createRequire(file)
    const path = load.resolve('oidc-provider/package.json')
    return { version: (load(path) as { version: string }).version, path: dirname(path) }
  } catch {
    return null
  }
}

/** The copy that this package uses. */
export const ownLibrary = (): LibraryCopy | null => libraryOf(import.meta.url)

/** An object of another copy of the library is no instance of this one's class. */
export const isOfThisCopy = (provider: unknown): boolean => provider instanceof Provider

export interface PromptSeen {
  readonly name: string
  /** Has the checks of this package. */
  readonly isOurs: boolean
}

/** @param given used where the library does not show its own */
export function promptsOf(provider: Provider, given: Configuration): PromptSeen[] {
  const policy = (configurationOf(provider) ?? given).interactions?.policy ?? []
  return policy.map((prompt) => ({ name: prompt.name, isOurs: prompt.checks.get('set_up_required') !== undefined }))
}

/** Whether sessions of this provider store our stamp: their fields are read once, at the first session. */
export function keepsStamp(provider: Provider): boolean {
  const twoFactor: Stamp = { accountId: 'rekey-doctor', epoch: 1, at: null }
  return readStamp(sessionOf(provider, { uid: 'rekey-doctor', jti: 'rekey-doctor', twoFactor }).twoFactor) !== null
}

/** The types of the library leave out what its constructors take. */
const sessionOf = ({ Session }: Provider, fields: object): Provider['Session']['prototype'] =>
  new (Session as unknown as new (fields: object) => Provider['Session']['prototype'])(fields)

export interface RequestSeen {
  /** URL of the authorization endpoint, as the library derives it from this request. */
  readonly authorizationUrl: string
  readonly framework: 'Koa' | 'Express' | 'node:http'
  /** A middleware of the host keeps a session. */
  readonly hasSession: boolean
}

/** Of a request for the authorization endpoint; null: it is for another. */
export function readRequest(provider: Provider, ctx: Context): RequestSeen | null {
  if (ctx.path !== provider.pathFor('authorization', { mountPath: '' })) return null
  const isMounted = (ctx.app as unknown) !== provider
  const request = ctx.req as typeof ctx.req & { readonly app?: unknown; readonly session?: unknown }
  return {
    authorizationUrl: new provider.OIDCContext(ctx).urlFor('authorization'),
    framework: isMounted ? 'Koa' : typeof request.app === 'function' ? 'Express' : 'node:http',
    hasSession: Boolean(request.session ?? (ctx as { readonly session?: unknown }).session),
  }
}

/** A client that the library refuses is a matter of its own, and no fault of the sign-in. */
async function firstUsable(provider: Provider, clientIds: readonly string[]): Promise<Client | undefined> {
  for (const id of clientIds) {
    const client = await provider.Client.find(id).catch(() => undefined)
    if (client) return client
  }
  return undefined
}

/** A first sign-in of a person, as `interactions.url` gets it: for calling that of a host. */
export async function begunSignIn(
  provider: Provider,
  clientIds: readonly string[],
): Promise<[KoaContextWithOIDC, Interaction]> {
  const url = provider.pathFor('authorization')
  const req = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url, originalUrl: url })
  req.headers.host = new URL(provider.issuer).host
  const ctx = provider.createContext(req, new ServerResponse(req)) as unknown as KoaContextWithOIDC
  const client = await firstUsable(provider, clientIds)
  const params = { client_id: client?.clientId, response_type: 'code', scope: 'openid', redirect_uri: '' }
  const oidc = new provider.OIDCContext(ctx)
  Object.defineProperty(ctx, 'oidc', { value: oidc })
  if (client) oidc.entity('Client', client)
  const session = new provider.Session()
  oidc.entity('Session', session)
  Object.assign(oidc, { params: { ...params, redirect_uri: client?.redirectUris?.[0] ?? '' }, session })
  const Begun = provider.Interaction as unknown as new (id: string, fields: object) => Interaction
  const interaction = new Begun('rekey-doctor-sign-in', {
    returnTo: provider.urlFor('resume', { uid: 'rekey-doctor-sign-in' }),
    prompt: { name: 'login', reasons: ['no_session'], details: {} },
    params: oidc.params ?? {},
    session,
  })
  return [ctx, interaction]
}

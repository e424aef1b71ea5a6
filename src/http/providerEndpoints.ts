/** The provider's endpoints: their methods, who calls them, and how long a cache may keep their answers. */
import type { IncomingMessage } from 'node:http'
import type { Context, Middleware } from 'koa'
import { isFormText } from '../decoding.ts'
import { comparable } from './paths.ts'
import { answerError } from './respond.ts'
import { METADATA_SECONDS } from './wellKnown.ts'

interface Endpoint {
  readonly methods: readonly ('GET' | 'POST')[]
  /** Called by browsers with a person in front, who gets pages; else by programs, which get JSON. */
  readonly hasPages?: true
  /** Seconds. Default: the answers are not kept. */
  readonly keptFor?: number
}

/** How long a relying party may still use a key that was removed, or not know a new one. Seconds. */
const KEYS_SECONDS = 900

/** By the library's name of the route. */
const endpoints: Readonly<Record<string, Endpoint>> = {
  authorization: { methods: ['GET', 'POST'], hasPages: true },
  end_session: { methods: ['GET', 'POST'], hasPages: true },
  end_session_confirm: { methods: ['POST'], hasPages: true },
  end_session_success: { methods: ['GET'], hasPages: true },
  code_verification: { methods: ['GET', 'POST'], hasPages: true },
  token: { methods: ['POST'] },
  userinfo: { methods: ['GET', 'POST'] },
  jwks: { methods: ['GET'], keptFor: KEYS_SECONDS },
  discovery: { methods: ['GET'], keptFor: METADATA_SECONDS },
  introspection: { methods: ['POST'] },
  revocation: { methods: ['POST'] },
  pushed_authorization_request: { methods: ['POST'] },
  device_authorization: { methods: ['POST'] },
  backchannel_authentication: { methods: ['POST'] },
  registration: { methods: ['POST'] },
}

/** Endpoints where clients authenticate. */
const authenticating = new Set([
  'token',
  'introspection',
  'revocation',
  'pushed_authorization_request',
  'device_authorization',
  'backchannel_authentication',
])

const discoveryPaths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']

/** Whether a program called: RFC 6749 §5.2 asks for JSON whatever it accepts, and Java's HTTP client prefers HTML. */
export const isForPrograms = (route: string | undefined): boolean => {
  const endpoint = endpoints[route ?? '']
  return endpoint !== undefined && !endpoint.hasPages
}

type Answered = Context & {
  readonly oidc?: {
    readonly route?: string
    readonly params?: Readonly<Record<string, unknown>> | undefined
    readonly client?: { grantTypeAllowed(type: string): boolean } | undefined
  }
}

/** Headers that the library leaves out, and an answer to methods that an endpoint does not have. */
export function completeAnswers(
  services: Parameters<typeof answerError>[0] & { readonly issuer: string },
  pathOf: (route: string) => string | null,
): Middleware {
  let byPath: ReadonlyMap<string, Endpoint> | undefined
  return async (ctx: Answered, next) => {
    if (!isFormText(ctx.querystring))
      return refuseBytes(services, ctx, (byPath ??= pathsOf(pathOf)).get(comparable(ctx.path)))
    if (ctx.method !== 'GET') checkBody(ctx.req)
    await next()
    const route = ctx.oidc?.route
    // The library has routes for preflight requests only.
    if (ctx.status === 404 && (route === undefined || route.startsWith('cors.'))) {
      byPath ??= pathsOf(pathOf)
      const endpoint = byPath.get(comparable(ctx.path))
      if (endpoint) refuseMethod(services, ctx, endpoint)
      return
    }
    const { keptFor } = endpoints[route ?? ''] ?? {}
    if (keptFor !== undefined && ctx.status === 200 && !ctx.response.get('cache-control'))
      ctx.set('Cache-Control', `public, max-age=${keptFor}`)
    // Tokens are in the answer. @see RFC 6749 §5.1
    if (route === 'token') ctx.set('Pragma', 'no-cache')
    if (ctx.status === 400 && authenticating.has(route ?? '')) nameError(services.issuer, ctx)
  }
}

/** Errors that have a name of their own; the library calls them `invalid_request`. @see RFC 6749 §5.2 */
function nameError(issuer: string, ctx: Answered): void {
  const { params, client } = ctx.oidc ?? {}
  const body = ctx.body as { readonly error?: unknown; readonly error_description?: unknown } | undefined
  if (!params || body?.error !== 'invalid_request') return
  const rename = (error: string): void => {
    ctx.body = { ...body, error }
  }
  const { grant_type: type } = params
  if (ctx.oidc?.route === 'token' && typeof type === 'string' && client?.grantTypeAllowed(type) === false)
    return rename('unauthorized_client')
  const isNamed = ['client_id', 'client_assertion', 'client_secret'].some((name) => params[name] !== undefined)
  if (client || isNamed || ctx.get('authorization') !== '') return
  ctx.status = 401
  ctx.set('WWW-Authenticate', `Basic realm="${issuer}"`)
  rename('invalid_client')
}

function refuseBytes(services: Parameters<typeof answerError>[0], ctx: Context, endpoint: Endpoint | undefined): void {
  if (!endpoint || endpoint.hasPages) return answerError(services, ctx, { status: 400, kind: 'sign-in-request' })
  ctx.status = 400
  ctx.body = { error: 'invalid_request', error_description: 'the query is not UTF-8' }
}

/** The library replaces what is not UTF-8. It reads by this method (9.13), and answers its errors in the form of the endpoint. */
function checkBody(req: IncomingMessage): void {
  const iterate = req.iterator.bind(req)
  req.iterator = async function* (options) {
    const chunks: Buffer[] = []
    for await (const chunk of iterate(options) as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      yield chunk
    }
    if (!isFormText(Buffer.concat(chunks))) throw new Error('the body is not UTF-8')
  } as typeof req.iterator
}

/** The library ignores case. A feature that is off has no path. */
function pathsOf(pathOf: (route: string) => string | null): ReadonlyMap<string, Endpoint> {
  const paths = new Map<string, Endpoint>()
  for (const [route, endpoint] of Object.entries(endpoints)) {
    for (const path of route === 'discovery' ? discoveryPaths : [pathOf(route) ?? []].flat())
      paths.set(comparable(path), endpoint)
  }
  return paths
}

/** @see RFC 9110 §15.5.6 */
function refuseMethod(
  services: Parameters<typeof answerError>[0],
  ctx: Context,
  { methods, hasPages }: Endpoint,
): void {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ')
  ctx.set('Allow', allowed)
  if (ctx.method === 'OPTIONS') ctx.status = 204
  else if (hasPages) answerError(services, ctx, { status: 405, kind: 'method' })
  else {
    ctx.status = 405
    ctx.body = { error: 'invalid_request', error_description: `the methods of this endpoint are ${allowed}` }
  }
}

/** Answers by the table of routes, with error answers, assets, and answers for unknown addresses and methods. */
import type { Context } from 'koa'
import { type App, apps } from '../ports.ts'
import { isFormText } from '../decoding.ts'
import { inRequest } from '../store/requestDeadline.ts'
import { Refused } from './requestError.ts'
import { answerError } from './respond.ts'
import type { Services } from './context.ts'
import { submittedLanguage } from './formTokens.ts'
import { failures, isManagement } from './errorHandler.ts'
import { answerProblem } from './problem.ts'
import { type Route, routes } from './routes.ts'
import { createRouteTable } from './routeTable.ts'
import { answerResourceMetadata } from './wellKnown.ts'
import { type Asset, readAssets } from './pages/render.ts'

export interface Routing {
  /** Whether a path is one of our addresses, with any method. */
  readonly owns: (path: string) => boolean
  /** Answers each of our addresses. */
  readonly answer: (ctx: Context) => Promise<void>
}

/** @param requireMount rejects while there is no provider, or the mount is refused */
export function mountRoutes(services: Services, requireMount: () => Promise<void>): Routing {
  const isThere = ({ path }: Route): boolean => {
    if (path.startsWith('/password')) return services.passwords.keepsPasswords
    const app = appOf(path)
    return app === undefined || services.apps.includes(app)
  }
  const rows = routes
    .filter(isThere)
    .map((route) => ({ ...route, app: appOf(route.path), path: services.base + route.path }))
  const find = createRouteTable(rows)
  const assets = assetsOf(services)
  const resource = answerResourceMetadata(services)

  async function answer(ctx: Context): Promise<void> {
    await requireMount()
    // A query that is not UTF-8 would be read as other characters.
    if (!isFormText(ctx.querystring)) throw new Refused('not-text')
    if (ctx.path === resource.path) {
      if (!resource.answer(ctx)) refuseMethod(services, ctx, ['GET', 'HEAD'])
      return
    }
    const asset = assets.get(ctx.path)
    if (asset) return answerAsset(services, ctx, asset)
    const { found, methods } = find(ctx.method, ctx.path)
    if (!found) return notAllowed(services, ctx, methods)
    const { row, params } = found
    Object.assign(ctx, { params, _matchedRoute: row.path })
    ctx.state['app'] = row.app
    ctx.state['hasPage'] = ctx.method !== 'POST' || find('GET', ctx.path).found !== null
    // The host's configuration may leave no way to sign in to it.
    if (row.app && !services.openApps().includes(row.app))
      return answerError(services, ctx, { status: 404, kind: 'not-found' })
    for (const guard of row.guards) await guard.check(services, ctx)
    if (submittedLanguage(ctx) === null) return row.handle(services, ctx)
    // A form that chooses a language does nothing else.
    if (row.again) return row.again(services, ctx)
    throw new Refused('bad-request')
  }

  const withFailures = failures(services)
  return {
    owns: (path) =>
      path === resource.path ||
      assets.has(path) ||
      isManagement(services, path) ||
      find('GET', path).methods.length > 0,
    answer: (ctx) => inRequest(ctx.req, () => withFailures(ctx, () => answer(ctx))),
  }
}

const appOf = (path: string): App | undefined =>
  apps.find((item) => path === `/${item}` || path.startsWith(`/${item}/`))

/** By path. */
type Assets = ReadonlyMap<string, Asset>

const assetsOf = ({ brand, logos, base }: Services): Assets =>
  new Map(Object.entries(readAssets(brand, logos)).map(([path, file]) => [base + path, file]))

function answerAsset(services: Services, ctx: Context, file: Asset): void {
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return refuseMethod(services, ctx, ['GET', 'HEAD'])
  const isPacked = ctx.acceptsEncodings('gzip', 'identity') === 'gzip'
  ctx.type = file.type
  // An SVG that is opened by itself is a document: it must not run a script of this origin.
  if (file.type === 'image/svg+xml')
    ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  ctx.etag = isPacked ? file.etag.replace(/"$/, '-gzip"') : file.etag
  ctx.vary('Accept-Encoding')
  if (isPacked) ctx.set('Content-Encoding', 'gzip')
  ctx.set('Cache-Control', 'v' in ctx.query ? 'public, max-age=31536000, immutable' : 'public, max-age=300')
  ctx.status = 200
  if (ctx.fresh) ctx.status = 304
  else ctx.body = isPacked ? file.gzip : file.body
}

/** A known address with a method it does not have, and every unknown address of the management API. */
function notAllowed(services: Services, ctx: Context, allowed: readonly string[]): void {
  if (allowed.length > 0) refuseMethod(services, ctx, allowed)
  else answerProblem(ctx, { status: 404, code: 'not_found', detail: 'No such address.' })
}

function refuseMethod(services: Services, ctx: Context, allowed: readonly string[]): void {
  ctx.set('Allow', [...new Set(allowed)].join(', '))
  if (ctx.method === 'OPTIONS') ctx.status = 204
  else if (isManagement(services, ctx.path))
    answerProblem(ctx, { status: 405, code: 'method_not_allowed', detail: 'Not here.' })
  else answerError(services, ctx, { status: 405, kind: 'method' })
}

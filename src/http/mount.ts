/** The table of routes as Koa middleware, with error answers, assets, and answers for unknown addresses and methods. */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import compose from 'koa-compose'
import { type App, apps } from '../ports.ts'
import { isFormText } from '../decoding.ts'
import { Refused } from './requestError.ts'
import { answerError } from './respond.ts'
import type { Services } from './context.ts'
import { failures, isManagement } from './errorHandler.ts'
import { answerProblem } from './problem.ts'
import { type Route, routes } from './routes.ts'
import { answerResourceMetadata } from './wellKnown.ts'
import { type Asset, readAssets } from './pages/render.ts'

export interface Routing {
  /** Whether a path is one of our addresses, with any method. */
  readonly owns: (path: string) => boolean
  /** Answers each of our addresses. */
  readonly answer: Middleware
}

/** @param requireMount rejects while there is no provider, or the mount is refused */
export function mountRoutes(services: Services, requireMount: () => Promise<void>): Routing {
  const router = new Router({ prefix: services.base })
  const isThere = ({ path }: Route): boolean => {
    if (path.startsWith('/password')) return services.passwords.keepsPasswords
    const app = appOf(path)
    return app === undefined || services.apps.includes(app)
  }
  for (const { method, path, guards, handle } of routes.filter(isThere)) {
    const app = appOf(path)
    router.register(path, method === 'GET' ? ['GET', 'HEAD'] : [method], async (ctx) => {
      // The host's configuration may leave no way to sign in to it.
      if (app && !services.openApps().includes(app))
        return answerError(services, ctx, { status: 404, kind: 'not-found' })
      for (const guard of guards) await guard.check(services, ctx)
      await handle(services, ctx)
    })
  }
  const assets = assetsOf(services)
  const resource = answerResourceMetadata(services)
  const attached: Middleware = async (_ctx, next) => {
    await requireMount()
    await next()
  }
  const parts = [
    failures(services),
    attached,
    refuseBytes,
    resource.answer,
    answerAsset(services, assets),
    router.routes(),
    notAllowed(services, router, resource.path),
  ]
  const mayOwn = firstSegments(services, [...routes.map(({ path }) => services.base + path), ...assets.keys()])
  return {
    owns: (path) =>
      path === resource.path ||
      (mayOwn(path) && (assets.has(path) || isManagement(services, path) || router.match(path, 'GET').path.length > 0)),
    answer: compose(parts as Middleware[]),
  }
}

/**
 * Whether a path has the first segment of one of `paths`, after the base. It spares requests for the provider the whole table. The router
 * ignores case.
 */
function firstSegments({ base }: Services, paths: readonly string[]): (path: string) => boolean {
  const start = `${base}/`.toLowerCase()
  const segmentOf = (path: string): string => {
    const end = path.indexOf('/', start.length)
    return path.slice(start.length, end < 0 ? undefined : end).toLowerCase()
  }
  const segments = new Set(paths.map(segmentOf))
  return (path) => path.slice(0, start.length).toLowerCase() === start && segments.has(segmentOf(path))
}

/** A query that is not UTF-8 would be read as other characters. */
const refuseBytes: Middleware = async (ctx, next) => {
  if (!isFormText(ctx.querystring)) throw new Refused('not-text')
  await next()
}

const appOf = (path: string): App | undefined =>
  apps.find((item) => path === `/${item}` || path.startsWith(`/${item}/`))

/** By path. */
type Assets = ReadonlyMap<string, Asset>

const assetsOf = ({ brand, logos, base }: Services): Assets =>
  new Map(Object.entries(readAssets(brand, logos)).map(([path, file]) => [base + path, file]))

function answerAsset(services: Services, assets: Assets): Middleware {
  return async (ctx, next) => {
    const file = assets.get(ctx.path)
    if (!file) {
      await next()
      return
    }
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
}

/** A known address with a method it does not have, and every unknown address of the management API. */
function notAllowed(services: Services, router: Router, resource: string): Middleware {
  return (ctx) => {
    const allowed =
      ctx.path === resource
        ? ['GET', 'HEAD']
        : router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods)
    if (allowed.length > 0) refuseMethod(services, ctx, allowed)
    else answerProblem(ctx, { status: 404, code: 'not_found', detail: 'No such address.' })
  }
}

function refuseMethod(services: Services, ctx: Context, allowed: readonly string[]): void {
  ctx.set('Allow', [...new Set(allowed)].join(', '))
  if (ctx.method === 'OPTIONS') ctx.status = 204
  else if (isManagement(services, ctx.path))
    answerProblem(ctx, { status: 405, code: 'method_not_allowed', detail: 'Not here.' })
  else answerError(services, ctx, { status: 405, kind: 'method' })
}

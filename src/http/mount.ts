/** The table of routes as Koa middleware, with error answers, assets, and answers for unknown addresses and methods. */
import { Router } from '@koa/router'
import type { Middleware } from 'koa'
import compose from 'koa-compose'
import { type App, apps } from '../ports.ts'
import { answerError } from './respond.ts'
import type { Services } from './context.ts'
import { failures, isManagement } from './errorHandler.ts'
import { answerProblem } from './problem.ts'
import { type Route, routes } from './routes.ts'
import { readAssets } from './pages/render.ts'

/** The table as Koa middleware. Unknown addresses go to the next middleware. */
export function mountRoutes(services: Services): Middleware {
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
  return compose([failures(services), assets(services), router.routes(), notAllowed(services, router)] as Middleware[])
}

const appOf = (path: string): App | undefined =>
  apps.find((item) => path === `/${item}` || path.startsWith(`/${item}/`))

function assets(services: Services): Middleware {
  const files = readAssets(services.brand)
  return async (ctx, next) => {
    const file = ctx.path.startsWith(`${services.base}/assets/`)
      ? files[ctx.path.slice(services.base.length)]
      : undefined
    if (!file || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) {
      await next()
      return
    }
    const isPacked = ctx.acceptsEncodings('gzip', 'identity') === 'gzip'
    ctx.type = file.type
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
function notAllowed(services: Services, router: Router): Middleware {
  return async (ctx, next) => {
    const allowed = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods)
    if (allowed.length > 0) {
      ctx.set('Allow', [...new Set(allowed)].join(', '))
      if (ctx.method === 'OPTIONS') return void (ctx.status = 204)
      if (isManagement(services, ctx))
        answerProblem(ctx, { status: 405, code: 'method_not_allowed', detail: 'Not here.' })
      else answerError(services, ctx, { status: 405, kind: 'method' })
      return
    }
    if (isManagement(services, ctx))
      return answerProblem(ctx, { status: 404, code: 'not_found', detail: 'No such address.' })
    await next()
  }
}

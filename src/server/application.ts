/** The standalone service as one Koa application: health, development pages, rekey, and the provider. */
import type Koa from 'koa'
import type { Context, Middleware } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Rekey, Store } from '../index.ts'
import type { Clock } from '../ports.ts'
import type { Configuration } from './configuration/configuration.ts'
import { demoPages } from './demoPages.ts'
import { accessLog, createAccessLines, pidFor, type Logger } from './log.ts'
import type { DevelopmentMailbox } from './mailbox.ts'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'

export interface Parts {
  readonly configuration: Configuration
  readonly rekey: Rekey
  readonly provider: Provider
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  /** null: metrics are off. */
  readonly metrics: Metrics | null
  /** null: emails are sent by SMTP. */
  readonly mailbox: DevelopmentMailbox | null
  /** null: not a demonstration. */
  readonly demoPassword: string | null
  readonly readiness: () => Promise<Readiness>
  readonly isStopping: () => boolean
}

/**
 * The provider's application with everything around the provider in it: a request passes through one application. Call it before `attach`,
 * and `callback` after.
 */
export function createApplication(parts: Parts): Koa {
  const { rekey, log, metrics } = parts
  const app: Koa = parts.provider
  app.on('error', (error: unknown) => log.error({ err: error }, 'request failed'))
  const { logLevel, workers } = parts.configuration
  app.use(accessLog(createAccessLines(logLevel, undefined, pidFor(workers))))
  if (metrics) app.use(metrics.requests)
  app.use(health(parts))
  if (parts.configuration.issuer.startsWith('https:')) app.use(transportSecurity)
  // They have headers of their own, so that what follows is for the provider and for unknown addresses.
  app.use(rekey.routes())
  app.use(rekey.protect())
  app.use(notFound(rekey))
  if (parts.configuration.demo) app.use(demoPages(parts))
  return app
}

/** Of the names below this one too: the origin is all ours. */
const transportSecurity: Middleware = (ctx, next) => {
  ctx.set('Strict-Transport-Security', 'max-age=31536000; includeSubDomains')
  return next()
}

function health({ readiness, isStopping }: Parts): Middleware {
  const answer = (ctx: Context, status: number, body: object): void => {
    ctx.set('Cache-Control', 'no-store')
    ctx.status = status
    ctx.body = body
  }
  // HAProxy asks by OPTIONS, unless it is told otherwise.
  const methods = new Set(['GET', 'HEAD', 'OPTIONS'])
  async function probed(ctx: Context, probe: string): Promise<void> {
    Object.assign(ctx, { _matchedRoute: `/health/${probe}` })
    if (probe === 'live') return answer(ctx, 200, { status: 'ok' })
    const checks = await readiness()
    const status = isStopping() ? 'stopping' : checks.store === 'ok' ? 'ok' : 'failing'
    answer(ctx, status === 'ok' ? 200 : 503, { status, checks })
  }
  return (ctx, next) => {
    const [, probe] = /^\/health\/(live|ready)\/?$/i.exec(ctx.path) ?? []
    return probe !== undefined && methods.has(ctx.method) ? probed(ctx, probe.toLowerCase()) : next()
  }
}

function notFound(rekey: Rekey): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.status !== 404 || ctx.body || ctx.headerSent) return
    await rekey.notFound(ctx)
  }
}

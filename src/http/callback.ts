/**
 * Our pages and calls as an application of its own, for any framework. The host's Koa, its keys and its proxy settings do not matter:
 * every address comes from the issuer, and no header of a request changes one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import Koa, { type Context, type Middleware } from 'koa'
import { addressIn, type ClientAddress, noteAddress } from './clientAddress.ts'
import { finishHeaders, setSecurityHeaders, type Transport } from './securityHeaders.ts'
import { discoveryAlias } from './wellKnown.ts'

export interface CallbackOptions extends Omit<Transport, 'images'> {
  readonly mountPath: string
  readonly clientAddress: ClientAddress | null
  readonly onError: (error: unknown, doing: string) => void
  readonly owns: (path: string) => boolean
  readonly answer: (ctx: Context) => Promise<void>
  /** The provider's, read at each use: a host may rotate them. */
  readonly keys: () => unknown
  /** Whether an application is a provider. */
  readonly isProvider: (app: unknown) => boolean
}

export interface Callback {
  /** For Node.js, Express, Fastify and others. */
  readonly callback: (req: IncomingMessage, res: ServerResponse, next?: () => void) => void
  /** For Koa. Errors of what follows in the host are the host's. In the provider's own application it needs no other. */
  readonly middleware: Middleware
}

export function createCallback(options: CallbackOptions): Callback {
  const { owns, answer, clientAddress, isProvider } = options
  const contexts = new WeakMap<IncomingMessage, Context>()
  const app = applicationOf(options, contexts)
  const asIssuer = replacingOrigin(options.issuer)
  const handle = fromIssuer(asIssuer, app.callback())
  return {
    callback(req, res, next) {
      const url = originalUrl(req)
      if (owns(pathOf(url))) {
        noteAddress(req, clientAddress, req.socket.remoteAddress)
        void handle(req, res, url)
      } else if (next) {
        const alias = discoveryAlias(options, pathOf(url))
        // Express and Fastify read `url`; the provider computes its addresses with `originalUrl`.
        if (alias !== null) Object.assign(req, { url: alias, originalUrl: alias })
        next()
      } else res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Not Found\n')
    },

    async middleware(ctx, next) {
      if (!owns(pathOf(ctx.originalUrl))) {
        const alias = discoveryAlias(options, pathOf(ctx.originalUrl))
        if (alias !== null) ctx.url = alias
        await next()
        return
      }
      noteAddress(ctx.req, clientAddress, addressIn(ctx, isProvider(ctx.app)))
      if (isProvider(ctx.app) && ctx.app.proxy && ctx.url === ctx.originalUrl) {
        setSecurityHeaders(ctx, options)
        await asIssuer(ctx.req, () => answer(ctx))
        finishHeaders(ctx, options)
        return
      }
      ctx.respond = false
      contexts.set(ctx.req, ctx)
      await handle(ctx.req, ctx.res, ctx.originalUrl)
    },
  }
}

/** Frameworks that cut a prefix from `url` keep the whole there. */
function originalUrl(req: IncomingMessage & { readonly originalUrl?: unknown }): string {
  return typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '')
}

/** The path that the browser asked for, as `callback` and `middleware` read it. */
export const requestedPath = ({ req, originalUrl: url }: Context): string => {
  const { originalUrl: whole } = req as { readonly originalUrl?: unknown }
  return pathOf(typeof whole === 'string' ? whole : url)
}

const pathOf = (url: string): string => url.split(/[?#]/, 1)[0] ?? ''

/** @param contexts of a Koa host, by request */
function applicationOf(options: CallbackOptions, contexts: WeakMap<IncomingMessage, Context>): Koa {
  const { onError, keys, answer } = options
  const app = new Koa({ proxy: true })
  Object.defineProperty(app, 'keys', { get: keys })
  app.on('error', (error: unknown) => onError(error, 'answering'))
  app.use(async (ctx, next) => {
    setSecurityHeaders(ctx, options)
    const outer = contexts.get(ctx.req)
    if (outer) takeOver(ctx, outer)
    await next()
    finishHeaders(ctx, options)
    if (outer) noteRoute(ctx, outer)
  })
  app.use((ctx) => answer(ctx))
  return app
}

/** What the host's middleware knows of the request: its id, its body. */
function takeOver(ctx: Context, outer: Context): void {
  ctx.state = Object.create(outer.state) as typeof ctx.state
  Object.assign(ctx.request, { body: (outer.request as { readonly body?: unknown }).body })
}

/** The pattern of the route, for the host's log: the path of a mailed link is a secret. */
function noteRoute(ctx: Context, outer: Context): void {
  const { _matchedRoute: matched } = ctx as { readonly _matchedRoute?: unknown }
  Object.assign(outer, { _matchedRoute: matched })
}

type Handle = (req: IncomingMessage, res: ServerResponse, url: string) => Promise<void>

/** Shows the request as the issuer's until it is answered. */
function fromIssuer(
  asIssuer: AsIssuer,
  listener: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Handle {
  return (req, res, url) =>
    asIssuer(req, async () => {
      const { url: before } = req
      req.url = url
      try {
        await listener(req, res)
        // A stream ends later. Rejects where the client leaves before the end.
        if (!res.writableEnded) await finished(res).catch(() => undefined)
      } finally {
        if (before !== undefined) req.url = before
      }
    })
}

type AsIssuer = (req: IncomingMessage, work: () => Promise<void>) => Promise<void>

/** Replaces the headers that say at which address a request arrived. */
function replacingOrigin(issuer: string): AsIssuer {
  const { host, protocol } = new URL(issuer)
  const ofIssuer = { host, 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) }
  const names = Object.keys(ofIssuer)
  const isOfIssuer = (headers: IncomingMessage['headers']): boolean =>
    headers.host === host &&
    headers['x-forwarded-proto'] === ofIssuer['x-forwarded-proto'] &&
    (headers['x-forwarded-host'] ?? host) === host
  return async ({ headers }, work) => {
    // The standalone server has replaced them before.
    if (isOfIssuer(headers)) return work()
    const given = names.map((name) => [name, headers[name]] as const)
    Object.assign(headers, ofIssuer)
    try {
      await work()
    } finally {
      for (const [name, value] of given) {
        if (value === undefined) delete headers[name]
        else headers[name] = value
      }
    }
  }
}

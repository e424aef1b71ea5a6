/**
 * The sample application: a small relying party on an origin of its own, to see a sign-in, a step-up, a refresh and both kinds of
 * logout from the other side. Exists in the demonstration only.
 */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Router } from '@koa/router'
import Koa, { type Context, type Middleware } from 'koa'
import { homePage, style, tokenPage, userinfoPage } from './pages.ts'
import {
  createRelyingParty,
  explain,
  Refused,
  type RelyingPartyOptions,
  type RequestName,
  requests,
} from './relyingParty.ts'
import { createSessions, type Session } from './sessions.ts'

export interface SampleOptions extends RelyingPartyOptions {
  readonly host: string
  readonly port: number
}

/** Rejects when the port is taken. */
export async function startSample(options: SampleOptions): Promise<{ close(): Promise<void> }> {
  const server = sampleApplication(options).listen(options.port, options.host)
  await once(server, 'listening')
  return {
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const cookie = 'sample_session'
const keep = (ctx: Context, id: string) =>
  ctx.cookies.set(cookie, id, { httpOnly: true, sameSite: 'lax', signed: false })

function sampleApplication(options: RelyingPartyOptions): Koa {
  const { issuer, client } = options
  const origin = new URL(client.redirect_uris[0] ?? '').origin
  const party = createRelyingParty(options)
  const sessions = createSessions()
  const usedLogouts = new Set<string>()
  const router = new Router()

  const sessionOf = (ctx: Context): Session | null => sessions.find(ctx.cookies.get(cookie))
  const open = (ctx: Context): Session => {
    const found = sessionOf(ctx)
    if (found) return found
    const { id, session } = sessions.create()
    keep(ctx, id)
    return session
  }

  /** Runs an act whose outcome, good or bad, is told on the first page. */
  const act =
    (work: (ctx: Context, session: Session) => Promise<string>): Middleware =>
    async (ctx) => {
      const session = open(ctx)
      session.notice = null
      const result = await work(ctx, session).catch((error: unknown) => {
        session.notice = { role: 'alert', text: explain(error) }
        return '/'
      })
      ctx.status = 303
      ctx.redirect(result)
    }

  const begin = act(async (ctx, session) => {
    const name = (ctx.params as { request?: string }).request ?? 'again'
    if (!isRequest(name)) throw new Refused('This application does not know how to ask for that.')
    const { url, pending } = await party.begin(name)
    sessions.remember(session, pending)
    return url
  })

  router.get('/', (ctx) => {
    const session = sessionOf(ctx)
    ctx.body = homePage({ issuer, notice: session?.notice ?? null, signedIn: session?.signedIn ?? null })
  })
  router.get('/style.css', (ctx) => {
    ctx.type = 'css'
    ctx.body = style
  })
  router.get('/sign-in', begin)
  router.get('/sign-in/:request', begin)

  router.get(
    '/callback',
    act(async (ctx, session) => {
      const state = String(ctx.query.state)
      const pending = session.pending.get(state)
      session.pending.delete(state)
      if (!pending) throw new Refused('That answer belongs to no question asked from here, or was already used.')
      const answer = await party.finish(ctx.search, pending)
      const forManagement = pending.request === 'management'
      if (forManagement) session.token = answer.accessToken
      session.signedIn = forManagement ? { ...answer, ...tokensOf(session, answer.claims.sub) } : answer
      keep(ctx, sessions.renew(ctx.cookies.get(cookie), session))
      return forManagement ? '/token' : '/'
    }),
  )

  router.get('/token', (ctx) => {
    const session = sessionOf(ctx)
    ctx.body = tokenPage(issuer, session?.token ?? null)
    if (session) session.token = null
  })

  router.get('/userinfo', async (ctx) => {
    const session = open(ctx)
    if (!session.signedIn) return ctx.redirect('/')
    try {
      ctx.body = userinfoPage(await party.userinfo(session.signedIn))
    } catch (error) {
      session.notice = { role: 'alert', text: explain(error) }
      ctx.redirect('/')
    }
  })

  router.post(
    '/refresh',
    act(async (_, session) => {
      if (!session.signedIn?.refreshToken) throw new Refused('There is no refresh token.')
      session.signedIn = await party.refresh(session.signedIn)
      session.notice = { role: 'status', text: 'The tokens are fresh.' }
      return '/'
    }),
  )

  router.post(
    '/sign-out',
    act(async (_, session) => {
      const idToken = session.signedIn?.idToken
      session.signedIn = null
      return idToken ? party.endSession(idToken) : '/'
    }),
  )

  router.post('/backchannel-logout', async (ctx) => {
    try {
      const logout = await party.believeLogout(String((await form(ctx.req)).get('logout_token')))
      if (usedLogouts.has(logout.jti)) throw new Refused('That logout token was already used.')
      usedLogouts.add(logout.jti)
      sessions.end(logout)
      ctx.status = 200
      ctx.body = ''
    } catch (error) {
      ctx.status = 400
      ctx.body = { error: 'invalid_request', error_description: explain(error) }
    }
  })

  const app = new Koa()
  app.silent = true
  app.use(guard(issuer, origin))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

/** A management token answers nothing else, so the tokens of the sign-in before stay in use beside it. */
function tokensOf({ signedIn }: Session, sub: string) {
  const same = signedIn?.claims.sub === sub
  return same ? { accessToken: signedIn.accessToken, refreshToken: signedIn.refreshToken } : { refreshToken: null }
}

const isRequest = (name: string): name is RequestName => Object.hasOwn(requests, name)

/** Headers for every page; a form may come from our own pages only (the provider's logout tokens prove themselves). */
function guard(issuer: string, origin: string): Middleware {
  const policy = `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${issuer}; frame-ancestors 'none'; base-uri 'none'`
  return async (ctx, next) => {
    ctx.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    const foreign = ctx.method === 'POST' && ctx.path !== '/backchannel-logout' && ctx.get('Origin') !== origin
    if (foreign) ctx.throw(403, 'That form was not sent from here.')
    await next()
  }
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += part
    if (text.length > 65_536) throw new Refused('That is too long.')
  }
  return new URLSearchParams(text)
}

/**
 * The sample application: a small relying party on an origin of its own that shows a sign-in, a step-up, a refresh and both kinds
 * of logout. Started by the demonstration only.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { Router } from '@koa/router'
import Koa, { type Context, type Middleware } from 'koa'
import { listen } from '../listen.ts'
import { homePage, type ShownToken, style, tokenPage, userinfoPage } from './pages.ts'
import { explain, Refused } from './refused.ts'
import { RelyingParty, type RelyingPartyOptions, type RequestName, requests, type SignedIn } from './relyingParty.ts'
import { createSessions, type Session, type Sessions } from './sessions.ts'

export interface SampleOptions extends RelyingPartyOptions {
  readonly host: string
  readonly port: number
}

/** Rejects with one sentence when the port is taken. */
export async function startSample(options: SampleOptions): Promise<{ close(): Promise<void> }> {
  const { host, port } = options
  const answer = sampleApplication(options).callback()
  const server = createServer((req, res) => void answer(req, res))
  await listen(server, { host, port, key: 'SAMPLE_PORT (sample_port)' })
  return {
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const cookie = 'sample_session'

interface Sample {
  readonly issuer: string
  readonly relyingParty: RelyingParty
  readonly sessions: Sessions
}

function sampleApplication(options: RelyingPartyOptions): Koa {
  const { issuer, client } = options
  const sample: Sample = { issuer, relyingParty: new RelyingParty(options), sessions: createSessions() }
  const router = new Router()
  router.get('/style.css', (ctx) => {
    ctx.type = 'css'
    ctx.body = style
  })
  addPages(router, sample)
  addSignIn(router, sample)
  addSignedIn(router, sample)
  addBackchannelLogout(router, sample)
  const app = new Koa()
  app.silent = true
  app.use(guard(issuer, new URL(client.redirect_uris[0] ?? '').origin))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

const sessionOf = (ctx: Context, { sessions }: Sample): Session | null => sessions.find(ctx.cookies.get(cookie))

const setCookie = (ctx: Context, id: string) =>
  ctx.cookies.set(cookie, id, { httpOnly: true, sameSite: 'lax', signed: false })

function openSession(ctx: Context, sample: Sample): Session {
  const found = sessionOf(ctx, sample)
  if (found) return found
  const { id, session } = sample.sessions.create()
  setCookie(ctx, id)
  return session
}

type Act = (ctx: Context, session: Session) => Promise<string>

/** Redirects to the path that `work` returns; an error becomes a notice on the first page. */
const redirecting =
  (sample: Sample, work: Act): Middleware =>
  async (ctx) => {
    const session = openSession(ctx, sample)
    session.notice = null
    const path = await work(ctx, session).catch((error: unknown) => {
      session.notice = { role: 'alert', text: explain(error) }
      return '/'
    })
    ctx.status = 303
    ctx.redirect(path)
  }

function addPages(router: Router, sample: Sample): void {
  const { issuer, relyingParty } = sample
  router.get('/', (ctx) => {
    const session = sessionOf(ctx, sample)
    ctx.body = homePage({ issuer, notice: session?.notice ?? null, signedIn: session?.signedIn ?? null })
  })

  router.get('/token', (ctx) => {
    const session = sessionOf(ctx, sample)
    ctx.body = tokenPage(issuer, session?.token ?? null)
    if (session) session.token = null
  })

  router.get('/userinfo', async (ctx) => {
    const session = openSession(ctx, sample)
    if (!session.signedIn) return ctx.redirect('/')
    try {
      ctx.body = userinfoPage(await relyingParty.userinfo(session.signedIn))
    } catch (error) {
      session.notice = { role: 'alert', text: explain(error) }
      ctx.redirect('/')
    }
  })
}

function addSignIn(router: Router, sample: Sample): void {
  const { relyingParty, sessions } = sample
  const begin = redirecting(sample, async (ctx, session) => {
    const name = (ctx.params as { request?: string }).request ?? 'again'
    if (!isRequest(name)) throw new Refused('This application has no such request.')
    const { url, pending } = await relyingParty.begin(name)
    sessions.remember(session, pending)
    return url
  })
  router.get('/sign-in', begin)
  router.get('/sign-in/:request', begin)

  router.get(
    '/callback',
    redirecting(sample, async (ctx, session) => {
      const state = String(ctx.query.state)
      const pending = session.pending.get(state)
      session.pending.delete(state)
      if (!pending) throw new Refused('That answer belongs to no request of this browser, or was already used.')
      const answer = await relyingParty.finish(ctx.search, pending)
      const forManagement = pending.request === 'management'
      if (forManagement) session.token = await shownToken(relyingParty, answer)
      session.signedIn = forManagement
        ? { ...answer, ...keptOf(session, answer.claims.sub) }
        : { ...answer, person: await relyingParty.personOf(answer) }
      setCookie(ctx, sessions.renew(ctx.cookies.get(cookie), session))
      return forManagement ? '/token' : '/'
    }),
  )
}

function addSignedIn(router: Router, sample: Sample): void {
  const { relyingParty } = sample
  router.post(
    '/refresh',
    redirecting(sample, async (_, session) => {
      if (!session.signedIn?.refreshToken) throw new Refused('There is no refresh token.')
      session.signedIn = await relyingParty.refresh(session.signedIn)
      session.notice = { role: 'status', text: 'The tokens are fresh.' }
      return '/'
    }),
  )

  router.post(
    '/sign-out',
    redirecting(sample, async (_, session) => {
      const idToken = session.signedIn?.idToken
      session.signedIn = null
      return idToken ? relyingParty.endSession(idToken) : '/'
    }),
  )
}

function addBackchannelLogout(router: Router, { relyingParty, sessions }: Sample): void {
  const usedTokens = new Set<string>()
  router.post('/backchannel-logout', async (ctx) => {
    try {
      const logout = await relyingParty.readLogoutToken(String((await form(ctx.req)).get('logout_token')))
      if (usedTokens.has(logout.jti)) throw new Refused('That logout token was already used.')
      usedTokens.add(logout.jti)
      sessions.end(logout)
      ctx.status = 200
      ctx.body = ''
    } catch (error) {
      ctx.status = 400
      ctx.body = { error: 'invalid_request', error_description: explain(error) }
    }
  })
}

/** A management token is valid for the management API only, so the tokens of the earlier sign-in are kept. */
function keptOf({ signedIn }: Session, sub: string): Partial<SignedIn> {
  if (signedIn?.claims.sub !== sub) return { refreshToken: null }
  const { accessToken, refreshToken, person } = signedIn
  return { accessToken, refreshToken, person }
}

async function shownToken(relyingParty: RelyingParty, answer: SignedIn): Promise<ShownToken> {
  const { accessToken: value, claims, expiresIn } = answer
  return { value, sub: claims.sub, expiresIn, owner: await relyingParty.ownerOf(answer) }
}

const isRequest = (name: string): name is RequestName => Object.hasOwn(requests, name)

/** Headers of every page; accepts forms of its own pages only (logout tokens are signed). */
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

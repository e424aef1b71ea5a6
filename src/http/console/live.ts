/** The newest reset on the page of a user, as a part of it that the script of the page asks for again and again. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import type { Services } from '../context.ts'
import { languageOf } from '../language.ts'
import { setSecurityHeaders } from '../securityHeaders.ts'
import { waiting } from '../waiting.ts'
import { findWebSession, refuseUnauthorisedPeople, type WebSession } from '../webSession.ts'
import { namesOf } from './names.ts'
import { idOf } from './paths.ts'
import { stripOf, stripVersion } from './userResets.ts'

/** Longest wait for a change. Seconds, shorter than the patience of proxies. */
const WAIT_SECONDS = 25

/** 200 with the part, 204 when it is as the version in the query, 403 without a session: a sign-in would end in the script. */
export async function showLive(services: Services, ctx: Context): Promise<void> {
  setSecurityHeaders(ctx, services)
  ctx.set('Cache-Control', 'no-store')
  const first = await admitted(services, ctx)
  if (!first) return refuse(ctx, 403)
  const isNews = (account: Account | null): boolean =>
    !account || stripVersion(account, services.clock.now()) !== ctx.query['version']
  const known = await services.accounts.getStored(idOf(ctx))
  if (!known || known.resets.length === 0) return refuse(ctx, 404)
  const isChanged = isNews(known)
  if (!isChanged) {
    const watching = { isNews, seconds: WAIT_SECONDS }
    await waiting(ctx, (signal) => services.accounts.watch.wait(idOf(ctx), { ...watching, signal }))
  }
  // Session, person and roles may have ended during the wait.
  const webSession = isChanged ? first : await admitted(services, ctx)
  if (!webSession) return refuse(ctx, 403)
  const account = isChanged ? known : await services.accounts.getStored(idOf(ctx))
  if (!isNews(account)) ctx.status = 204
  else await answerStrip(services, ctx, { account, webSession })
}

async function admitted(services: Services, ctx: Context): Promise<WebSession | null> {
  const webSession = await findWebSession(services, ctx, 'admin')
  if (webSession) refuseUnauthorisedPeople(webSession)
  return webSession
}

async function answerStrip(
  services: Services,
  ctx: Context,
  { account, webSession }: { readonly account: Account | null; readonly webSession: WebSession },
): Promise<void> {
  const [newest] = account?.resets ?? []
  if (!account || !newest) return refuse(ctx, 404)
  const nameOf = await namesOf(services, [newest.requestedBy])
  const language = languageOf(services, ctx, { accountLocale: webSession.person.locale })
  ctx.status = 200
  ctx.type = 'html'
  ctx.set('Content-Language', language)
  ctx.body = services.views.resetStatus(language, stripOf(services, { account, nameOf }, newest))
}

function refuse(ctx: Context, status: number): void {
  ctx.status = status
  ctx.type = 'html'
  ctx.body = ''
}

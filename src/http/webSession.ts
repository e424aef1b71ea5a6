/**
 * A visit: somebody in one of the house's own places (console, own account), signed in like with any application. The browser keeps
 * which session at the provider it belongs to; that session, the person and their roles are looked at again on every request.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { OwnSession } from '../oidc/firstPartySignIn.ts'
import type { Person, App } from '../ports.ts'
import { answer, answerError, type PageFrame } from './respond.ts'
import type { Services } from './context.ts'
import { sealedCookies } from './sealedCookies.ts'
import { pickedHere } from './language.ts'
import { Refused } from './requestError.ts'
import { seeOther } from './redirect.ts'

export interface WebSession {
  readonly app: App
  readonly person: Person
  readonly session: OwnSession
}

/** Thrown where a visitor is needed and there is none; becomes a sign-in. */
export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn'
  readonly app: App
  constructor(app: App) {
    super(`nobody is signed in at /${app}`)
    this.app = app
  }
}

/** How long a browser may take to sign in and come back. Seconds, longer than any sign-in lives. */
const BEGUN_SECONDS = 86_400
/** The cookie outlives no session at the provider. Seconds: 24 h. @see NIST SP 800-63B-4 §2.2.3 */
const WEB_SESSION_SECONDS = 86_400

const begunSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() })
const webSessionSchema = z.object({ uid: z.string() })

const begunName = (app: App): string => `rekey_${app}_begun`
const webSessionName = (app: App): string => `rekey_${app}`
const rootOf = (services: Services, app: App): string => `${services.base}/${app}`

export async function findWebSession(services: Services, ctx: Context, app: App): Promise<WebSession | null> {
  const kept = sealedCookies(services).read(
    ctx,
    { name: webSessionName(app) },
    { for: 'web-session', app },
    webSessionSchema,
  )
  const session = kept && (await services.firstPartySignIns.find(kept.uid))
  const person = session && (await services.directory.find(session.accountId))
  return session && person?.status === 'active' ? { app, person, session } : null
}

/** What the guard has found. */
export function webSessionOf(ctx: Context): WebSession {
  const webSession = ctx.state['web-session'] as WebSession | undefined
  if (!webSession) throw new Error(`the route of ${ctx.method} has no guard "signedIn"`)
  return webSession
}

/** Off to sign in, and back to the page that was asked for; to the front page when something was sent there. */
export async function beginWebSession(
  services: Services,
  ctx: Context,
  app: App,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  const picked = pickedHere(ctx)
  const language = picked !== null && services.languages.includes(picked) ? { ui_locales: picked } : {}
  const { url, begun } = await services.firstPartySignIns.begin(app, { ...language, ...parameters })
  const root = rootOf(services, app)
  const isPage = ctx.method === 'GET' && ctx.path !== `${root}/callback`
  const kept = { ...begun, to: isPage ? ctx.url.slice(0, 1000) : root }
  const options = { name: begunName(app), path: root, maxAgeSeconds: BEGUN_SECONDS }
  sealedCookies(services).write(ctx, options, { for: 'web-session-begun', app }, kept)
  seeOther(ctx, url)
}

export const finishWebSession =
  (app: App) =>
  async (services: Services, ctx: Context): Promise<void> => {
    const cookies = sealedCookies(services)
    const root = rootOf(services, app)
    const begun = cookies.read(ctx, { name: begunName(app) }, { for: 'web-session-begun', app }, begunSchema)
    const finished = begun ? await services.firstPartySignIns.finish(app, ctx.search, begun) : null
    if (finished?.is === 'signed-in') {
      cookies.clear(ctx, { name: begunName(app), path: root })
      const options = { name: webSessionName(app), path: root, maxAgeSeconds: WEB_SESSION_SECONDS }
      cookies.write(ctx, options, { for: 'web-session', app }, { uid: finished.session.uid })
      return seeOther(ctx, begun?.to ?? root)
    }
    // Back was pressed, another tab was quicker, or somebody said no at an extra question: whoever is here already goes on.
    if (await findWebSession(services, ctx, app)) return seeOther(ctx, root)
    const wayBack = { href: root, name: services.brand.name }
    answerError(services, ctx, { status: 400, kind: 'sign-in-request', detail: finished?.error ?? null, wayBack })
  }

export const endWebSession =
  (app: App) =>
  async (services: Services, ctx: Context): Promise<void> => {
    sealedCookies(services).clear(ctx, { name: webSessionName(app), path: rootOf(services, app) })
    seeOther(ctx, services.firstPartySignIns.endUrl(app))
  }

/** Whoever said no at the question is back where they were; nobody else is asked to sign in again at once. */
export const showSignedOut =
  (app: App) =>
  async (services: Services, ctx: Context): Promise<void> => {
    const root = rootOf(services, app)
    if ((await services.sessions.here(ctx)) !== null) return seeOther(ctx, root)
    answer(services, ctx, { page: 'logged-out', locals: { client: null, signInHref: `/${app}` } })
  }

/** Around every page of a visit. */
export const webSessionFrame = (services: Services, ctx: Context, { app, person }: WebSession): PageFrame => ({
  accountLocale: person.locale,
  webSession: { app, name: person.name, email: person.email, signOut: services.forms.to(ctx, `/${app}/sign-out`) },
})

/** Only people with a role may be in the console. From live roles, on every request. */
export function refuseUnauthorisedPeople({ person }: WebSession): void {
  if (person.roles.length === 0) throw new Refused('unauthorised')
}

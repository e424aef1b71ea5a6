/**
 * The web session of a first-party app (console, own account), which signs in like any application. The cookie identifies a session at the
 * provider. That session, the person and their roles are read on every request.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Finished, OwnSession } from '../oidc/firstPartySignIn.ts'
import type { Person, App } from '../ports.ts'
import { answer, answerError, type PageFrame } from './respond.ts'
import { callerOf, type Services } from './context.ts'
import { sealedCookies } from './sealedCookies.ts'
import { pickedHere } from './language.ts'
import { Refused } from './requestError.ts'
import { seeOther } from './redirect.ts'

export interface WebSession {
  readonly app: App
  readonly person: Person
  readonly session: OwnSession
}

/** Thrown where a web session is missing; the answer is a sign-in. */
export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn'
  readonly app: App
  constructor(app: App) {
    super(`not signed in at /${app}`)
    this.app = app
  }
}

/** Longest time from the request to the callback. Seconds: longer than any sign-in lasts. */
const BEGUN_SECONDS = 86_400
/** Not longer than a session at the provider. Seconds: 24 h. @see NIST SP 800-63B-4 §2.2.3 */
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
  if (!kept) return null
  // The person is read with the record that the session is compared with.
  const reading = new Map<string, Promise<Person | null>>()
  const read = (id: string): void => {
    const person = services.directory.find(id)
    person.catch(() => undefined)
    reading.set(id, person)
  }
  const session = await services.firstPartySignIns.find(kept.uid, read)
  const person = session && (await (reading.get(session.accountId) ?? services.directory.find(session.accountId)))
  return session && person?.status === 'active' ? { app, person, session } : null
}

/** The web session that the guard `signedIn` found. */
export function webSessionOf(ctx: Context): WebSession {
  const webSession = ctx.state['web-session'] as WebSession | undefined
  if (!webSession) throw new Error(`the route of ${ctx.method} has no guard "signedIn"`)
  return webSession
}

/** Starts a sign-in that returns to the requested page, or to the front page after a POST. */
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
  // Routes ignore the case of a path, the paths of cookies do not: another spelling would begin sign-ins without end.
  const isBelowRoot = `${ctx.path}/`.startsWith(`${root}/`)
  const isPage = ctx.method === 'GET' && isBelowRoot && ctx.path !== `${root}/callback`
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
    const isAdmitted = async (accountId: string): Promise<boolean> =>
      app !== 'admin' || isOfConsole(await services.directory.find(accountId))
    const finished = begun
      ? await services.firstPartySignIns.finish(app, { query: ctx.search, begun }, isAdmitted)
      : null
    if (finished?.is === 'unauthorised') {
      cookies.clear(ctx, { name: begunName(app), path: root })
      auditUnauthorised(services, ctx, finished)
      throw new Refused('unauthorised')
    }
    if (finished?.is === 'signed-in') {
      cookies.clear(ctx, { name: begunName(app), path: root })
      const options = { name: webSessionName(app), path: root, maxAgeSeconds: WEB_SESSION_SECONDS }
      cookies.write(ctx, options, { for: 'web-session', app }, { uid: finished.session.uid })
      return seeOther(ctx, begun?.to ?? root)
    }
    // **Back** was pressed, another tab was first, or consent was declined: an existing web session continues.
    if (await findWebSession(services, ctx, app)) return seeOther(ctx, root)
    const wayBack = { href: `/${app}`, app }
    const detail = finished?.is === 'refused' ? finished.error : null
    answerError(services, ctx, { status: 400, kind: 'sign-in-request', detail, wayBack })
  }

export const endWebSession =
  (app: App) =>
  async (services: Services, ctx: Context): Promise<void> => {
    sealedCookies(services).clear(ctx, { name: webSessionName(app), path: rootOf(services, app) })
    seeOther(ctx, services.firstPartySignIns.endUrl(app))
  }

/** After a declined sign-out the browser returns to the app. After a sign-out no new sign-in starts by itself. */
export const showSignedOut =
  (app: App) =>
  async (services: Services, ctx: Context): Promise<void> => {
    const root = rootOf(services, app)
    if ((await services.sessions.here(ctx)) !== null) return seeOther(ctx, root)
    answer(services, ctx, { page: 'logged-out', locals: { client: null, signInHref: `/${app}` } })
  }

export const webSessionFrame = (services: Services, ctx: Context, { app, person }: WebSession): PageFrame => ({
  accountLocale: person.locale,
  webSession: {
    app,
    name: person.name,
    email: person.email,
    elsewhere: elsewhereOf(services, app, person),
    signOut: services.forms.to(ctx, `/${app}/sign-out`),
  },
})

/** The other first-party app, if this person may open it. */
function elsewhereOf(services: Services, app: App, person: Person): string | null {
  const other = app === 'admin' ? 'account' : 'admin'
  const isOpen = services.openApps().includes(other) && (other === 'account' || isOfConsole(person))
  return isOpen ? `/${other}` : null
}

/** The console is for people with a role. Roles are read on every request. */
export function refuseUnauthorisedPeople({ person }: WebSession): void {
  if (!isOfConsole(person)) throw new Refused('unauthorised')
}

const isOfConsole = (person: Person | null): boolean => person !== null && person.roles.length > 0

type Unauthorised = Extract<Finished, { readonly is: 'unauthorised' }>

/** Once for each session at the provider. */
function auditUnauthorised(services: Services, ctx: Context, { session, clientId }: Unauthorised): void {
  services.signInLog.record({
    type: 'sign_in.refused',
    accountId: session.accountId,
    signInId: session.uid,
    reason: 'no-role',
    clientId,
    caller: callerOf(ctx, null),
  })
}

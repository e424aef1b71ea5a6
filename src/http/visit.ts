/**
 * A visit: somebody in one of the house's own places (console, own account), signed in like with any application. The browser keeps
 * which session at the provider it belongs to; that session, the person and their roles are looked at again on every request.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { OwnSession } from '../oidc/relyingParty.ts'
import type { Person, Place } from '../ports.ts'
import { answer, answerError, type Around } from './answer.ts'
import type { Desk } from './desk.ts'
import type { Forms } from './forms.ts'
import { sealedCookies } from './sealedCookies.ts'
import { pickedHere } from './language.ts'
import { Refused } from './refused.ts'
import { to } from './sign-in/progress.ts'

export interface Visit {
  readonly place: Place
  readonly person: Person
  readonly session: OwnSession
}

/** Thrown where a visitor is needed and there is none; becomes a sign-in. */
export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn'
  readonly place: Place
  constructor(place: Place) {
    super(`nobody is signed in at /${place}`)
    this.place = place
  }
}

/** How long a browser may take to sign in and come back. Seconds, longer than any sign-in lives. */
const BEGUN_SECONDS = 86_400
/** The cookie outlives no session at the provider. Seconds: 24 h. @see NIST SP 800-63B-4 §2.2.3 */
const VISIT_SECONDS = 86_400

const begunSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() })
const visitSchema = z.object({ uid: z.string() })

const begunName = (place: Place): string => `rekey_${place}_begun`
const visitName = (place: Place): string => `rekey_${place}`
const rootOf = (desk: Desk, place: Place): string => `${desk.base}/${place}`

export async function findVisit(desk: Desk, ctx: Context, place: Place): Promise<Visit | null> {
  const kept = sealedCookies(desk).read(ctx, { name: visitName(place) }, { for: 'visit', place }, visitSchema)
  const session = kept && (await desk.ownSignIns.find(kept.uid))
  const person = session && (await desk.directory.find(session.accountId))
  return session && person?.status === 'active' ? { place, person, session } : null
}

/** What the guard has found. */
export function visitOf(ctx: Context): Visit {
  const visit = ctx.state['visit'] as Visit | undefined
  if (!visit) throw new Error(`the route of ${ctx.method} has no guard "signedIn"`)
  return visit
}

/** Off to sign in, and back to the page that was asked for; to the front page when something was sent there. */
export async function beginVisit(
  desk: Desk,
  ctx: Context,
  place: Place,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  const picked = pickedHere(ctx)
  const language = picked !== null && desk.languages.includes(picked) ? { ui_locales: picked } : {}
  const { url, begun } = await desk.ownSignIns.begin(place, { ...language, ...parameters })
  const root = rootOf(desk, place)
  const isPage = ctx.method === 'GET' && ctx.path !== `${root}/callback`
  const kept = { ...begun, to: isPage ? ctx.url.slice(0, 1000) : root }
  const options = { name: begunName(place), path: root, maxAgeSeconds: BEGUN_SECONDS }
  sealedCookies(desk).write(ctx, options, { for: 'visit-begun', place }, kept)
  to(ctx, url)
}

export const finishVisit =
  (place: Place) =>
  async (desk: Desk, ctx: Context): Promise<void> => {
    const cookies = sealedCookies(desk)
    const root = rootOf(desk, place)
    const begun = cookies.read(ctx, { name: begunName(place) }, { for: 'visit-begun', place }, begunSchema)
    const finished = begun ? await desk.ownSignIns.finish(place, ctx.search, begun) : null
    if (finished?.is === 'signed-in') {
      cookies.clear(ctx, { name: begunName(place), path: root })
      const options = { name: visitName(place), path: root, maxAgeSeconds: VISIT_SECONDS }
      cookies.write(ctx, options, { for: 'visit', place }, { uid: finished.session.uid })
      return to(ctx, begun?.to ?? root)
    }
    // Back was pressed, another tab was quicker, or somebody said no at an extra question: whoever is here already goes on.
    if (await findVisit(desk, ctx, place)) return to(ctx, root)
    const wayBack = { href: root, name: desk.brand.name }
    answerError(desk, ctx, 400, 'sign-in-request', finished?.error ?? null, wayBack)
  }

export const endVisit =
  (place: Place) =>
  async (desk: Desk, ctx: Context): Promise<void> => {
    sealedCookies(desk).clear(ctx, { name: visitName(place), path: rootOf(desk, place) })
    to(ctx, desk.ownSignIns.endUrl(place))
  }

/** Whoever said no at the question is back where they were; nobody else is asked to sign in again at once. */
export const showSignedOut =
  (place: Place) =>
  async (desk: Desk, ctx: Context): Promise<void> => {
    const root = rootOf(desk, place)
    if ((await desk.sessions.here(ctx)) !== null) return to(ctx, root)
    answer(desk, ctx, 200, 'logged-out', { client: null, signInHref: `/${place}` })
  }

/** Around every page of a visit. */
export const aroundVisit = (forms: Forms, ctx: Context, { place, person }: Visit): Around => ({
  accountLocale: person.locale,
  visit: { place, name: person.name, email: person.email, signOut: forms.to(ctx, `/${place}/sign-out`) },
})

/** Only people with a role may be in the console. From live roles, on every request. */
export function refuseOutsiders({ person }: Visit): void {
  if (person.roles.length === 0) throw new Refused('outsider')
}

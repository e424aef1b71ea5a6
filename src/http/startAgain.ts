/** Where a sign-in begins, and what its browser keeps to begin it again when a reset has ended it. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Services } from './context.ts'
import { signInPath } from './paths.ts'
import { type CookieServices, type CookieUse, sealedCookies } from './sealedCookies.ts'

interface Begun {
  readonly uid: string
  readonly exp: number
  readonly returnTo: string
}

type StartServices = Pick<Services, 'sealing' | 'secure' | 'base' | 'clock'>

/** Up to 3 KB, so it is sent to the pages of its sign-in only. */
const COOKIE = { name: 'rekey_start', scoped: true } as const
const useOf = (uid: string): CookieUse => ({ for: 'start-again', interaction: uid })

/** How long a page that was left open can still be begun again, at least. Seconds: a working day. */
const START_SECONDS = 28_800

/** Longest request a browser is asked to keep. Characters: cookies end at 4 KB. */
const LONGEST_REQUEST = 2000

/** The address of the sign-in's first page. */
export function beginSignIn(
  services: StartServices,
  ctx: Context & { readonly oidc: { readonly params?: unknown } },
  begun: Begun,
): string {
  const request = `/auth?${queryOf(ctx.oidc.params).toString()}`
  if (request.length <= LONGEST_REQUEST) keepRequest(services, ctx, begun, request)
  return signInPath(services, begun.uid)
}

/** The sign-in has more time: so has what begins it again. */
export function keepStart(services: StartServices, ctx: Context, begun: Begun): void {
  const request = startAgainHref(services, ctx, begun.uid)
  if (request !== null) keepRequest(services, ctx, begun, request)
}

/** The request of a sign-in that died of nothing but its age, to be begun again without a question; null: it did not. */
export function restartHref(services: StartServices, ctx: Context, uid: string): string | null {
  const kept = keptIn(services, ctx, uid)
  return kept && services.clock.now() >= kept.until ? kept.request : null
}

function keepRequest(services: StartServices, ctx: Context, { uid, exp, returnTo }: Begun, request: string): void {
  // Longer than the sign-in lives: it is wanted most when that is over.
  const maxAgeSeconds = Math.max(START_SECONDS, (exp - services.clock.now()) * 2)
  const kept: Kept = { request, until: exp }
  // Below the sign-in's pages and its resume address, so that no other page is sent it.
  for (const path of [signInPath(services, uid), new URL(returnTo).pathname])
    sealedCookies(services).write(ctx, { ...COOKIE, path, maxAgeSeconds }, useOf(uid), kept)
}

/** The original request; a pushed one by its contents, since its reference is spent. */
function queryOf(params: unknown): URLSearchParams {
  const entries = Object.entries((params ?? {}) as Record<string, unknown>)
  return new URLSearchParams(
    entries.flatMap(([name, value]) => {
      const values = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')
      return name === 'request_uri' ? [] : values.map((item) => [name, item])
    }),
  )
}

/** The same request for somebody else: whoever is signed in, a password is asked for. null: this browser does not know it. */
export function asAnotherHref(services: CookieServices, ctx: Context, uid: string): string | null {
  const href = startAgainHref(services, ctx, uid)
  if (href === null) return null
  const [path, search] = href.split('?')
  const query = new URLSearchParams(search)
  const prompts = (query.get('prompt') ?? '').split(' ').filter((word) => word !== '' && word !== 'login')
  query.set('prompt', ['login', ...prompts].join(' '))
  for (const whose of ['login_hint', 'id_token_hint']) query.delete(whose)
  return `${path}?${query.toString()}`
}

const keptSchema = z.object({ request: z.string(), until: z.number() })
type Kept = z.infer<typeof keptSchema>

const keptIn = (services: CookieServices, ctx: Context, uid: string): Kept | null =>
  sealedCookies(services).read(ctx, COOKIE, useOf(uid), keptSchema)

/** Where **Start again** leads; null: this browser does not know. */
export const startAgainHref = (services: CookieServices, ctx: Context, uid: string): string | null =>
  keptIn(services, ctx, uid)?.request ?? null

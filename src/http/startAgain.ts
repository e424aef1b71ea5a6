/** The authorization request, kept in a cookie so that the sign-in can start again after a reset has ended it. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { SignIn } from '../oidc/interactions.ts'
import type { Services } from './context.ts'
import { createLookups } from '../core/lookups.ts'
import { readScopedCookie } from './cookies.ts'
import { hrefOf, signInPath } from './paths.ts'
import { type CookieServices, type CookieUse, sealedCookies } from './sealedCookies.ts'

type Begun = Pick<SignIn, 'uid' | 'expiresAt' | 'returnTo' | 'request'>

type AddressServices = CookieServices & Pick<Services, 'issuer' | 'base'>
type StartServices = AddressServices & Pick<Services, 'sealing' | 'secure' | 'base' | 'cookiePath' | 'clock'>

/** Up to 2.6 KB, so it is sent to the pages of its sign-in only. */
const COOKIE = { name: 'rekey_start', scoped: true } as const
/** Of the cookies that this process set, by sign-in. */
const untilOf = createLookups<number>()
const useOf = (uid: string): CookieUse => ({ for: 'start-again', interaction: uid })

/** Shortest time for which an open page can start again. Seconds: a working day. */
const START_SECONDS = 28_800

/** Longest request that is kept. Characters: with it the header of a page stays below the 4 KB that a proxy reads by default. */
const LONGEST_REQUEST = 1800

/** By how much a password extends a sign-in, so that the cookie need not be set again: it lasts much longer. Seconds: an hour. */
const PASSWORD_SECONDS = 3600

/**
 * Set with a page, whose header is short otherwise, and set again when the set-up was extended. A redirect of the provider sets many cookies
 * of its own.
 */
export function keepStart(services: StartServices, ctx: Context, begun: Begun): void {
  const isEnough = (until: number | undefined): boolean =>
    until !== undefined && begun.expiresAt <= until + PASSWORD_SECONDS
  // Opened only where another process has set it.
  if (isEnough(untilOf.get(begun.uid)) && readScopedCookie(ctx.req, COOKIE.name) !== undefined) return
  const before = keptIn(services, ctx, begun.uid)
  if (isEnough(before?.until)) return
  const request = before?.request ?? `${authorizationPath(begun)}?${queryOf(begun.request.params).toString()}`
  if (request.length > LONGEST_REQUEST) return
  const kept: Kept = { request, until: begun.expiresAt }
  ctx.state[COOKIE.name] = kept
  untilOf.learn(begun.uid, kept.until)
  // Longer than the sign-in, because it is needed after the end.
  const maxAgeSeconds = Math.max(START_SECONDS, (kept.until - services.clock.now()) * 2)
  const path = signInPath(services, begun.uid)
  sealedCookies(services).write(ctx, { ...COOKIE, path, maxAgeSeconds }, useOf(begun.uid), kept)
}

/** The address to resume a sign-in is below the one to begin it. */
const authorizationPath = ({ returnTo }: Begun): string => new URL(returnTo).pathname.replace(/\/[^/]*$/, '')

/** The request of a sign-in whose time for the password is over, to start again without a confirmation; null: it is not over. */
export function restartHref(services: StartServices, ctx: Context, uid: string): string | null {
  const kept = keptIn(services, ctx, uid)
  return kept && services.clock.now() >= kept.until ? kept.request : null
}

/** The original request. A pushed request is given by its contents, since its reference is used up. */
function queryOf(params: unknown): URLSearchParams {
  const entries = Object.entries((params ?? {}) as Record<string, unknown>)
  return new URLSearchParams(
    entries.flatMap(([name, value]) => {
      const values = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')
      return name === 'request_uri' ? [] : values.map((item) => [name, item])
    }),
  )
}

/** The same request with `prompt=login`, for another person; null: this browser has not kept it. */
export function asAnotherHref(services: AddressServices, ctx: Context, uid: string): string | null {
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
  (ctx.state[COOKIE.name] as Kept | undefined) ?? sealedCookies(services).read(ctx, COOKIE, useOf(uid), keptSchema)

/** The address of **Start again**; null: this browser has not kept it. */
export function startAgainHref(services: AddressServices, ctx: Context, uid: string): string | null {
  const kept = keptIn(services, ctx, uid)
  return kept && hrefOf(services, kept.request)
}

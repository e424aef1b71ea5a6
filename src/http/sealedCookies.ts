/** Sealed cookies: a browser can neither read nor change them, and a copy in another browser is useless. */
import type { Context } from 'koa'
import type { z } from 'zod'
import type { Use } from '../crypto/purposes.ts'
import { browserOf, nameBrowser } from './browserCookie.ts'
import { clearCookie, type CookieOptions, makeRoom, readCookie, setCookie } from './cookies.ts'
import type { Services } from './context.ts'

type Uses = Use<'browser'>
/** Not bound to a browser: it gives no access, so that a copy does no harm. */
type Unbound = Extract<Uses, { readonly for: 'known-browser' }>
type Bound = Extract<
  Uses,
  { readonly for: 'start-again' | 'link-ticket' | 'opened-link' | 'web-session' | 'web-session-begun' }
>
type WithoutBrowser<U> = U extends unknown ? Omit<U, 'browser'> : never
/** The use of a cookie, to which the browser is added here. */
export type CookieUse = Unbound | WithoutBrowser<Bound>

/** How many long cookies of a kind are kept. They are sent with every request, and proxies limit headers to 8 KB. */
const MOST_LONG_ONES = 3

export interface SealedCookies {
  read<T>(ctx: Context, cookie: Pick<CookieOptions, 'name' | 'scoped'>, use: CookieUse, schema: z.ZodType<T>): T | null
  /** `kind`: there is one for each reset or invitation, named `{kind}_{id}`. */
  write(ctx: Context, cookie: CookieOptions & { readonly kind?: string }, use: CookieUse, value: unknown): void
  clear(ctx: Context, cookie: CookieOptions): void
}

export type CookieServices = Pick<Services, 'sealing' | 'secure' | 'cookiePath'>

const boundUse = (use: CookieUse, browser: string): Uses => (use.for === 'known-browser' ? use : { ...use, browser })

export function sealedCookies(services: CookieServices): SealedCookies {
  return {
    read(ctx, cookie, use, schema) {
      const browser = use.for === 'known-browser' ? '' : browserOf(services, ctx)
      const sealed = readCookie(services, ctx.req, cookie)
      const text = browser === null ? null : services.sealing.tryOpen(sealed, boundUse(use, browser))
      const parsed = text === null ? null : schema.safeParse(JSON.parse(text))
      return parsed?.success ? parsed.data : null
    },

    write(ctx, { kind, ...cookie }, use, value) {
      const browser = use.for === 'known-browser' ? '' : nameBrowser(services, ctx)
      if (kind !== undefined) makeRoom(services, ctx, { kind, most: MOST_LONG_ONES }, cookie)
      setCookie(services, ctx.res, services.sealing.seal(JSON.stringify(value), boundUse(use, browser)), cookie)
    },

    clear: (ctx, cookie) => clearCookie(services, ctx.res, cookie),
  }
}

/**
 * Which language a page is in. Somebody picks another by a link of the page itself, which needs no script: that counts before
 * everything for what they are doing just now, and after what is known of them and of the request for next time.
 */
import type { Context } from 'koa'
import { chooseLanguage } from '../i18n/negotiation.ts'
import { cookiesIn, setCookie } from './cookies.ts'
import type { Services } from './context.ts'

export interface Candidates {
  readonly uiLocales?: string | null
  readonly accountLocale?: string | null
}

type LanguageServices = Pick<Services, 'languages' | 'secure' | 'base'>

/** The parameter of the link, and the cookie it leaves for next time. */
const PICKED = 'language'
/** The same in this sign-in, behind this link, in this place of ours; sent to no other. */
const PICKED_HERE = 'language_here'
/** Seconds: a year. */
const NEXT_TIME_SECONDS = 31_536_000

export function languageOf(
  { languages }: Pick<Services, 'languages'>,
  ctx: Context,
  candidates: Candidates = {},
): string {
  return chooseLanguage({
    chosen: pickedHere(ctx),
    uiLocales: candidates.uiLocales ?? null,
    account: candidates.accountLocale ?? null,
    cookie: cookiesIn(ctx.req).get(PICKED),
    acceptLanguage: ctx.get('accept-language'),
    available: languages,
    fallback: languages[0] ?? 'en',
  })
}

export function pickedHere(ctx: Context): string | null {
  const { [PICKED]: request } = ctx.query
  return (typeof request === 'string' ? request : cookiesIn(ctx.req).get(PICKED_HERE)) ?? null
}

/** Once the page is in the language that was picked. */
export function rememberLanguage({ secure, base }: LanguageServices, ctx: Context, language: string): void {
  if (ctx.query[PICKED] !== language) return
  const site = { secure, base }
  setCookie(site, ctx.res, language, {
    name: PICKED,
    scoped: true,
    path: base || '/',
    maxAgeSeconds: NEXT_TIME_SECONDS,
  })
  const path = flowOf(base, ctx.path)
  if (path) setCookie(site, ctx.res, language, { name: PICKED_HERE, scoped: true, path })
}

/** What the pages of one sign-in, of the mailed links, of a place of ours have in common; null: it is none of these. */
const flowOf = (base: string, path: string): string | null => {
  const found = /^\/(?:sign-in\/[\w-]+|[a-z-]+)(?=\/|$)/.exec(path.slice(base.length))
  return found ? base + found[0] : null
}

/**
 * The language of a page, which a person can choose by a link. In the current flow the choice comes first; in later flows it comes after
 * the language of the request and of the account.
 */
import type { Context } from 'koa'
import { chooseLanguage } from '../i18n/chooseLanguage.ts'
import { readScopedCookie, setCookie } from './cookies.ts'
import type { Services } from './context.ts'
import { submittedLanguage } from './formTokens.ts'

export interface Candidates {
  readonly uiLocales?: string | null
  readonly accountLocale?: string | null
}

type LanguageServices = Pick<Services, 'languages' | 'secure' | 'base' | 'cookiePath'>

/** The parameter of the link, and the cookie for later flows. */
const PICKED = 'language'
/** The cookie for the current sign-in, mailed link or app, sent to no other. */
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
    uiLocales: candidates.uiLocales ?? requestedLocales(ctx),
    account: candidates.accountLocale ?? null,
    cookie: readScopedCookie(ctx.req, PICKED),
    acceptLanguage: ctx.get('accept-language'),
    available: languages,
    fallback: languages[0] ?? 'en',
  })
}

/** `ui_locales` of a request to the provider, or of an address that leads on from one. @see OpenID Connect Core §3.1.2.1 */
export function requestedLocales(ctx: ProviderContext): string | null {
  const { ui_locales: given = ctx.query['ui_locales'] } = ctx.oidc?.params ?? {}
  return typeof given === 'string' && given !== '' ? given : null
}

type ProviderContext = Context & { readonly oidc?: { readonly params?: Readonly<Record<string, unknown>> | undefined } }

export function pickedHere(ctx: Context): string | null {
  return pickedNow(ctx) ?? readScopedCookie(ctx.req, PICKED_HERE) ?? null
}

/** The choice of this request: by a link, or by a button of a form. */
function pickedNow(ctx: Context): string | null {
  const { [PICKED]: request } = ctx.query
  return typeof request === 'string' ? request : submittedLanguage(ctx)
}

/** Stores the choice once the page is in the chosen language. */
export function rememberLanguage(site: LanguageServices, ctx: Context, language: string): void {
  if (pickedNow(ctx) !== language) return
  const nextTime = { name: PICKED, scoped: true, path: site.cookiePath || '/', maxAgeSeconds: NEXT_TIME_SECONDS }
  setCookie(site, ctx.res, language, nextTime)
  const path = flowOf(site.base, ctx.path)
  if (path) setCookie(site, ctx.res, language, { name: PICKED_HERE, scoped: true, path })
}

/** The common path of the pages of one sign-in, of mailed links or of an app; null: another page. */
const flowOf = (base: string, path: string): string | null => {
  if (!path.startsWith(base)) return null
  const found = /^\/(?:sign-in\/[\w-]+|[a-z-]+)(?=\/|$)/.exec(path.slice(base.length))
  return found ? base + found[0] : null
}

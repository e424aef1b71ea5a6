/** Our views in place of the provider's pages (errors, signing out, signed out), and redirects that the policy of forms forbids. */
import type { Context, Middleware } from 'koa'
import { StoreUnavailable } from '../errors.ts'
import { sayRetry } from './retryAfter.ts'
import { requestedLocales } from './language.ts'
import { answer, answerError } from './respond.ts'
import type { Services } from './context.ts'
import { isForPrograms } from './providerEndpoints.ts'
import { signInPath } from './paths.ts'
import { seeOther } from './redirect.ts'
import { allowFormsTo, keepsFormsHere } from './securityHeaders.ts'
import { recordLost } from './refusalPages.ts'
import { unescape } from './pages/html.ts'

interface Relying {
  readonly clientId: string
  readonly clientName?: string | undefined
  readonly clientUri?: string | undefined
}

/** The part of the library's context that is read here. */
type ProviderContext = Context & {
  readonly oidc?: {
    readonly route?: string
    readonly urlFor: (route: string) => string
    readonly client?: Relying | undefined
    readonly params?: Readonly<Record<string, unknown>> | undefined
    readonly session?: { readonly accountId?: string | undefined } | undefined
  }
}

interface ProviderError {
  readonly error: string
  readonly error_description?: string | undefined
}

type PageServices = Pick<
  Services,
  | 'onError'
  | 'views'
  | 'languages'
  | 'clock'
  | 'sealing'
  | 'issuer'
  | 'secure'
  | 'base'
  | 'apps'
  | 'cookiePath'
  | 'images'
>

const nameOf = (client: Relying | undefined): string | null => client?.clientName ?? client?.clientId ?? null

/** Where an application wants the browser back. The library removes an address that is not registered. */
function signedOutAt({ post_logout_redirect_uri: to, state }: Readonly<Record<string, unknown>>): string | null {
  if (typeof to !== 'string') return null
  const url = new URL(to)
  if (typeof state === 'string') url.searchParams.set('state', state)
  return url.href
}

/** @param hasOwnLogOut whether the page that asks before a sign-out is the host's */
export function createProviderPages(services: PageServices, hasOwnLogOut: () => boolean) {
  return {
    error: (ctx: ProviderContext, out: ProviderError, signIn: SignInState): void =>
      answerProviderError(services, ctx, out, signIn),

    logOut(ctx: ProviderContext, form: string): void {
      const inLanguage = form.replace(/ action="([^"]*)"/, (_, to: string) => ` action="${withLocales(ctx, to)}"`)
      answer(services, ctx, { page: 'log-out', locals: { form: inLanguage, client: nameOf(ctx.oidc?.client) } })
    },

    loggedOut: (ctx: ProviderContext): void => answerSignedOut(services, ctx, ctx.oidc?.client),

    redirects: (async (ctx: ProviderContext, next) => {
      const cookies = ctx.res.getHeader('Set-Cookie')
      try {
        await next()
      } catch (error) {
        // The library saves sessions after its own error handler; the framework would answer without a page.
        if (!(error instanceof StoreUnavailable)) throw error
        withdrawHeaders(ctx, cookies)
        answerError(services, ctx, { status: 503, kind: 'unavailable' })
      }
      // An error redirect to a relying party is no page, and needs it as well.
      if (ctx.status === 503) sayRetry(ctx)
      const route = ctx.oidc?.route
      if (route === 'end_session') skipQuestion(services, ctx)
      if (route === 'end_session_confirm' && (!hasOwnLogOut() || keepsFormsHere(ctx))) leadOn(services, ctx)
      if (route === 'authorization' || route === 'resume') allowHandOver(ctx)
    }) satisfies Middleware,
  }
}

/** The code in `Location` may be stored, and the session of a cookie may not. */
function withdrawHeaders({ res }: Context, cookies: ReturnType<Context['res']['getHeader']>): void {
  res.removeHeader('Location')
  if (cookies === undefined) res.removeHeader('Set-Cookie')
  else res.setHeader('Set-Cookie', cookies)
}

type SignInState = 'over' | 'refused' | 'lost' | null

function answerProviderError(
  services: PageServices,
  ctx: ProviderContext,
  { error, error_description: description }: ProviderError,
  signIn: SignInState,
): void {
  if (signIn === 'over') {
    const [uid] = /[\w-]{10,}$/.exec(ctx.path) ?? []
    // Only the pages of the sign-in get the cookie that can start it again.
    if (uid !== undefined) return seeOther(ctx, signInPath(services, uid, '/over'))
    return answer(services, ctx, {
      status: 400,
      page: 'interrupted',
      locals: { startAgainHref: null, reason: 'expired' },
    })
  }
  if (signIn === 'lost') return answer(services, ctx, recordLost(services, null))
  const { status } = ctx
  if (isForPrograms(ctx.oidc?.route)) {
    ctx.body = { error, error_description: description }
    return
  }
  if (status === 503) return answerError(services, ctx, { status: 503, kind: 'unavailable' })
  if (status === 429) return answerError(services, ctx, { status: 429, kind: 'too-many' })
  if (status >= 500) return answerError(services, ctx, { status, kind: 'server' })
  if (status === 404) return answerError(services, ctx, { status: 404, kind: 'not-found' })
  // The question was answered in another tab, or twice: it is asked again while there is a session.
  const question = ctx.oidc?.route === 'end_session_confirm' ? urlOf(ctx, 'end_session') : null
  if (question !== null) return seeOther(ctx, withLocales(ctx, question))
  const client = ctx.oidc?.client
  const wayBack = client?.clientUri ? { href: client.clientUri, name: nameOf(client) ?? '' } : null
  answerError(services, ctx, {
    status,
    kind: signIn === 'refused' ? 'sign-in-refused' : 'sign-in-request',
    detail: [error, description].filter(Boolean).join(': '),
    wayBack,
  })
}

/** Without a session there is nothing to confirm, and nothing was stored for the question. */
function skipQuestion(services: PageServices, ctx: ProviderContext): void {
  const { client, params, session } = ctx.oidc ?? {}
  if (ctx.status !== 200 || session?.accountId) return
  ctx.res.removeHeader('Set-Cookie')
  const back = signedOutAt(params ?? {})
  if (back === null) answerSignedOut(services, ctx, client)
  else seeOther(ctx, back)
}

/** A sign-out is a POST that ends with a redirect to the relying party, which `form-action 'self'` forbids: a page leads there. */
function leadOn(services: PageServices, ctx: ProviderContext): void {
  if (ctx.status !== 303) return
  const to = ctx.response.get('location')
  // Asked again.
  if (to.split('?')[0] === urlOf(ctx, 'end_session')) return
  const isOurs = to.split('?')[0] === urlOf(ctx, 'end_session_success')
  const href = isOurs ? withLocales(ctx, to) : to
  ctx.remove('Location')
  const locals = { href, client: nameOf(ctx.oidc?.client), kind: 'log-out' } as const
  answer(services, ctx, { page: 'continue', locals })
}

const FORM_OF_LIBRARY = /<form method="post" action="([^"]*)">/

/**
 * A form that hands an answer or an error to the relying party (`response_mode=form_post`). The document decides, not its status: the
 * library makes it for a validated `redirect_uri` only, and its errors have status 400, whose body a gateway may replace.
 */
function allowHandOver(ctx: ProviderContext): void {
  const target = ctx.oidc?.params?.['redirect_uri']
  const action = typeof ctx.body === 'string' ? FORM_OF_LIBRARY.exec(ctx.body)?.[1] : undefined
  if (action === undefined || typeof target !== 'string' || unescape(action) !== target) return
  ctx.status = 200
  if (keepsFormsHere(ctx)) allowFormsTo(ctx, new URL(target))
}

/** null: the feature is off. */
function urlOf({ oidc }: ProviderContext, route: string): string | null {
  try {
    return oidc?.urlFor(route) ?? null
  } catch {
    return null
  }
}

/** An address of the provider with the languages of this request, which its form or redirect would lose. */
function withLocales(ctx: Context, address: string): string {
  const locales = requestedLocales(ctx)
  if (locales === null) return address
  const url = new URL(address)
  url.searchParams.set('ui_locales', locales)
  return url.href
}

const answerSignedOut = (services: PageServices, ctx: Context, client: Relying | undefined): void =>
  answer(services, ctx, { page: 'logged-out', locals: { client: nameOf(client), signInHref: null } })

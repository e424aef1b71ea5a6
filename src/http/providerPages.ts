/** The provider's own pages in our clothes: its errors, signing out, signed out; and what a form's policy would stop. */
import type { Context, Middleware } from 'koa'
import { sayRetry } from './retryAfter.ts'
import { answer, answerError } from './respond.ts'
import type { Services } from './context.ts'
import { startAgainHref } from './startAgain.ts'

interface Relying {
  readonly clientId: string
  readonly clientName?: string | undefined
  readonly clientUri?: string | undefined
}

/** What we read of the library's context. */
type ProviderContext = Context & {
  readonly oidc?: {
    readonly route?: string
    readonly client?: Relying | undefined
    readonly params?: Readonly<Record<string, unknown>> | undefined
    readonly session?: { readonly accountId?: string | undefined } | undefined
  }
}

interface ProviderError {
  readonly error: string
  readonly error_description?: string | undefined
}

type PageServices = Pick<Services, 'views' | 'languages' | 'clock' | 'sealing' | 'secure' | 'base'>

const nameOf = (client: Relying | undefined): string | null => client?.clientName ?? client?.clientId ?? null

/** Where an application wants the browser back; the library has left it only where it is registered. */
function signedOutAt({ post_logout_redirect_uri: to, state }: Readonly<Record<string, unknown>>): string | null {
  if (typeof to !== 'string') return null
  const url = new URL(to)
  if (typeof state === 'string') url.searchParams.set('state', state)
  return url.href
}

export function createProviderPages(services: PageServices) {
  return {
    error(ctx: ProviderContext, { error, error_description: description }: ProviderError, over: boolean): void {
      if (over) {
        const href = startAgainHref(services, ctx, /[\w-]{10,}$/.exec(ctx.path)?.[0] ?? '')
        return answer(services, ctx, {
          status: 400,
          page: 'interrupted',
          locals: { startAgainHref: href, reason: href ? 'over' : 'expired' },
        })
      }
      const { status } = ctx
      if (status === 503) return answerError(services, ctx, { status: 503, kind: 'unavailable' })
      if (status === 429) return answerError(services, ctx, { status: 429, kind: 'too-many' })
      if (status >= 500) return answerError(services, ctx, { status, kind: 'server' })
      if (status === 404) return answerError(services, ctx, { status: 404, kind: 'not-found' })
      const client = ctx.oidc?.client
      const wayBack = client?.clientUri ? { href: client.clientUri, name: nameOf(client) ?? '' } : null
      answerError(services, ctx, {
        status,
        kind: 'sign-in-request',
        detail: [error, description].filter(Boolean).join(': '),
        wayBack,
      })
    },

    logOut(ctx: ProviderContext, form: string): void {
      answer(services, ctx, { page: 'log-out', locals: { form, client: nameOf(ctx.oidc?.client) } })
    },

    loggedOut(ctx: ProviderContext): void {
      answer(services, ctx, { page: 'logged-out', locals: { client: nameOf(ctx.oidc?.client), signInHref: null } })
    },

    /**
     * Signing out is a POST that the library redirects to the relying party, and `response_mode=form_post` a form that goes there:
     * `form-action 'self'` forbids both. The first becomes a page that goes on by itself; the second names its one target.
     */
    redirects: (async (ctx: ProviderContext, next) => {
      await next()
      // To a relying party as well, whose answer is no page.
      if (ctx.status === 503) sayRetry(ctx)
      const { route, client, params, session } = ctx.oidc ?? {}
      // Nobody is signed in here, so there is nothing to confirm, and nothing was stored of it.
      if (route === 'end_session' && ctx.status === 200 && !session?.accountId) {
        ctx.res.removeHeader('Set-Cookie')
        const back = signedOutAt(params ?? {})
        if (back === null)
          return answer(services, ctx, { page: 'logged-out', locals: { client: nameOf(client), signInHref: null } })
        ctx.redirect(back)
        ctx.status = 303
        return
      }
      if (route === 'end_session_confirm' && ctx.status === 303) {
        const href = ctx.response.get('location')
        ctx.remove('Location')
        answer(services, ctx, { page: 'continue', locals: { href, client: nameOf(client), kind: 'log-out' } })
      }
      const target = params?.['redirect_uri']
      if ((route === 'authorization' || route === 'resume') && ctx.status === 200 && typeof target === 'string') {
        const policy = ctx.response.get('content-security-policy')
        ctx.set(
          'Content-Security-Policy',
          policy.replace("form-action 'self'", `form-action 'self' ${new URL(target).origin}`),
        )
      }
    }) satisfies Middleware,
  }
}

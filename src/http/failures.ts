/** Everything a handler throws becomes the designed answer, in the form that suits the caller: a page, or a problem document. */
import type { Context, Middleware } from 'koa'
import { SignInOver } from '../oidc/interactions.ts'
import { answer, answerError, failureOf } from './answer.ts'
import type { Desk } from './desk.ts'
import { answerProblem, type Problem, ProblemError } from './management/problem.ts'
import type { Pages } from './pages.ts'
import { Refused } from './refused.ts'
import { restartHref, startAgainHref } from './sign-in/begin.ts'
import { pathOf, to, uidOf } from './sign-in/progress.ts'
import { beginVisit, NotSignedIn } from './visit.ts'

export const isManagement = (desk: Desk, ctx: Context): boolean => ctx.path.startsWith(`${desk.base}/management/v1`)

export function failures(desk: Desk): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (error instanceof ProblemError && isManagement(desk, ctx)) return answerProblem(ctx, error.problem)
      if (error instanceof ProblemError) return problemPage(desk, ctx, error.problem)
      if (error instanceof SignInOver) return interrupted(desk, ctx)
      if (error instanceof NotSignedIn) return beginVisit(desk, ctx, error.place)
      const { status, kind, code } = failureOf(error)
      if (!(error instanceof Refused)) desk.onError(error, `answering ${ctx.method}`)
      if (isManagement(desk, ctx))
        answerProblem(ctx, { status, code, detail: details[code] ?? 'Something went wrong.' })
      else answerError(desk, ctx, status, kind, null, kind === 'outsider' ? ownPage(desk) : null)
    }
  }
}

/** Where whoever may not be in the console may be, and sign out. */
const ownPage = ({ places, brand }: Desk): Pages['error']['wayBack'] =>
  places.includes('account') ? { href: '/account', name: brand.name } : null

const details: Readonly<Record<string, string>> = {
  store_unavailable: 'The outcome is unknown; it is safe to try again with the same Idempotency-Key and code.',
  body_too_large: 'The body is too large.',
  unsupported_media_type: 'Send application/json.',
}

/** A refusal of an operation, in the console, that no page of its own tells of. */
function problemPage(desk: Desk, ctx: Context, { status, detail, headers }: Problem): void {
  const retryAfter = headers?.['Retry-After']
  if (retryAfter) ctx.set('Retry-After', retryAfter)
  const kind = problemKinds[status] ?? 'bad-request'
  answerError(desk, ctx, status, kind, kind === 'bad-request' ? detail : null, {
    href: '/admin',
    name: desk.brand.name,
  })
}

const problemKinds: Readonly<Record<number, Pages['error']['kind']>> = {
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many',
  503: 'unavailable',
}

/** The sign-in behind this page is over: ended by a reset, finished elsewhere, too old. */
function interrupted(desk: Desk, ctx: Context): void {
  // At the first page nothing was proven yet: somebody came back to it later than it lives.
  const restart = ctx.path === pathOf(desk, uidOf(ctx)) ? restartHref(desk, ctx, uidOf(ctx)) : null
  if (restart !== null) return to(ctx, desk.base + restart)
  const href = startAgainHref(desk, ctx, uidOf(ctx))
  answer(desk, ctx, 400, 'interrupted', { startAgainHref: href, reason: href ? 'over' : 'expired' })
}

/** Maps a thrown error to an answer: a page, or a problem document for the API. */
import type { Context } from 'koa'
import { MountRefused, SignInOver } from '../errors.ts'
import { answer, answerError, failureOf } from './respond.ts'
import type { Services } from './context.ts'
import { answerProblem, ProblemError } from './problem.ts'
import type { Pages } from './pages/locals.ts'
import { Refused } from './requestError.ts'
import type { App } from '../ports.ts'
import { seeOther } from './redirect.ts'
import { signInIdOf, signInPath } from './paths.ts'
import { restartHref, startAgainHref } from './startAgain.ts'
import { beginWebSession, findWebSession, NotSignedIn, webSessionFrame } from './webSession.ts'

export const isManagement = ({ base }: Pick<Services, 'base'>, path: string): boolean =>
  `${path}/`.startsWith(`${base}/management/v1/`)

export function failures(services: Services): (ctx: Context, work: () => Promise<void>) => Promise<void> {
  return async (ctx, work) => {
    try {
      await work()
    } catch (error) {
      if (error instanceof ProblemError) return answerProblem(ctx, error.problem)
      if (error instanceof SignInOver) return interrupted(services, ctx)
      if (error instanceof NotSignedIn) return beginWebSession(services, ctx, error.app)
      const { status, problemStatus = status, kind, code, detail = 'Something went wrong.', more } = failureOf(error)
      reportFailure(services, ctx, error)
      if (error instanceof Refused) await keepFrame(services, ctx)
      if (isManagement(services, ctx.path))
        answerProblem(ctx, { status: problemStatus, code, detail, ...(more && { more }) })
      else answerError(services, ctx, { status, kind, ...(kind === 'unauthorised' && withoutRole(services)) })
    }
  }
}

/** A refused form is answered before its web session is read: the page of the refusal stays in the frame of the app. */
async function keepFrame(services: Services, ctx: Context): Promise<void> {
  const app = ctx.state['app'] as App | undefined
  if (!app || ctx.state['frame']) return
  const webSession = await findWebSession(services, ctx, app).catch(() => null)
  // Without a role there is no console to stay in.
  if (webSession && (app === 'account' || webSession.person.roles.length > 0))
    ctx.state['frame'] = () => webSessionFrame(services, ctx, webSession)
}

/** An unknown address, in the frame of the app that it would belong to. */
export async function answerNotFound(services: Services, ctx: Context): Promise<void> {
  const app = services.apps.find((each) => ctx.path.startsWith(`${services.base}/${each}/`))
  ctx.state['app'] = app
  await keepFrame(services, ctx)
  answerError(services, ctx, { status: 404, kind: 'not-found', wayBack: app ? { href: `/${app}`, app } : null })
}

/** Refusals are the client's mistakes, except where the host has read the body in advance. */
function reportFailure({ onError }: Pick<Services, 'onError'>, ctx: Context, error: unknown): void {
  // What is wrong with the mount was reported when it was found.
  if (error instanceof MountRefused) return
  if (!(error instanceof Refused)) onError(error, `answering ${ctx.method}`)
  else if (error.kind === 'body-gone') onError(error.cause, `answering ${ctx.method}`)
}

/** A person without access to the console goes to their own account, or signs out to use another one. */
const withoutRole = ({ apps, firstPartySignIns }: Services): Pick<Pages['error'], 'wayBack' | 'signOutHref'> => ({
  wayBack: apps.includes('account') ? { href: '/account', app: 'account' } : null,
  signOutHref: firstPartySignIns.endUrl('admin'),
})

/** The sign-in of this page has ended: by a reset, in another tab, or by its age. */
function interrupted(services: Services, ctx: Context): void {
  // On the first page nothing was proven yet, so that an expired sign-in can simply start again.
  const restart =
    ctx.path === signInPath(services, signInIdOf(ctx)) ? restartHref(services, ctx, signInIdOf(ctx)) : null
  if (restart !== null) return seeOther(ctx, restart)
  const href = startAgainHref(services, ctx, signInIdOf(ctx))
  answer(services, ctx, {
    status: 400,
    page: 'interrupted',
    locals: { startAgainHref: href, reason: href ? 'over' : 'expired', signInHref: services.signInUrl },
  })
}

/** More time for whoever is slow to set up: the same secret, a later end. */
import type { Context } from 'koa'
import { PENDING_LONGEST_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import { isAccountPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { keepStart } from '../startAgain.ts'
import { seeOther } from '../redirect.ts'
import { answerFinished, openSetUp, stagePathOf, progressOf } from './progress.ts'

/** How long the sign-in lives beyond the set-up that was prolonged, for the backup codes and whatever comes after. Seconds. */
const REST_SECONDS = 1800

/** When the set-up ends if it is prolonged now; null: no later than it does anyway. A proof for a replacement gets no older. */
function later(services: Services, signIn: SignIn, pending: Pending): number | null {
  const latest = pending.authenticatedAt + PENDING_LONGEST_SECONDS
  if (isAccountPrompt(signIn.prompt) || latest <= pending.until) return null
  return Math.min(services.clock.now() + PENDING_SECONDS, latest)
}

/** **Stay here**, while there is time to be had. */
export const moreTimeForm = (services: Services, ctx: Context, signIn: SignIn, pending: Pending): Form | null =>
  later(services, signIn, pending) === null ? null : services.forms.to(ctx, `/sign-in/${signIn.uid}/stay`)

export async function moreTime(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  submitted(ctx)
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  const until = pending?.stage === 'set-up' && openSetUp(services, progress) ? later(services, signIn, pending) : null
  if (pending && until !== null) {
    const seconds = until - services.clock.now() + REST_SECONDS
    await services.interactions.prolong(ctx, signIn, { ...pending, until }, seconds)
    const exp = Math.max(signIn.expiresAt, services.clock.now() + seconds)
    keepStart(services, ctx, { uid: signIn.uid, exp, returnTo: signIn.returnTo })
  }
  return seeOther(ctx, stagePathOf(services, progress))
}

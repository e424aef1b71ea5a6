/** More time for whoever is slow to set up: the same secret, a later end. */
import type { Context } from 'koa'
import { PENDING_LONGEST_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import { isOwnPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import type { Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import type { Form } from '../sheet.ts'
import { keepStart } from './begin.ts'
import { answerFinished, openSetUp, placeOf, progressOf, to } from './progress.ts'

/** How long the sign-in lives beyond the set-up that was prolonged, for the backup codes and whatever comes after. Seconds. */
const REST_SECONDS = 1800

/** When the set-up ends if it is prolonged now; null: no later than it does anyway. A proof for a replacement gets no older. */
function later(desk: Desk, signIn: SignIn, pending: Pending): number | null {
  const latest = pending.authenticatedAt + PENDING_LONGEST_SECONDS
  if (isOwnPrompt(signIn.prompt) || latest <= pending.until) return null
  return Math.min(desk.clock.now() + PENDING_SECONDS, latest)
}

/** **Stay here**, while there is time to be had. */
export const stayForm = (desk: Desk, forms: Forms, ctx: Context, signIn: SignIn, pending: Pending): Form | null =>
  later(desk, signIn, pending) === null ? null : forms.to(ctx, `/sign-in/${signIn.uid}/stay`)

export async function stay(desk: Desk, _forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  submitted(ctx)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  const until = pending?.stage === 'set-up' && openSetUp(desk, progress) ? later(desk, signIn, pending) : null
  if (pending && until !== null) {
    const seconds = until - desk.clock.now() + REST_SECONDS
    await desk.interactions.prolong(ctx, signIn, { ...pending, until }, seconds)
    const exp = Math.max(signIn.expiresAt, desk.clock.now() + seconds)
    keepStart(desk, ctx, { uid: signIn.uid, exp, returnTo: signIn.returnTo })
  }
  return to(ctx, placeOf(desk, progress))
}

/** Extends the set-up with the same secret. @see WCAG 2.2, 2.2.1 */
import { PENDING_LONGEST_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import { isAccountPrompt } from '../../oidc/interactions.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { openSetUp, type Step } from './progress.ts'
import { atStage, formTo, goToStage } from './stage.ts'

/** Time after an extended set-up for the backup codes and the rest of the sign-in. Seconds. */
const REST_SECONDS = 1800

/** The end of the set-up if it is extended now; null: not later than now planned. The proof for a replacement still expires. */
function later({ services, signIn, pending }: Step): number | null {
  const latest = pending.authenticatedAt + PENDING_LONGEST_SECONDS
  if (isAccountPrompt(signIn.prompt) || latest <= pending.until) return null
  return Math.min(services.clock.now() + PENDING_SECONDS, latest)
}

/** **Stay here**; null: the time cannot be extended. */
export const moreTimeForm = (step: Step): Form | null => (later(step) === null ? null : formTo(step, '/stay'))

export const moreTime = atStage('set-up', async (step) => {
  const { services, ctx, signIn, pending } = step
  const until = openSetUp(step) ? later(step) : null
  if (until !== null) {
    const now = services.clock.now()
    const seconds = until - now + REST_SECONDS
    await services.interactions.prolong(ctx, signIn, { ...pending, until }, seconds)
  }
  goToStage(step)
})

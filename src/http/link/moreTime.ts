/** Extends the set-up of a mailed link with the same secret, at most until the link expires. @see WCAG 2.2, 2.2.1 */
import type { Account } from '../../core/account.ts'
import { linkOf } from '../../core/questions.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { atStage, goToStage, moveTo, type Stage } from './stage.ts'
import { untilOf } from './ticket.ts'

/** The end of the set-up if it is extended now; null: not later than now planned. */
function later({ services, flow, ticket }: Stage, account: Account | null): number | null {
  const link = account && linkOf(account, ticket.link, flow.purpose)
  if (link?.state.is !== 'live' || link.expiresAt <= ticket.until) return null
  return Math.min(untilOf(services, 'set-up'), link.expiresAt)
}

/** **Stay here**; null: the time cannot be extended. */
export function moreTimeForm(stage: Stage, account: Account): Form | null {
  const { services, ctx, flow, id } = stage
  return later(stage, account) === null ? null : services.forms.to(ctx, `${flow.path}/${id}/stay`)
}

export const moreTimeAtLink = atStage('set-up', async (stage) => {
  const until = later(stage, await stage.services.accounts.getStored(stage.ticket.accountId))
  if (until === null) return goToStage(stage, 'set-up')
  moveTo(stage, 'set-up', { until })
})

/** Extends the set-up of a mailed link with the same secret, at most until the link expires. @see WCAG 2.2, 2.2.1 */
import { linkOf } from '../../core/questions.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { atStage, goToStage, moveTo, type Stage } from './stage.ts'
import { untilOf } from './ticket.ts'

/** The end of the set-up if it is extended now; null: not later than now planned. */
async function later({ services, flow, ticket }: Stage): Promise<number | null> {
  const account = await services.accounts.getStored(ticket.accountId)
  const link = account && linkOf(account, ticket.link, flow.purpose)
  if (link?.state.is !== 'live' || link.expiresAt <= ticket.until) return null
  return Math.min(untilOf(services, 'set-up'), link.expiresAt)
}

/** **Stay here**; null: the time cannot be extended. */
export async function moreTimeForm(stage: Stage): Promise<Form | null> {
  const { services, ctx, flow, id } = stage
  return (await later(stage)) === null ? null : services.forms.to(ctx, `${flow.path}/${id}/stay`)
}

export const moreTimeAtLink = atStage('set-up', async (stage) => {
  const until = await later(stage)
  if (until === null) return goToStage(stage, 'set-up')
  moveTo(stage, 'set-up', { until })
})

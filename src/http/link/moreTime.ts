/** More time at the set-up behind a mailed link: the same secret, as long as the link itself is good. */
import { linkOf } from '../../core/questions.ts'
import { submitted } from '../formTokens.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { seeOther } from '../redirect.ts'
import { atStage, type Stage } from './stage.ts'
import { pageOf, untilOf, writeTicket } from './ticket.ts'

/** When the set-up ends if it is prolonged now; null: no later than it does anyway. */
async function later({ services, flow, ticket }: Stage): Promise<number | null> {
  const account = await services.accounts.getStored(ticket.accountId)
  const link = account && linkOf(account, ticket.link, flow.purpose)
  if (link?.state.is !== 'live' || link.expiresAt <= ticket.until) return null
  return Math.min(untilOf(services, 'set-up'), link.expiresAt)
}

/** **Stay here**, while there is time to be had. */
export const moreTimeForm = async (stage: Stage): Promise<Form | null> =>
  (await later(stage)) === null ? null : stage.services.forms.to(stage.ctx, `${stage.flow.path}/${stage.id}/stay`)

export const moreTimeAtLink = atStage('set-up', async (stage) => {
  const { services, ctx, flow, id, ticket } = stage
  submitted(ctx)
  const until = await later(stage)
  if (until !== null) writeTicket(services, ctx, flow, id, { ...ticket, until })
  return seeOther(ctx, services.base + pageOf(flow, id, 'set-up'))
})

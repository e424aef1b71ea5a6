/** More time at the set-up behind a mailed link: the same secret, as long as the link itself is good. */
import { linkOf } from '../../core/questions.ts'
import { submitted } from '../forms.ts'
import type { Form } from '../sheet.ts'
import { to } from '../sign-in/progress.ts'
import { atStage, type Stage } from './stage.ts'
import { pageOf, untilOf, writeTicket } from './ticket.ts'

/** When the set-up ends if it is prolonged now; null: no later than it does anyway. */
async function later({ desk, door, ticket }: Stage): Promise<number | null> {
  const account = await desk.corridor.recall(ticket.accountId)
  const link = account && linkOf(account, ticket.link, door.purpose)
  if (link?.fate.is !== 'live' || link.expiresAt <= ticket.until) return null
  return Math.min(untilOf(desk, 'set-up'), link.expiresAt)
}

/** **Stay here**, while there is time to be had. */
export const stayForm = async (stage: Stage): Promise<Form | null> =>
  (await later(stage)) === null ? null : stage.forms.to(stage.ctx, `${stage.door.path}/${stage.id}/stay`)

export const stayAtLink = atStage('set-up', async (stage) => {
  const { desk, ctx, door, id, ticket } = stage
  submitted(ctx)
  const until = await later(stage)
  if (until !== null) writeTicket(desk, ctx, door, id, { ...ticket, until })
  return to(ctx, desk.base + pageOf(door, id, 'set-up'))
})

/** One step behind a mailed link, for the browser that holds its ticket. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import type { Person } from '../../ports.ts'
import { answer, answerRefusal } from '../answer.ts'
import type { Desk } from '../desk.ts'
import type { Forms } from '../forms.ts'
import { to } from '../sign-in/progress.ts'
import type { AtDoor, LinkDoor } from './door.ts'
import { linkIdOf, pageOf, readTicket, type Ticket, ticketRefusal } from './ticket.ts'

export interface Stage {
  readonly desk: Desk
  readonly forms: Forms
  readonly ctx: Context
  readonly door: LinkDoor
  /** Of the reset or the invitation. */
  readonly id: string
  readonly ticket: Ticket
}

/** Whoever is at another step is sent there; whoever holds no ticket is told so. */
export const atStage =
  (stage: Ticket['stage'], handle: (stage: Stage) => Promise<void>): AtDoor =>
  (door) =>
  async (desk, forms, ctx) => {
    const id = linkIdOf(ctx)
    const ticket = readTicket(desk, ctx, door, id)
    if (!ticket) return noTicket(desk, ctx, door)
    if (ticket.stage !== stage) return to(ctx, desk.base + pageOf(door, id, ticket.stage))
    await handle({ desk, forms, ctx, door, id, ticket })
  }

/** Whose ticket it is, while it leads anywhere; null: the page that says why not is the answer. */
export async function holderOf({
  desk,
  ctx,
  door,
  ticket,
}: Stage): Promise<{ account: Account; person: Person } | null> {
  const [account, person] = await Promise.all([
    desk.corridor.recall(ticket.accountId),
    desk.directory.find(ticket.accountId),
  ])
  const no = ticketRefusal(door, account, ticket, desk.clock.now())
  if (no) answerRefusal(desk, ctx, no, { purpose: door.purpose })
  else if (!account || !person) noTicket(desk, ctx, door)
  else return { account, person }
  return null
}

/** No ticket, or one that has run out: the letter still holds the link. */
export const noTicket = (desk: Desk, ctx: Context, { purpose }: LinkDoor): void =>
  answer(desk, ctx, 410, 'interrupted', { startAgainHref: null, reason: 'expired', byLink: purpose })

/** One step behind a mailed link, for the browser that holds its ticket. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import type { Person } from '../../ports.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { seeOther } from '../redirect.ts'
import type { LinkHandler, LinkFlow } from './linkFlow.ts'
import { linkIdOf, pageOf, readTicket, type Ticket, ticketRefusal } from './ticket.ts'

export interface Stage {
  readonly services: Services
  readonly ctx: Context
  readonly flow: LinkFlow
  /** Of the reset or the invitation. */
  readonly id: string
  readonly ticket: Ticket
}

/** Whoever is at another step is sent there; whoever holds no ticket is told so. */
export const atStage =
  (stage: Ticket['stage'], handle: (stage: Stage) => Promise<void>): LinkHandler =>
  (flow) =>
  async (services, ctx) => {
    const id = linkIdOf(ctx)
    const ticket = readTicket(services, ctx, flow, id)
    if (!ticket) return noTicket(services, ctx, flow)
    if (ticket.stage !== stage) return seeOther(ctx, services.base + pageOf(flow, id, ticket.stage))
    await handle({ services, ctx, flow, id, ticket })
  }

/** Whose ticket it is, while it leads anywhere; null: the page that says why not is the answer. */
export async function ticketOwner({
  services,
  ctx,
  flow,
  ticket,
}: Stage): Promise<{ account: Account; person: Person } | null> {
  const [account, person] = await Promise.all([
    services.accounts.getStored(ticket.accountId),
    services.directory.find(ticket.accountId),
  ])
  const refusal = ticketRefusal(flow, account, ticket, services.clock.now())
  if (refusal) answerRefusal(services, ctx, refusal, { purpose: flow.purpose })
  else if (!account || !person) noTicket(services, ctx, flow)
  else return { account, person }
  return null
}

/** No ticket, or one that has run out: the letter still holds the link. */
export const noTicket = (services: Services, ctx: Context, { purpose }: LinkFlow): void =>
  answer(services, ctx, {
    status: 410,
    page: 'interrupted',
    locals: { startAgainHref: null, reason: 'expired', byLink: purpose },
  })

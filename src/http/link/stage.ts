/** The stages of a mailed link, for the browser with its ticket. */
import type { Account } from '../../core/account.ts'
import type { Refusal } from '../../core/refusal.ts'
import { linkOf, linkRefusal } from '../../core/questions.ts'
import type { Person } from '../../ports.ts'
import { callerOf } from '../context.ts'
import type { Step } from '../pages/pageMetadata.ts'
import { seeOther } from '../redirect.ts'
import { answerRefusal, type RefusalOptions } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import type { LinkHandler, LinkRequest } from './linkFlow.ts'
import { linkIdOf, pageOf, readTicket, type Ticket, type TicketRequest, untilOf, writeTicket } from './ticket.ts'

export interface Stage extends TicketRequest {
  readonly ticket: Ticket
}

/** Runs a handler at its stage. A browser at another stage is redirected; one without a ticket gets a page with the next step. */
export const atStage =
  (stage: Ticket['stage'], handle: (stage: Stage) => Promise<void>): LinkHandler =>
  (flow) =>
  async (services, ctx) => {
    const request = { services, ctx, flow, id: linkIdOf(ctx) }
    const ticket = readTicket(request)
    if (!ticket) return noTicket(request)
    if (ticket.stage !== stage) return goToStage(request, ticket.stage)
    await handle({ ...request, ticket })
  }

export const goToStage = (request: TicketRequest, stage: Ticket['stage']): void =>
  seeOther(request.ctx, request.services.base + pageOf(request, stage))

/** Changes the ticket and sends the browser to the page of its next stage. */
export function moveTo(at: Stage, stage: Ticket['stage'], changes: Partial<Ticket> = {}): void {
  writeTicket(at, { ...at.ticket, stage, until: untilOf(at.services, stage), ...changes })
  goToStage(at, stage)
}

interface LinkRefusalOptions extends RefusalOptions {
  /** Whose link it is, if there is no ticket; null: not known. */
  readonly accountId?: string | null
}

/** Audited for everybody who holds a link that does not work: attackers try old ones. */
export function refuse(
  { services, ctx, flow, ticket }: LinkRequest & Partial<Pick<Stage, 'ticket'>>,
  refusal: Refusal,
  { accountId = ticket?.accountId ?? null, ...options }: LinkRefusalOptions = {},
): void {
  const event = { type: 'link.refused', accountId, reason: refusal.is, clientId: null } as const
  // The account refuses nothing when its outbox is full: the same link works a moment later.
  if (refusal.is !== 'outbox-full') services.signInLog.record({ ...event, caller: callerOf(ctx, null) })
  answerRefusal(services, ctx, refusal, { purpose: flow.purpose, ...options })
}

/** The ticket is missing or expired; the email still has the link. */
export const noTicket = ({ services, ctx, flow }: LinkRequest): void =>
  answer(services, ctx, {
    status: 410,
    page: 'interrupted',
    locals: { startAgainHref: null, reason: 'expired', byLink: flow.purpose, signInHref: services.signInUrl },
  })

/** The owner of a valid ticket; null: refused, and already answered. */
export async function ticketOwner(stage: Stage): Promise<{ account: Account; person: Person } | null> {
  const { services, ticket } = stage
  const [account, person] = await Promise.all([
    services.accounts.getStored(ticket.accountId),
    services.directory.find(ticket.accountId),
  ])
  const refusal = ticketRefusal(stage, account)
  if (refusal) refuse(stage, refusal)
  else if (!account || !person) noTicket(stage)
  else return { account, person }
  return null
}

/** Why a ticket that has not expired is not valid any more. */
function ticketRefusal({ services, flow, ticket }: Stage, account: Account | null): Refusal | null {
  if (!account) return { is: 'link-unknown' }
  const dead = linkRefusal(linkOf(account, ticket.link, flow.purpose), account, services.clock.now())
  return dead ?? (account.epoch === ticket.epoch ? null : { is: 'sign-in-over' })
}

/**
 * The person, if the status permits this flow; null: refused, and already answered. The confirmation activates an invited person, so that
 * an active one is admitted too: a double click shows its own result.
 */
export async function admit(request: LinkRequest, accountId: string): Promise<Person | null> {
  const person = await request.services.directory.find(accountId)
  return isAdmitted(request, person, accountId) ? person : null
}

/** As `admit`, of the person who was read. */
export function isAdmitted(request: LinkRequest, person: Person | null, accountId: string): person is Person {
  if (person?.status === request.flow.status || person?.status === 'active') return true
  refuse(request, { is: 'link-unknown' }, { accountId })
  return false
}

/** Choosing a password is the first step of an invitation where passwords are kept here. */
export const stepOf = ({ services, flow }: LinkRequest, step: 1 | 2): Step =>
  flow.purpose === 'invitation' && services.directory.setPassword ? { now: step + 1, of: 3 } : { now: step, of: 2 }

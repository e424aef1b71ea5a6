/**
 * The state of a browser after **Continue** on a mailed link: a sealed cookie, named by the reset or the invitation, with a set-up of its
 * own. It gives no access by itself: the confirmation compares epoch and link.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import { CODES_SHOWN_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import { digest } from '../../crypto/tokens.ts'
import type { EnrolmentContext } from '../../service/enrolment.ts'
import type { Services } from '../context.ts'
import { setUpSchema } from '../enrolment/setUp.ts'
import { type CookieUse, sealedCookies } from '../sealedCookies.ts'
import type { LinkRequest } from './linkFlow.ts'

const ticketSchema = z.object({
  accountId: z.string(),
  /** Digest of the opened link. */
  link: z.string(),
  epoch: z.number(),
  /** Secret of this browser. */
  binding: z.string(),
  stage: z.enum(['password', 'set-up', 'codes', 'done']),
  setUp: setUpSchema.nullable(),
  /** The password was given in this browser, under this epoch. Default: no. */
  password: z.boolean().default(false),
  /** Hash of the password chosen after an invitation, written by the confirmation. Default: none. */
  newPassword: z.string().nullable().default(null),
  until: z.number(),
})
export type Ticket = z.infer<typeof ticketSchema>

/** A request that belongs to one reset or invitation. */
export interface TicketRequest extends LinkRequest {
  /** Id of the reset or the invitation. */
  readonly id: string
}

/** How long the last page can be opened again. Seconds. */
const DONE_SECONDS = 900

const stages = {
  password: { page: 'password', seconds: PENDING_SECONDS },
  'set-up': { page: 'set-up', seconds: PENDING_SECONDS },
  codes: { page: 'backup-codes', seconds: CODES_SHOWN_SECONDS },
  done: { page: 'done', seconds: DONE_SECONDS },
} as const satisfies Record<Ticket['stage'], object>

export const untilOf = ({ clock }: Services, stage: Ticket['stage']): number => clock.now() + stages[stage].seconds

/** The path of a stage, below the issuer. */
export const pageOf = ({ flow, id }: TicketRequest, stage: Ticket['stage']): string =>
  `${flow.path}/${id}/${stages[stage].page}`

const KIND = 'rekey_link'
const nameOf = (id: string): string => `${KIND}_${id}`
const useOf = ({ flow, id }: TicketRequest): CookieUse => ({ for: 'link-ticket', leadsTo: flow.purpose, link: id })

export const linkIdOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['linkId'])

/** The valid ticket for this reset or invitation; null: none. */
export function readTicket(request: TicketRequest): Ticket | null {
  const { services, ctx, id } = request
  if (!/^[\w-]{22}$/.test(id)) return null
  const ticket = sealedCookies(services).read(ctx, { name: nameOf(id) }, useOf(request), ticketSchema)
  return ticket && services.clock.now() < ticket.until ? ticket : null
}

export function writeTicket(request: TicketRequest, ticket: Ticket): void {
  const { services, ctx, flow, id } = request
  const maxAgeSeconds = Math.max(1, ticket.until - services.clock.now())
  const cookie = { kind: KIND, name: nameOf(id), path: services.base + flow.path, maxAgeSeconds }
  sealedCookies(services).write(ctx, cookie, useOf(request), ticket)
}

export function enrolmentContextOf(ticket: Ticket): EnrolmentContext {
  const { accountId, epoch, link, password, newPassword } = ticket
  const binding = digest({ for: 'link-browser', secret: ticket.binding })
  return { flow: 'link', accountId, epoch, since: null, link, password, newPassword, binding }
}

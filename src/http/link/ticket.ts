/**
 * What a browser holds after Continue on a mailed link: a sealed cookie of its own, named by the reset (or the invitation), with the secret it sets up.
 * Each browser has another one; none sees or voids another's. It opens nothing by itself: confirming compares epoch and link.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import { linkOf, linkRefusal } from '../../core/questions.ts'
import { CODES_SHOWN_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import type { Refusal } from '../../core/refusal.ts'
import { digest } from '../../crypto/tokens.ts'
import type { EnrolmentContext } from '../../service/enrolment.ts'
import type { Person } from '../../ports.ts'
import type { Services } from '../context.ts'
import { type CookieUse, sealedCookies } from '../sealedCookies.ts'
import { setUpSchema } from '../enrolment/setUp.ts'
import type { LinkFlow } from './linkFlow.ts'

const ticketSchema = z.object({
  accountId: z.string(),
  /** Digest of the link it was opened with. */
  link: z.string(),
  epoch: z.number(),
  /** What only this browser has. */
  binding: z.string(),
  stage: z.enum(['password', 'set-up', 'codes', 'done']),
  setUp: setUpSchema.nullable(),
  /** It was given in this browser, under this epoch. Default: no. */
  password: z.boolean().default(false),
  /** Hash of the password chosen here behind an invitation; the confirmation writes it. Default: none was. */
  newPassword: z.string().nullable().default(null),
  until: z.number(),
})
export type Ticket = z.infer<typeof ticketSchema>

/** How long the page that says it is done can be opened again. Seconds. */
const DONE_SECONDS = 900

export const untilOf = (services: Services, stage: Ticket['stage']): number =>
  services.clock.now() +
  { password: PENDING_SECONDS, 'set-up': PENDING_SECONDS, codes: CODES_SHOWN_SECONDS, done: DONE_SECONDS }[stage]

const KIND = 'rekey_link'
const nameOf = (id: string): string => `${KIND}_${id}`
const useOf = ({ purpose }: LinkFlow, id: string): CookieUse => ({
  for: 'link-ticket',
  leadsTo: purpose,
  link: id,
})

/** The page of a ticket, from the issuer on. */
export const pageOf = ({ path }: LinkFlow, id: string, stage: Ticket['stage']): string =>
  `${path}/${id}/${{ password: 'password', 'set-up': 'set-up', codes: 'backup-codes', done: 'done' }[stage]}`

/** Which reset or invitation a page is of. */
export const linkIdOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['linkId'])

/** The browser's ticket for this reset or invitation, while it is good. */
export function readTicket(services: Services, ctx: Context, flow: LinkFlow, id: string): Ticket | null {
  if (!/^[\w-]{22}$/.test(id)) return null
  const ticket = sealedCookies(services).read(ctx, { name: nameOf(id) }, useOf(flow, id), ticketSchema)
  return ticket && services.clock.now() < ticket.until ? ticket : null
}

export function writeTicket(services: Services, ctx: Context, flow: LinkFlow, id: string, ticket: Ticket): void {
  const maxAgeSeconds = Math.max(1, ticket.until - services.clock.now())
  const path = services.base + flow.path
  sealedCookies(services).write(ctx, { kind: KIND, name: nameOf(id), path, maxAgeSeconds }, useOf(flow, id), ticket)
}

export const enrolmentContextOf = ({
  accountId,
  epoch,
  binding,
  link,
  password,
  newPassword,
}: Ticket): EnrolmentContext => ({
  flow: 'link',
  accountId,
  epoch,
  since: null,
  link,
  password,
  newPassword,
  binding: digest({ for: 'link-browser', secret: binding }),
})

/**
 * The person, if they may still come in by this door. Once their set-up is confirmed the directory makes them active, so that the
 * second half of a double click is let through to its own result.
 */
export async function whoMayEnter(services: Services, { status }: LinkFlow, accountId: string): Promise<Person | null> {
  const person = await services.directory.find(accountId)
  return person?.status === status || person?.status === 'active' ? person : null
}

/** Why a ticket that is still good opens nothing any more. */
export function ticketRefusal(
  { purpose }: LinkFlow,
  account: Account | null,
  ticket: Ticket,
  now: number,
): Refusal | null {
  if (!account) return { is: 'link-unknown' }
  const dead = linkRefusal(linkOf(account, ticket.link, purpose), account, now)
  return dead ?? (account.epoch === ticket.epoch ? null : { is: 'sign-in-over' })
}

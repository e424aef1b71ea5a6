/**
 * What a browser holds after Continue on a mailed link: a sealed cookie of its own, named by the reset, with the secret it sets up.
 * Each browser has another one; none sees or voids another's. It opens nothing by itself: confirming compares epoch and link.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import { linkOf, linkRefusal } from '../../core/questions.ts'
import { CODES_SHOWN_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import type { Refusal } from '../../core/vocabulary.ts'
import { digest } from '../../crypto/tokens.ts'
import type { AtDoor } from '../../journey.ts'
import type { Desk } from '../desk.ts'
import { sealedCookies } from '../input.ts'
import { setUpSchema } from '../sign-in/progress.ts'

const ticketSchema = z.object({
  accountId: z.string(),
  /** Digest of the link it was opened with. */
  link: z.string(),
  epoch: z.number(),
  /** What only this browser has. */
  holder: z.string(),
  stage: z.enum(['set-up', 'codes', 'done']),
  setUp: setUpSchema.nullable(),
  until: z.number(),
})
export type Ticket = z.infer<typeof ticketSchema>

/** How long the page that says it is done can be opened again. Seconds. */
const DONE_SECONDS = 900

export const untilOf = (desk: Desk, stage: Ticket['stage']): number =>
  desk.clock.now() + { 'set-up': PENDING_SECONDS, codes: CODES_SHOWN_SECONDS, done: DONE_SECONDS }[stage]

const nameOf = (resetId: string): string => `rekey_link_${resetId}`
const contextOf = (resetId: string): string => `link|${resetId}`
const pathOf = (desk: Desk): string => `${desk.base}/two-factor`

export const resetIdOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['resetId'])

/** The browser's ticket for this reset, while it is good. */
export function readTicket(desk: Desk, ctx: Context, resetId: string): Ticket | null {
  if (!/^[\w-]{22}$/.test(resetId)) return null
  const ticket = sealedCookies(desk).read(ctx, nameOf(resetId), contextOf(resetId), ticketSchema)
  return ticket && desk.clock.now() < ticket.until ? ticket : null
}

export function writeTicket(desk: Desk, ctx: Context, resetId: string, ticket: Ticket): void {
  const maxAgeSeconds = Math.max(1, ticket.until - desk.clock.now())
  sealedCookies(desk).write(ctx, nameOf(resetId), contextOf(resetId), ticket, { path: pathOf(desk), maxAgeSeconds })
}

export const doorOf = ({ accountId, epoch, holder, link }: Ticket): AtDoor => ({
  door: 'link',
  accountId,
  epoch,
  link,
  holder: digest(`link|${holder}`),
})

/** Whether somebody may still come back in: whoever was disabled after the letter went out may not, at no step of the link. */
export const mayReturn = async (desk: Desk, accountId: string): Promise<boolean> =>
  (await desk.directory.find(accountId))?.status === 'active'

/** Why a ticket that is still good opens nothing any more. */
export function ticketRefusal(account: Account | null, ticket: Ticket, now: number): Refusal | null {
  if (!account) return { is: 'link-unknown' }
  const dead = linkRefusal(linkOf(account, ticket.link), account, now)
  return dead ?? (account.epoch === ticket.epoch ? null : { is: 'sign-in-over' })
}

/** What a page of the console says about an act of this session, once it is done: sealed into its address, for two minutes. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Use } from '../../crypto/purposes.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import { webSessionOf } from '../webSession.ts'
import { userPath } from './paths.ts'

const acts = [
  'invited',
  'reset',
  'mail',
  'revoked',
  'frozen',
  'session',
  'sessions',
  'changed',
  'disabled',
  'active',
  'noted',
] as const

export type Notice = (typeof acts)[number]

/** How long a reload still says it. Seconds. */
const SHOWN_SECONDS = 120

const useOf = (ctx: Context, target: string): Use<'browser'> => ({
  for: 'notice',
  session: webSessionOf(ctx).session.uid,
  target,
})

/** The parameter `done` of the page that says it. */
export const sealNotice = ({ sealing, clock }: Services, ctx: Context, id: string, act: Notice): string =>
  sealing.seal(JSON.stringify({ act, at: clock.now() }), useOf(ctx, id))

/** The page of a user, with what was done. */
export const donePath = (services: Services, ctx: Context, id: string, act: Notice): string =>
  `${services.base}${userPath(id)}?done=${encodeURIComponent(sealNotice(services, ctx, id, act))}`

const noticeSchema = z.object({ act: z.enum(acts), at: z.number() })

/** What was done a moment ago to this user; null: nothing, or it was said before. */
export function noticeOf({ sealing, clock }: Services, ctx: Context, id: string): Notice | null {
  const text = sealing.tryOpen(textOf(ctx.query['done']), useOf(ctx, id))
  if (text === null) return null
  // A process of another version may know other acts.
  const { data: notice } = noticeSchema.safeParse(JSON.parse(text))
  return notice && clock.now() - notice.at < SHOWN_SECONDS ? notice.act : null
}

/** What a page of the console says about an act of this session, once it is done: sealed into its address, for two minutes. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Use } from '../../crypto/purposes.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import { webSessionOf } from '../webSession.ts'
import { userPath, usersPath } from './paths.ts'

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
/** Said by the list of users: the user is gone. */
const DELETED = 'deleted'

export type Notice = (typeof acts)[number]
type Act = Notice | typeof DELETED

/** How long a reload still says it. Seconds. */
const SHOWN_SECONDS = 120

const useOf = (ctx: Context, target: string): Use<'browser'> => ({
  for: 'notice',
  session: webSessionOf(ctx).session.uid,
  target,
})

/** The parameter `done` of the page that says it. */
export const sealNotice = ({ sealing, clock }: Services, ctx: Context, id: string, act: Act): string =>
  sealing.seal(JSON.stringify({ act, at: clock.now() }), useOf(ctx, id))

/** The page of a user, with what was done. */
export const donePath = (services: Services, ctx: Context, id: string, act: Notice): string =>
  `${services.base}${userPath(id)}?done=${encodeURIComponent(sealNotice(services, ctx, id, act))}`

/** No account has this id. */
const LIST = ''

/** The list of users, which says that one was deleted. */
export const deletedPath = (services: Services, ctx: Context): string =>
  `${services.base}${usersPath({ done: sealNotice(services, ctx, LIST, DELETED) })}`

/** Whether a user was deleted a moment ago in this session. */
export const saysDeleted = (services: Services, ctx: Context): boolean => actOf(services, ctx, LIST) === DELETED

/** What was done a moment ago to this user; null: nothing, or it was said before. */
export function noticeOf(services: Services, ctx: Context, id: string): Notice | null {
  const act = actOf(services, ctx, id)
  return act === DELETED ? null : act
}

const noticeSchema = z.object({ act: z.enum([...acts, DELETED]), at: z.number() })

function actOf({ sealing, clock }: Services, ctx: Context, id: string): Act | null {
  const text = sealing.tryOpen(textOf(ctx.query['done']), useOf(ctx, id))
  if (text === null) return null
  // A process of another version may know other acts.
  const { data: notice } = noticeSchema.safeParse(JSON.parse(text))
  return notice && clock.now() - notice.at < SHOWN_SECONDS ? notice.act : null
}

/** What a page says about an act of this session, once it is done: sealed into its address, for two minutes. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Use } from '../crypto/purposes.ts'
import { textOf } from './body.ts'
import type { Services } from './context.ts'
import { webSessionOf } from './webSession.ts'

/** How long a reload still says it. Seconds. */
const SHOWN_SECONDS = 120

const useOf = (ctx: Context, target: string): Use<'browser'> => ({
  for: 'notice',
  session: webSessionOf(ctx).session.uid,
  target,
})

/** The parameter `done` of the page that says it. @param target whom or what the act was on */
export const sealNotice = ({ sealing, clock }: Services, ctx: Context, target: string, act: string): string =>
  sealing.seal(JSON.stringify({ act, at: clock.now() }), useOf(ctx, target))

/** Which of these acts was done on the target a moment ago; null: none, or it was said before. */
export function noticeIn<A extends string>(
  { sealing, clock }: Services,
  ctx: Context,
  target: string,
  acts: readonly [A, ...A[]],
): A | null {
  const text = sealing.tryOpen(textOf(ctx.query['done']), useOf(ctx, target))
  if (text === null) return null
  // A process of another version may know other acts.
  const { data: notice } = z.object({ act: z.enum(acts), at: z.number() }).safeParse(JSON.parse(text))
  return notice && clock.now() - notice.at < SHOWN_SECONDS ? notice.act : null
}

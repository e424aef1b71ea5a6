/** What **Your security** says about an act of this session, once it is done. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { noticeIn, sealNotice } from '../sealedNotice.ts'

/** What was ended: one session, all others, the access of an application. */
const acts = ['one', 'others', 'access'] as const
type Ended = (typeof acts)[number]

/** The console seals the ids of users for the same session: no id is a path. */
const TARGET = '/account'

export const endedPath = (services: Services, ctx: Context, ended: Ended): string =>
  `${services.base}/account?done=${encodeURIComponent(sealNotice(services, ctx, TARGET, ended))}`

/** What was ended a moment ago; null: nothing, or it was said before. */
export const endedOf = (services: Services, ctx: Context): Ended | null => noticeIn(services, ctx, TARGET, acts)

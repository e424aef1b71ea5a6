/** What a page of the console says about an act of this session, once it is done. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { noticeIn, sealNotice } from '../sealedNotice.ts'
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

/** The page of a user, with what was done. */
export const donePath = (services: Services, ctx: Context, id: string, act: Notice): string =>
  `${services.base}${userPath(id)}?done=${encodeURIComponent(sealNotice(services, ctx, id, act))}`

/** No account has this id. */
const LIST = ''

/** The list of users, which says that one was deleted. */
export const deletedPath = (services: Services, ctx: Context): string =>
  `${services.base}${usersPath({ done: sealNotice(services, ctx, LIST, DELETED) })}`

/** Whether a user was deleted a moment ago in this session. */
export const saysDeleted = (services: Services, ctx: Context): boolean =>
  noticeIn(services, ctx, LIST, [DELETED]) !== null

/** What was done a moment ago to this user; null: nothing, or it was said before. */
export const noticeOf = (services: Services, ctx: Context, id: string): Notice | null =>
  noticeIn(services, ctx, id, acts)

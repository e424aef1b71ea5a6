/** Settings → Audit log, newest first, filtered by the query. */
import type { Context } from 'koa'
import { sameEmail } from '../../email.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { textOf } from '../body.ts'
import { listAuditEvents } from '../../service/auditEvents.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import { describeEvents } from './events.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { refusedError } from './refusals.ts'

type Action = Partial<Record<'user' | 'actor' | 'type' | 'cursor', string>>

/** The filter in the query, without empty fields. */
export const actionOf = (ctx: Context): Action =>
  Object.fromEntries(
    (['user', 'actor', 'type', 'cursor'] as const).flatMap((name) => {
      const value = textOf(ctx.query[name]).trim()
      return value === '' ? [] : [[name, value]]
    }),
  )

/** Events have ids and administrators type emails. An unknown email is searched for as typed. */
export async function withIds(services: Services, action: Action): Promise<Action> {
  const idOf = async (typed: string): Promise<string> => {
    // An id may look like the email of another person.
    if (!/[@\uFF20]/.test(typed) || (await services.directory.find(typed))) return typed
    const people = await services.directory.list({ search: typed, limit: 5 })
    return people.find(({ email }) => sameEmail(email, typed))?.id ?? typed
  }
  const { user, actor } = action
  return { ...action, ...(user && { user: await idOf(user) }), ...(actor && { actor: await idOf(actor) }) }
}

export async function showAudit(services: Services, ctx: Context): Promise<void> {
  const chosen = actionOf(ctx)
  const { cursor, ...filter } = chosen
  const listed = await listAuditEvents(services, await withIds(services, chosen))
  if (listed.is === 'refused') return refusedError(services, ctx, listed.refusal)
  const { events, next } = listed
  const page: ConsolePages['audit'] = {
    user: filter.user ?? '',
    actor: filter.actor ?? '',
    type: filter.type ?? '',
    isFirst: cursor === undefined,
    fileHref: `/admin/audit.csv?${new URLSearchParams(filter).toString()}`,
    events: await describeEvents(services, events),
    nextHref: next === null ? null : `/admin/audit?${new URLSearchParams({ ...chosen, cursor: next }).toString()}`,
  }
  answer(services, ctx, { page: 'audit', locals: page, frame: webSessionFrame(services, ctx, webSessionOf(ctx)) })
}

/** Calls that read the audit: a page of JSON, or one event per line for an export. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { json, linkNext } from './call.ts'
import { orProblem } from './refusals.ts'
import * as operations from '../../service/auditEvents.ts'
import { shownEvent } from '../representations.ts'

export async function listAuditEvents(services: Services, ctx: Context): Promise<void> {
  const { events, next } = orProblem(services, await operations.listAuditEvents(services, { ...ctx.query }))
  if (next) linkNext(services, ctx, '/audit-events', next)
  if (ctx.accepts('json', 'application/x-ndjson') === 'application/x-ndjson') {
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'application/x-ndjson'
    ctx.body = events.map((event) => `${JSON.stringify(shownEvent(event))}\n`).join('')
    return
  }
  json(ctx, 200, {
    items: events.map(shownEvent),
    ...(next ? { next_cursor: next } : {}),
  })
}

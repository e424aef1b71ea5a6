/** The audit log as CSV: all events that match the filter of the page, streamed. */
import { Readable } from 'node:stream'
import type { Context } from 'koa'
import type { AuditEvent } from '../../ports.ts'
import type { Services } from '../context.ts'
import { type AuditPage, listAuditEvents } from '../../service/auditEvents.ts'
import { explain } from '../../service/refusal.ts'
import { shownEvent } from '../representations.ts'
import { actionOf, withIds } from './audit.ts'
import { byteOrderMark, csvLine } from './csv.ts'
import { namesOf } from './names.ts'
import { refusedError } from './refusals.ts'

/** Events per read. */
const PAGE = 200

export async function downloadAudit(services: Services, ctx: Context): Promise<void> {
  const chosen = await withIds(services, actionOf(ctx))
  // Read before the headers, so that a refusal or an outage is a page.
  const first = await listAuditEvents(services, { ...chosen, limit: PAGE })
  if (first.is === 'refused') return refusedError(services, ctx, first.refusal)
  const day = new Date(services.clock.now() * 1000).toISOString().slice(0, 10)
  ctx.set('Cache-Control', 'no-store')
  ctx.attachment(`audit-${day}.csv`)
  ctx.type = 'text/csv; charset=utf-8'
  ctx.body = Readable.from(linesOf(services, chosen, first))
}

async function* linesOf(
  services: Services,
  chosen: Readonly<Record<string, string>>,
  first: AuditPage,
): AsyncGenerator<string> {
  yield `${byteOrderMark}${csvLine(columns)}`
  for (let page = first; ;) {
    const ids = page.events.flatMap(({ actor, target }) => [actor, target])
    const nameOf = await namesOf(services, ids)
    yield page.events.map((event) => csvLine(cellsOf(event, nameOf))).join('')
    if (page.next === null) return
    const next = await listAuditEvents(services, { ...chosen, limit: PAGE, cursor: page.next })
    if (next.is === 'refused') throw new Error(`a cursor of the audit log was refused: ${explain(next.refusal)}`)
    page = next
  }
}

/** Named as in the API. */
const columns = [
  'at',
  'type',
  'outcome',
  'reason',
  'actor',
  'actor_name',
  'target',
  'target_name',
  'address',
  'request_id',
  'id',
  'client_id',
  'session_id',
  'method',
  'acr',
  'browser',
  'system',
]

function cellsOf(event: AuditEvent, nameOf: (id: string | null) => string | null): (string | null)[] {
  const shown = shownEvent(event)
  const { at, type, outcome, reason, actor, target, address, request_id: requestId, id } = shown
  const done = [at, type, outcome, reason, actor, nameOf(actor), target, nameOf(target), address, requestId, id]
  const { client_id: client, session_id: session, method, acr, device } = shown
  return [...done, ...[client, session, method, acr, device?.browser, device?.system].map((item) => item ?? null)]
}

/** The audit log as CSV: all events that match the filter of the page, streamed. */
import { Readable } from 'node:stream'
import type { Context } from 'koa'
import type { AuditEvent } from '../../ports.ts'
import { auditEventsOf } from '../../service/auditEvents.ts'
import type { Services } from '../context.ts'
import { seeOther } from '../redirect.ts'
import { shownEvent } from '../representations.ts'
import { chosenOf, filterOf, queryOf } from './auditFilter.ts'
import { byteOrderMark, csvLine } from './csv.ts'
import { dayOf } from './days.ts'
import { namesOf } from './names.ts'
import { auditPath } from './paths.ts'

/** Events per piece of the file. */
const PIECE = 200

export async function downloadAudit(services: Services, ctx: Context): Promise<void> {
  const chosen = await chosenOf(services, ctx)
  const filter = filterOf(chosen)
  // The page asks which person is meant, or says what is wrong with the days.
  if (!filter) return seeOther(ctx, `${services.base}${auditPath(queryOf(chosen))}`)
  const events = auditEventsOf(services.audit, filter)
  // Read before the headers, so that an outage is a page.
  const first = await nextOf(events)
  const day = dayOf(services.clock.now(), 'UTC')
  ctx.set('Cache-Control', 'no-store')
  ctx.attachment(`audit-${day}.csv`)
  ctx.type = 'text/csv; charset=utf-8'
  ctx.body = Readable.from(linesOf(services, events, first))
}

type Events = AsyncGenerator<AuditEvent, void, undefined>

async function nextOf(events: Events): Promise<readonly AuditEvent[]> {
  const piece: AuditEvent[] = []
  while (piece.length < PIECE) {
    const next = await events.next()
    if (next.done) break
    piece.push(next.value)
  }
  return piece
}

async function* linesOf(services: Services, events: Events, first: readonly AuditEvent[]): AsyncGenerator<string> {
  yield `${byteOrderMark}${csvLine(columns)}`
  for (let piece = first; piece.length > 0; piece = await nextOf(events)) {
    const ids = piece.flatMap(({ actor, target }) => [actor, target])
    const nameOf = await namesOf(services, ids)
    yield piece.map((event) => csvLine(cellsOf(event, nameOf))).join('')
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

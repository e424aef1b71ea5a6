/** Settings → Audit log, newest first, filtered by the query. */
import type { Context } from 'koa'
import type { AuditEvent } from '../../ports.ts'
import { auditEventsOf, type AuditFilter } from '../../service/auditEvents.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import type { AuditForm, AuditPages } from '../pages/auditLocals.ts'
import { answer } from '../respond.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import { type Chosen, chosenOf, daysOf, eventGroups, faultOf, filterOf, queryOf, spans } from './auditFilter.ts'
import { describeEvents } from './events.ts'
import { auditPath } from './paths.ts'

/** Events on a page. Count. */
const PAGE = 25

/** Each page is read from the newest event on. Count: the days and the file lead to older ones. */
const MOST_PAGES = 40

export async function showAudit(services: Services, ctx: Context): Promise<void> {
  const chosen = await chosenOf(services, ctx)
  const filter = filterOf(chosen)
  const position = positionOf(services, ctx)
  const { events, hasMore } = filter ? await pageOf(services, filter, position) : { events: [], hasMore: false }
  const query = queryOf(chosen)
  const { page } = position
  // A process whose clock is ahead writes later times.
  const at = Math.max(position.at, page === 1 ? (events[0]?.at ?? 0) : 0)
  const hrefOf = (number: number): string =>
    auditPath(number === 1 ? query : { ...query, page: String(number), at: String(at) })
  const fault = faultOf(chosen)
  const locals: AuditPages['audit'] = {
    ...formOf(services, chosen),
    error: fault,
    events: await describeEvents(services, events),
    newerHref: page === 1 ? null : hrefOf(page - 1),
    olderHref: hasMore && page < MOST_PAGES ? hrefOf(page + 1) : null,
    cutAt: hasMore && page === MOST_PAGES ? PAGE * MOST_PAGES : null,
    fileHref: filter && auditPath(query, '.csv'),
  }
  const frame = webSessionFrame(services, ctx, webSessionOf(ctx))
  answer(services, ctx, { page: 'audit', locals, frame, ...(fault && { status: 422 }) })
}

/** `at`: the time of the first page, so that newer events move no other one. Epoch seconds. */
interface Position {
  readonly page: number
  readonly at: number
}

function positionOf({ clock }: Services, ctx: Context): Position {
  const number = (name: string): number => Number(/^\d{1,12}$/.exec(textOf(ctx.query[name]))?.[0] ?? 0)
  const page = Math.min(Math.max(1, number('page')), MOST_PAGES)
  return { page, at: (page > 1 && number('at')) || clock.now() }
}

async function pageOf(
  { audit }: Services,
  filter: AuditFilter,
  { page, at }: Position,
): Promise<{ readonly events: readonly AuditEvent[]; readonly hasMore: boolean }> {
  const end = page * PAGE
  const before = page === 1 ? {} : { to: Math.min(filter.to ?? at, at) }
  const events: AuditEvent[] = []
  for await (const event of auditEventsOf(audit, { ...filter, ...before }, end + 1)) if (events.push(event) > end) break
  return { events: events.slice(end - PAGE, end), hasMore: events.length > end }
}

/** The form as it was sent, with the links that change one of its fields. */
function formOf(services: Services, chosen: Chosen): AuditForm {
  const { found, event, from, to, zone, who } = chosen
  const query = queryOf(chosen)
  const without = (...names: readonly string[]) =>
    Object.fromEntries(Object.entries(query).filter(([name]) => !names.includes(name)))
  return {
    who,
    person: found.chosen?.id ?? null,
    isUnknown: who !== '' && !found.chosen && found.people.length === 0,
    choices: (found.chosen ? [] : found.people).map(({ id, name, email }) => ({
      href: auditPath({ ...without('who'), person: id }),
      name,
      email,
    })),
    hasMoreChoices: found.hasMore,
    event,
    groups: eventGroups,
    from,
    to,
    zone,
    spans: spans.map((span) => {
      const days = daysOf(services, zone || 'UTC', span)
      const isChosen = days.from === from && days.to === to
      return { span, isChosen, href: auditPath({ ...without('from', 'to'), days: span }) }
    }),
    isFiltered: Object.keys(query).some((name) => name !== 'zone'),
    clearHref: auditPath(zone === '' ? {} : { zone }),
  }
}

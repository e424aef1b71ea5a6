import { z } from 'zod'
import { LONGEST_ID } from '../core/rules.ts'
import type { AuditEvent, AuditLog, AuditQuery } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import { checked, done, type Result } from './refusal.ts'
import { fromCursor, limit } from './users.ts'

const instant = z.iso.datetime({ offset: true }).transform((text) => Math.floor(Date.parse(text) / 1000))

export const auditQuery = z.strictObject({
  user: z.string().max(LONGEST_ID).optional().meta({ description: 'Id of the account that was acted on.' }),
  actor: z.string().max(LONGEST_ID).optional().meta({ description: 'Id of the acting person.' }),
  type: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'This type, or all that begin with it and a dot.', examples: ['two_factor.reset'] }),
  from: instant.optional().meta({
    description: 'The first second, included: of the event, or of its line if that was written over a minute later.',
  }),
  to: instant.optional().meta({ description: 'The last second, included, likewise.' }),
  limit,
  cursor: fromCursor,
})

interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** The cursor of the next page; null: this is the last page. */
  readonly next: string | null
}

/** One page, newest first. */
export async function listAuditEvents(
  services: Pick<ServiceContext, 'audit'>,
  request: z.input<typeof auditQuery>,
): Promise<Result<AuditPage>> {
  const given = checked(auditQuery.safeParse(request))
  if (given.is === 'refused') return given
  const { cursor, ...query } = given.value
  return {
    ...done,
    ...(await services.audit.list({
      ...defined(query),
      ...(cursor ? { before: cursor } : {}),
    })),
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>

/** What the console lists: a log answers for one person and one type only. */
export interface AuditFilter {
  /** Id: who acted, or who was acted on. */
  readonly person?: string
  /** As `type` of a query; none is within another. Empty: every type. */
  readonly types: readonly string[]
  /** First and last second, as in a query. */
  readonly from?: number
  readonly to?: number
}

/** Events of one read after the first. */
const PAGE = 200

/** Newest first. `first`: how many the caller will probably take. */
export async function* auditEventsOf(
  audit: AuditLog,
  { person, types, from, to }: AuditFilter,
  first = PAGE,
): AsyncGenerator<AuditEvent, void, undefined> {
  const period = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const people: Pick<AuditQuery, 'user' | 'actor'>[] =
    person === undefined ? [{}] : [{ user: person }, { actor: person }]
  const readers = people.flatMap((whose) =>
    (types.length > 0 ? types.map((type) => ({ type })) : [{}]).map((type) =>
      readOrdered(audit, { ...period, ...whose, ...type }, Math.min(first, PAGE)),
    ),
  )
  const heads = await Promise.all(readers.map(async (reader) => ({ reader, head: await reader.next() })))
  for (;;) {
    let newest: (typeof heads)[number] | null = null
    for (const each of heads)
      if (!each.head.done && (!newest || each.head.value.order > (newest.head.value?.order ?? Infinity))) newest = each
    if (!newest || newest.head.done) return
    const { event } = newest.head.value
    if (event) yield event
    newest.head = await newest.reader.next()
  }
}

interface Ordered {
  /** null: what a person did to the own account is among the events about that account. */
  readonly event: AuditEvent | null
  /** The time that the line has in the log, or an earlier one that keeps its place: a late line has a later time than its event. */
  readonly order: number
}

async function* readOrdered(
  audit: AuditLog,
  query: Omit<AuditQuery, 'limit' | 'before'>,
  first: number,
): AsyncGenerator<Ordered, void, undefined> {
  let before: string | null | undefined
  for (let size = first; before !== null; size = PAGE) {
    const { events, next } = await audit.list({ ...query, ...(before !== undefined && { before }), limit: size })
    let order = -Infinity
    const ordered = events.toReversed().map((event) => {
      order = Math.max(order, event.at)
      return { event: query.actor !== undefined && event.target === query.actor ? null : event, order }
    })
    yield* ordered.toReversed()
    before = next
  }
}

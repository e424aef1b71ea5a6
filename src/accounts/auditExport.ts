/** Exports of the audit, and how far the last one came: lines after it may be nowhere else. */
import type { AuditEvent, AuditLog, Clock } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'
import { LATE_SECONDS } from './audit.ts'

const KIND = 'AuditExport'
const ID = 'exported-to'
/** Lines read at a time. Count. */
const PAGE = 500

/** The last second of which every line was exported; null: nothing was exported. */
export async function exportedTo(artefacts: Pick<Artefacts, 'get'>): Promise<number | null> {
  const stored = await artefacts.get(KIND, ID)
  const at = Number(stored?.text ?? NaN)
  return Number.isSafeInteger(at) ? at : null
}

export interface ExportSpan {
  /** The first second. Default: that of the last export, whose lines may come again. */
  readonly from?: number | undefined
  /** The last second. Default: the newest that gets no further lines. */
  readonly to?: number | undefined
}

export interface AuditExport<T> {
  /** null: the oldest line. */
  readonly from: number | null
  readonly to: number
  readonly lines: AsyncIterable<T>
  /** To be called when all events are stored safely: they may be removed here from then on. */
  finish(): Promise<void>
}

/** A newer second may get another line: a line keeps its place for a while, and clocks of processes differ. Seconds. */
const GROWING_SECONDS = LATE_SECONDS + 240

interface ExportPorts {
  readonly audit: Pick<AuditLog, 'list'>
  readonly artefacts: Pick<Artefacts, 'get' | 'put'>
  readonly clock: Clock
}

export async function exportAudit<T>(
  { audit, artefacts, clock }: ExportPorts,
  span: ExportSpan,
  lineOf: (event: AuditEvent) => T,
): Promise<AuditExport<T>> {
  const newest = clock.now() - GROWING_SECONDS
  const before = await exportedTo(artefacts)
  const from = span.from ?? before
  const to = span.to ?? newest
  return {
    from,
    to,
    lines: mapped(eventsOf(audit, from, to), lineOf),
    async finish() {
      // A span that begins later leaves a gap, so that the lines of the gap are not counted as exported.
      const isNext = span.from === undefined || (before !== null && span.from <= before + 1)
      const end = Math.min(to, newest)
      if (isNext && end > (before ?? -Infinity)) await artefacts.put(KIND, ID, String(end))
    },
  }
}

async function* mapped<T>(events: AsyncIterable<AuditEvent>, lineOf: (event: AuditEvent) => T): AsyncGenerator<T> {
  for await (const event of events) yield lineOf(event)
}

async function* eventsOf(audit: Pick<AuditLog, 'list'>, from: number | null, to: number) {
  const query = { ...(from === null ? {} : { from }), to, limit: PAGE }
  let page = await audit.list(query)
  yield* page.events
  while (page.next !== null) {
    page = await audit.list({ ...query, before: page.next })
    yield* page.events
  }
}

/** Removes old audit lines from the store: in pieces, by one process at a time, each day with a line that says what is removed. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type KeepAudit, type Removals, refusalTypes, removals } from '../core/auditRetention.ts'
import type { AuditType } from '../core/effect.ts'
import type { AuditLog, Clock } from '../ports.ts'
import type { Journal, Store } from '../store/store.ts'
import { exportedTo } from './auditExport.ts'
import type { Worker } from './worker.ts'

/** Emails of the development mailbox are removed after this time. Seconds: 30 days. */
const MAILBOX_SECONDS = 2_592_000
/** Entries removed in one step. Count; bounds how long other writes wait. */
const PIECE = 500
/** One process removes within this time, others do nothing. Seconds; a process that stops is replaced after it. */
const LEASE_SECONDS = 600
/** Interval of looking for old lines. Milliseconds. */
const EVERY_MS = 60_000

const refusalTags = refusalTypes.map((type) => `type:${type}`)

export interface RetentionOptions {
  readonly store: Pick<Store, 'journal' | 'counters' | 'artefacts'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly keep: KeepAudit
  readonly clock: Clock
  readonly onError: (error: unknown, doing: string) => void
}

export interface Retention extends Worker {
  /** Removes what is old, if no other process does. */
  run(): Promise<void>
}

export function createRetention(options: RetentionOptions): Retention {
  const { store, keep, clock, onError } = options
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()

  async function removeAll(journal: Journal, to: number | null, tag?: string): Promise<void> {
    if (to === null) return
    const until = clock.now() + LEASE_SECONDS / 2
    while (!stopping.signal.aborted && clock.now() < until) {
      const removed = await journal.remove({ to, limit: PIECE, ...(tag === undefined ? {} : { tag }) })
      if (removed < PIECE) return
      await nextTurn()
    }
  }

  async function run(): Promise<void> {
    const { count } = await store.counters.add('retention', 1, LEASE_SECONDS)
    if (count > 1) return
    await removeAll(store.journal('mailbox'), clock.now() - MAILBOX_SECONDS)
    const journal = store.journal('audit')
    const old = removals(keep, clock.now(), await exportedTo(store.artefacts))
    if (!(await areThere(journal, old))) return
    // First: a line about a removal that failed is better than a removal without a line.
    await appendLine(options, old)
    await removeAll(journal, old.all)
    for (const tag of refusalTags) await removeAll(journal, old.refusals, tag)
  }

  const again = (): void => {
    timer = setTimeout(() => {
      running = run()
        .catch((error: unknown) => onError(error, 'removing old audit lines'))
        .finally(() => {
          if (!stopping.signal.aborted) again()
        })
    }, EVERY_MS).unref()
  }
  again()
  return {
    run,
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await running
    },
  }
}

async function areThere(journal: Journal, old: Removals): Promise<boolean> {
  const exists = async (to: number | null, tags: readonly string[]): Promise<boolean> =>
    to !== null && (await journal.list({ to, tags, limit: 1 })).length > 0
  if (await exists(old.all, [])) return true
  for (const tag of refusalTags) if (await exists(old.refusals, [tag])) return true
  return false
}

async function appendLine({ audit, clock }: RetentionOptions, { all, refusals }: Removals): Promise<void> {
  const upTo = (last: number): string => `up to ${new Date(last * 1000).toISOString()}`
  const line = {
    id: `removed.${all}.${refusals}`,
    at: clock.now(),
    type: 'audit.removed' satisfies AuditType,
    actor: null,
    target: null,
    outcome: 'done' as const,
    reason: [
      ...(all === null ? [] : [`all ${upTo(all)}`]),
      ...(refusals === null || refusals === all ? [] : [`refusals ${upTo(refusals)}`]),
    ].join(', '),
    requestId: null,
    address: null,
  }
  await audit.append(line, { durable: true })
}

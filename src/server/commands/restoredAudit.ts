/** Reads exports of the audit, for `restored`: what happened to each account after the backup. */
import { z } from 'zod'
import { type AfterBackup, consequenceOf } from '../../core/auditConsequences.ts'
import { type Entry, readEntries } from './importFile.ts'

const line = z.looseObject({
  at: z.iso.datetime({ offset: true }),
  type: z.string(),
  target: z.string().nullable(),
  outcome: z.enum(['done', 'refused', 'failed']),
})

export interface AuditRead {
  /** By account id. */
  readonly accounts: ReadonlyMap<string, AfterBackup>
  /** Lines since the backup. */
  readonly count: number
  /** Times of the oldest and the newest line of all; null: there is none. */
  readonly oldest: number | null
  readonly newest: number | null
}

/** Fails with file and line at the first that cannot be understood: what it says would not be applied. */
export async function readAudit(files: readonly string[], from: number): Promise<AuditRead> {
  const accounts = new Map<string, AfterBackup>()
  let [count, oldest, newest] = [0, Infinity, -Infinity]
  for (const file of files) {
    for await (const entry of readEntries(file)) {
      const event = parse(entry, `${file}: line ${entry.line}`)
      oldest = Math.min(oldest, event.at)
      newest = Math.max(newest, event.at)
      // A line of the second of the backup may be in it or not.
      if (event.at < from) continue
      count += 1
      if (event.outcome !== 'done' || event.consequence === null || event.target === null) continue
      const known = accounts.get(event.target) ?? {}
      const at = Math.max(known[event.consequence] ?? 0, event.at)
      accounts.set(event.target, { ...known, [event.consequence]: at })
    }
  }
  const isEmpty = oldest === Infinity
  return { accounts, count, oldest: isEmpty ? null : oldest, newest: isEmpty ? null : newest }
}

function parse(entry: Entry, where: string) {
  const { data } = line.safeParse('value' in entry ? entry.value : null)
  if (!data) throw new Error(`${where} is no event of the audit`)
  const consequence = consequenceOf(data.type)
  if (consequence === undefined)
    throw new Error(
      `${where} has the type ${data.type}, which this version does not know: use the version that wrote it`,
    )
  return { ...data, at: Math.floor(Date.parse(data.at) / 1000), consequence }
}

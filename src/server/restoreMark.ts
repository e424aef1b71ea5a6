/**
 * How far a restore of the store has come. Kept where every backup of the records has it: a backup contains its own time, and a server does
 * not start on what was restored but not judged.
 */
import { z } from 'zod'
import { StoreUnfit } from '../errors.ts'
import type { Records } from '../store/store.ts'

/** The id of no account: those begin with no space. */
export const MARK_ID = ' restore'

const mark = z.discriminatedUnion('is', [
  /** The store is this backup, made at this time. */
  z.object({ is: z.literal('backup'), at: z.number() }),
  /** `id`: of the consequences that are applied. */
  z.object({ is: z.literal('begun'), id: z.string(), from: z.number() }),
  z.object({ is: z.literal('finished'), id: z.string(), from: z.number() }),
])
export type RestoreMark = z.infer<typeof mark>

export async function readMark(records: Pick<Records, 'read'>): Promise<RestoreMark | null> {
  const stored = await records.read(MARK_ID)
  return stored ? mark.parse(JSON.parse(stored.text)) : null
}

export async function writeMark(records: Pick<Records, 'read' | 'swap'>, next: RestoreMark): Promise<void> {
  const version = (await records.read(MARK_ID))?.version ?? 0
  if (!(await records.swap(MARK_ID, JSON.stringify(next), version, { durable: true })))
    throw new Error('another process restores this store')
}

/** @throws StoreUnfit while a restore is not finished */
export async function requireFinished(records: Pick<Records, 'read'>): Promise<void> {
  const found = await readMark(records)
  if (found?.is === 'backup')
    throw new StoreUnfit(
      `the store is a backup of ${shown(found.at)}, and what was ended since then would work again: run oidc-rekey restored`,
    )
  if (found?.is === 'begun')
    throw new StoreUnfit('a restore of the store is not finished: run the same oidc-rekey restored again')
}

export const shown = (at: number): string => new Date(at * 1000).toISOString().replace('.000', '')

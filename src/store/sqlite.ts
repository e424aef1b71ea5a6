/**
 * The store in SQLite, for one machine: any number of processes on the same two files. Account records must survive the loss of
 * power; sessions and codes need not, since the epoch makes a restored one harmless. Hence two files.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { artefactsSchema, SqliteArtefacts } from './sqlite/artefacts.ts'
import { countersSchema, SqliteCounters } from './sqlite/counters.ts'
import { SqliteFile } from './sqlite/file.ts'
import { journalSchema, SqliteJournal } from './sqlite/journal.ts'
import { profilesSchema, SqliteProfiles } from './sqlite/profiles.ts'
import { recordsSchema, SqliteRecords } from './sqlite/records.ts'
import type { Clock, Store } from './store.ts'

export interface SqliteOptions {
  /** Created for this user only if absent. Must be on a local disk: SQLite's locks do not work on network shares. */
  readonly directory: string
  readonly clock: Clock
}

/** Throws errors of the file system, `StoreUnavailable` when SQLite cannot open the files, an `Error` for foreign or newer files. */
export function openSqlite({ directory, clock }: SqliteOptions): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lasting = new SqliteFile({
    path: join(directory, 'records.db'),
    synchronous: 'FULL',
    schema: [[recordsSchema, profilesSchema, journalSchema].join(';')],
  })
  const passing = new SqliteFile({
    path: join(directory, 'artefacts.db'),
    synchronous: 'NORMAL',
    schema: [artefactsSchema, countersSchema],
  })
  const journals = { audit: new SqliteJournal(lasting, 'audit'), mailbox: new SqliteJournal(lasting, 'mailbox') }
  const probes = [lasting, passing].map((file) => ({
    file,
    answers: file.prepare('SELECT count(*) FROM sqlite_schema'),
  }))
  return {
    records: new SqliteRecords(lasting),
    artefacts: new SqliteArtefacts(passing, clock),
    profiles: new SqliteProfiles(lasting),
    counters: new SqliteCounters(passing, clock),
    journal: (name) => journals[name],
    async ping() {
      for (const { file, answers } of probes) await file.read(() => answers.first())
    },
    async close() {
      lasting.close()
      passing.close()
    },
    description: `SQLite in ${join(directory, '/')}`,
  }
}

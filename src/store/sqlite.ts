/**
 * The store in SQLite, for one machine: any number of processes on the same two files. Account records must survive the loss of
 * power; sessions and codes need not, since the epoch makes a restored one harmless. Hence two files.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { artefactsSchema, SqliteArtefacts } from './sqlite/artefacts.ts'
import { countersSchema, SqliteCounters } from './sqlite/counters.ts'
import { diskUsed } from './sqlite/disk.ts'
import { SqliteFile } from './sqlite/file.ts'
import { journalSchema, SqliteJournal } from './sqlite/journal.ts'
import { profilesSchema, profileTagsSchema, SqliteProfiles } from './sqlite/profiles.ts'
import { recordsSchema, SqliteRecords } from './sqlite/records.ts'
import { systemClock } from '../clock.ts'
import type { Clock, Store } from './store.ts'

export interface SqliteOptions {
  /** Created for this user only if absent. Must be on a local disk: SQLite's locks do not work on network shares. */
  readonly directory: string
  /** Default: the system's. */
  readonly clock?: Clock
}

/** Throws errors of the file system, `StoreUnavailable` when SQLite cannot open the files, an `Error` for foreign or newer files. */
export function openSqlite({ directory, clock = systemClock }: SqliteOptions): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const recordsFile = new SqliteFile({
    path: join(directory, 'records.db'),
    synchronous: 'FULL',
    schema: [[recordsSchema, profilesSchema, journalSchema].join(';'), profileTagsSchema],
  })
  const artefactsFile = new SqliteFile({
    path: join(directory, 'artefacts.db'),
    synchronous: 'NORMAL',
    schema: [artefactsSchema, countersSchema],
  })
  const journals = {
    audit: new SqliteJournal(recordsFile, 'audit'),
    mailbox: new SqliteJournal(recordsFile, 'mailbox'),
  }
  const probes = [recordsFile, artefactsFile].map((file) => ({
    file,
    answers: file.prepare('SELECT count(*) FROM sqlite_schema'),
  }))
  return {
    records: new SqliteRecords(recordsFile),
    artefacts: new SqliteArtefacts(artefactsFile, clock),
    profiles: new SqliteProfiles(recordsFile),
    counters: new SqliteCounters(artefactsFile, clock),
    journal: (name) => journals[name],
    async ping() {
      for (const { file, answers } of probes) await file.read(() => answers.first())
    },
    async close() {
      recordsFile.close()
      artefactsFile.close()
    },
    diskUsed: () => diskUsed(directory, ['records.db', 'artefacts.db']),
    description: `SQLite (${join(directory, '/')})`,
  }
}

/** Copies the records of a store in use, as they were at one moment. */
import { chmodSync, closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { requireNode } from '../../nodeVersion.ts'
import { translated } from './errors.ts'

interface Copy {
  /** The directory of the store. */
  readonly directory: string
  /** Must not exist. */
  readonly to: string
  /** A record that the copy has besides: id and text. */
  readonly mark: { readonly id: string; readonly text: string }
}

/**
 * VACUUM INTO reads in one transaction and holds no writer up. The backup function of SQLite copies page by page and begins again after
 * each write of another process, so that it would not end beside a busy server. Accounts, people and the audit are copied; sessions and
 * tokens, which are void after a restore, are not.
 */
export function copyRecords({ directory, to, mark }: Copy): void {
  requireNode(process.versions.node)
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  const source = translated(() => new Database(join(directory, 'records.db'), { readOnly: true, timeout: 10_000 }))
  closeSync(openSync(to, 'wx', 0o600))
  try {
    source.prepare('VACUUM INTO ?').run(to)
    const copy = new Database(to)
    copy
      .prepare(
        `INSERT INTO records (id, version, text, wake_at) VALUES (?, 1, ?, 9e999)
         ON CONFLICT (id) DO UPDATE SET version = version + 1, text = excluded.text`,
      )
      .run(mark.id, mark.text)
    copy.close()
    chmodSync(to, 0o600)
    const file = openSync(to, 'r+')
    fsyncSync(file)
    closeSync(file)
  } catch (error) {
    rmSync(to, { force: true })
    throw error
  } finally {
    source.close()
  }
}

/** `backup`: a copy of the embedded store, while it is served. */
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../clock.ts'
import { readConfiguration } from '../configuration/read.ts'
import { MARK_ID, type RestoreMark, shown } from '../restoreMark.ts'
import type { Command } from './command.ts'

export const backup: Command = {
  takes: 'FILE',
  does: 'copy accounts, people and audit of the embedded store to a new file, while the server runs; keys and sessions are not in it',
  options: {},
  positionals: 1,
  async run({ environment, out }, { positionals: [file = ''] }) {
    const { store } = await readConfiguration(environment)
    if (store.is !== 'sqlite')
      throw new Error(`the store is ${store.is}: it has backups of its own, see docs/backup.md`)
    if (!existsSync(join(store.directory, 'records.db')))
      throw new Error(`there is no store in ${store.directory}: DATA_DIR (data_directory) names another one`)
    if (existsSync(file)) throw new Error(`${file} exists already`)
    // Before the copy: what happens during it is then judged by the audit as well.
    const mark: RestoreMark = { is: 'backup', at: systemClock.now() }
    const partial = `${file}.partial`
    await rm(partial, { force: true })
    const { copyRecords } = await import('../../store/sqlite/copy.ts')
    copyRecords({ directory: store.directory, to: partial, mark: { id: MARK_ID, text: JSON.stringify(mark) } })
    await rename(partial, file)
    out(`backup of ${shown(mark.at)} in ${file}: accounts, people and audit`)
    out(
      'not in it: the keys (ENCRYPTION_KEYS, COOKIE_KEYS, JWKS), without which it is worth nothing, and sessions, which a restore ends',
    )
    out('after a restore run: oidc-rekey restored --audit FILE, with exports of the audit kept elsewhere')
    return 0
  },
}

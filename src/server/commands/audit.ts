/** `audit export`: the audit as a file, one event per line, as the management API answers it. */
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { shown } from '../restoreMark.ts'
import { type Command, UsageError, withService } from './command.ts'
import { optionOf, text } from './options.ts'

export const auditExport: Command = {
  takes: 'FILE',
  does: 'write events of the audit to a new file, one JSON object per line; without --from it continues the last export',
  options: {
    from: text('first second, such as 2026-11-28T00:00:00Z; unset: where the last export ended, else the oldest event'),
    to: text('last second; unset: five minutes ago, since newer seconds may get further events'),
  },
  positionals: 1,
  async run(shell, given) {
    const [file = ''] = given.positionals
    const from = instant('--from', optionOf(given, 'from'))
    const to = instant('--to', optionOf(given, 'to'))
    if (from !== undefined && to !== undefined && to < from) throw new UsageError('--to is earlier than --from')
    return withService(shell, async ({ exportAudit }) => {
      const exported = await exportAudit({ from, to })
      const count = await writeNew(file, exported.lines)
      await exported.finish()
      const begin = exported.from === null ? 'the beginning' : shown(exported.from)
      shell.out(`${count} events from ${begin} to ${shown(exported.to)} in ${file}`)
      return 0
    })
  },
}

/** Epoch seconds. An instant without an offset would mean another one on another machine. */
export function instant(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : NaN
  if (Number.isNaN(at)) throw new UsageError(`${option} must be an instant such as 2026-11-28T00:00:00Z`)
  return Math.floor(at / 1000)
}

/** Complete or absent, for this user only. Returns the number of lines. */
async function writeNew(file: string, lines: AsyncIterable<string>): Promise<number> {
  if (existsSync(file)) throw new Error(`${file} exists already`)
  const partial = `${file}.partial`
  await rm(partial, { force: true })
  const handle = await open(partial, 'wx', 0o600)
  try {
    let count = 0
    let waiting = ''
    for await (const line of lines) {
      count += 1
      waiting += line
      if (waiting.length < 65_536) continue
      await handle.write(waiting)
      waiting = ''
    }
    await handle.write(waiting)
    await handle.sync()
    await handle.close()
    await rename(partial, file)
    return count
  } catch (error) {
    await handle.close().catch(() => {})
    await rm(partial, { force: true })
    throw error
  }
}

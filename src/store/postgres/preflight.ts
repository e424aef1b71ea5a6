/** Whether a server may keep data that must not be lost; checked for every connection, replacements included. */
import { PreflightFailed } from '../remote.ts'
import { isForbidden } from './errors.ts'
import { asText, type PostgresClient } from './pool.ts'

const question = `
  SELECT pg_is_in_recovery() AS recovering, current_setting('transaction_read_only') AS "readOnly",
    current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding,
    current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync`

interface Settings {
  readonly recovering: string
  readonly readOnly: string
  readonly version: string
  readonly encoding: string
  readonly commit: string
  readonly fsync: string
}

export async function inspect(client: PostgresClient): Promise<void> {
  const { rows } = await client.query({ text: question, types: asText })
  const settings = rows[0] as Settings
  if (Number(settings.version) < 150_000) {
    throw new PreflightFailed(`is version ${Number(settings.version) / 10_000}; 15 or later is needed`)
  }
  if (settings.recovering !== 'f') {
    throw new PreflightFailed('is in recovery, a standby: what it says may be old, and it takes no writes')
  }
  if (settings.readOnly !== 'off') throw new PreflightFailed('takes no writes: set default_transaction_read_only off')
  if (settings.encoding !== 'UTF8') throw new PreflightFailed(`has the encoding ${settings.encoding}; UTF8 is needed`)
  if (settings.commit === 'off') {
    throw new PreflightFailed('would lose what it has acknowledged: set synchronous_commit on (it is off)')
  }
  if (settings.fsync !== 'on')
    throw new PreflightFailed('would lose what it has acknowledged: set fsync on (it is off)')
}

/** Epoch seconds; null: this user may not ask. */
export async function clockOf(client: PostgresClient): Promise<number | null> {
  try {
    const text = 'SELECT floor(extract(epoch FROM clock_timestamp())) AS now'
    const { rows } = await client.query({ text, types: asText })
    return Number((rows[0] as { readonly now: string }).now)
  } catch (error) {
    if (isForbidden(error)) return null
    throw error
  }
}

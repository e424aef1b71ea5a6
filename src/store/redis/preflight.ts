/** Checks on every connection that this Redis may store data that must not be lost. */
import { PreflightFailed } from '../remote.ts'
import type { Keys } from './keys.ts'
import { requirePermissions } from './permissions.ts'

/** The version of the table in keys.ts. Raised only together with an upgrade of the version before (upgrade.ts). */
export const format = 2

export interface Report {
  /** Identifies the server process: equal for two connections to the same one. */
  readonly runId: string
  readonly replicas: number
  /** Sentences for the operator. */
  readonly warnings: readonly string[]
}

interface Sender {
  sendCommand<T>(command: string[]): Promise<T>
}

export async function inspect(redis: Sender, keys: Keys): Promise<Report> {
  const [text, fsync] = await Promise.all([
    redis.sendCommand<string>(['INFO']),
    // CONFIG is often forbidden, and INFO does not contain it.
    redis
      .sendCommand<Record<string, string>>(['CONFIG', 'GET', 'appendfsync'])
      .catch(() => ({ appendfsync: undefined })),
  ])
  const info = Object.fromEntries(text.split('\r\n').map((line) => line.split(/:(.*)/s, 2) as [string, string]))
  refuse(info)
  await claim(redis, keys)
  await requirePermissions(redis, keys)
  return {
    runId: info['run_id'] ?? '',
    replicas: Number(info['connected_slaves']),
    warnings: warnings(info, fsync.appendfsync),
  }
}

type Info = Readonly<Record<string, string | undefined>>

function refuse(info: Info): void {
  const policy = info['maxmemory_policy']
  if (info['loading'] === '1') throw new PreflightFailed('is still loading its data')
  if (Number.parseInt(info['redis_version'] ?? '') < 7)
    throw new PreflightFailed(`is version ${info['redis_version']}; 7 or later is needed`)
  if (info['cluster_enabled'] === '1') throw new PreflightFailed('is a node of a cluster; a single Redis is needed')
  if (info['role'] !== 'master')
    throw new PreflightFailed('is a replica: its data may be old, and it accepts no writes')
  if (info['maxmemory'] !== '0' && policy !== 'noeviction') {
    throw new PreflightFailed(
      `would evict records of second factors when full: set maxmemory-policy noeviction (it is ${policy})`,
    )
  }
}

function warnings(info: Info, fsync: string | undefined): string[] {
  const found: [boolean, string][] = [
    [
      info['aof_enabled'] === '0',
      'appendonly is off: a crash undoes what was written since its last snapshot. Set appendonly yes',
    ],
    [
      // During a slow fsync Redis delays even the write, for up to two seconds: lost after kill -9 of Redis alone.
      info['aof_enabled'] === '1' && fsync !== undefined && fsync !== 'always',
      `appendfsync is ${fsync}: a crash can undo the last two seconds. Set appendfsync always`,
    ],
    [info['aof_last_write_status'] === 'err', 'cannot write its append-only file'],
    [Number(info['evicted_keys']) > 0, `has evicted ${info['evicted_keys']} keys since it was started`],
  ]
  return found.flatMap(([is, warning]) => (is ? [warning] : []))
}

/** Refuses data of a newer version. */
async function claim(redis: Sender, keys: Keys): Promise<void> {
  const found = await redis.sendCommand<string | null>(['GET', keys.format])
  if (found === null) await redis.sendCommand(['SET', keys.format, String(format), 'NX'])
  else if (Number(found) > format) {
    throw new PreflightFailed(
      `holds data of a newer oidc-rekey (format ${found}; this one knows ${format}). ` +
        'Start that version again, or restore a copy from before the upgrade',
    )
  }
}

/** Checks on every connection that this Redis may store data that must not be lost. */
import { PreflightFailed } from '../remote.ts'

/** The version of the table in keys.ts. Raised only together with an upgrade of the version before (upgrade.ts). */
export const format = 2

export interface Report {
  readonly replicas: number
  /** Sentences for the operator. */
  readonly warnings: readonly string[]
}

/** Which part of which topology this server must be. */
export type Part = 'single' | 'behind sentinels' | 'master of a cluster'

interface Sender {
  sendCommand<T>(command: string[]): Promise<T>
}

export async function inspect(redis: Sender, part: Part): Promise<Report> {
  const [text, fsync] = await Promise.all([
    redis.sendCommand<string>(['INFO']),
    // CONFIG is often forbidden, and INFO does not contain it.
    redis
      .sendCommand<Record<string, string>>(['CONFIG', 'GET', 'appendfsync'])
      .catch(() => ({ appendfsync: undefined })),
  ])
  const info = Object.fromEntries(text.split('\r\n').map((line) => line.split(/:(.*)/s, 2) as [string, string]))
  refuse(info, part)
  return { replicas: Number(info['connected_slaves']), warnings: warnings(info, fsync.appendfsync, part) }
}

/** Used share of `maxmemory`; null: no limit. */
export async function usedShare(redis: Sender): Promise<number | null> {
  const text = await redis.sendCommand<string>(['INFO', 'memory'])
  const numberOf = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  const most = numberOf('maxmemory')
  return most === 0 ? null : numberOf('used_memory') / most
}

type Info = Readonly<Record<string, string | undefined>>

function refuse(info: Info, part: Part): void {
  const policy = info['maxmemory_policy']
  if (info['loading'] === '1') throw new PreflightFailed('is still loading its data')
  if (Number.parseInt(info['redis_version'] ?? '') < 7)
    throw new PreflightFailed(`is version ${info['redis_version']}; 7 or later is needed`)
  const isClustered = info['cluster_enabled'] === '1'
  if (isClustered && part !== 'master of a cluster')
    throw new PreflightFailed('is a node of a cluster; use REDIS_CLUSTER')
  if (!isClustered && part === 'master of a cluster')
    throw new PreflightFailed('is no cluster; use REDIS_URL or REDIS_SENTINEL')
  if (info['role'] !== 'master')
    throw new PreflightFailed('is a replica: its data may be old, and it accepts no writes')
  if (info['maxmemory'] !== '0' && policy !== 'noeviction') {
    throw new PreflightFailed(
      `would evict records of second factors when full: set maxmemory-policy noeviction (it is ${policy})`,
    )
  }
}

function warnings(info: Info, fsync: string | undefined, part: Part): string[] {
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
    [
      // Measured: without it a master that was replaced accepts writes for ten seconds, and loses them.
      part === 'behind sentinels' && info['min_slaves_good_slaves'] === undefined,
      'min-replicas-to-write is 0: after a failover the old master acknowledges what is lost. Set it to 1, and min-replicas-max-lag to 2',
    ],
    [Number(info['evicted_keys']) > 0, `has evicted ${info['evicted_keys']} keys since it was started`],
  ]
  return found.flatMap(([is, warning]) => (is ? [warning] : []))
}

/** Refuses data of a newer version, and of another program. @param send a command on the key of the format */
export async function claimFormat(send: <T>(command: string, ...rest: string[]) => Promise<T>): Promise<void> {
  const found = await send<string | null>('GET')
  if (found === null) await send('SET', String(format), 'NX')
  else if (!/^\d+$/.test(found))
    throw new PreflightFailed('holds data of another program under this prefix: set a redis.prefix of its own')
  else if (Number(found) > format) {
    throw new PreflightFailed(
      `holds data of a newer oidc-rekey (format ${found}; this one knows ${format}). ` +
        'Start that version again, or restore a copy from before the upgrade',
    )
  }
}

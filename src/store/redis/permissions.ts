/** What the user of Redis must be allowed, named at the start: a refusal in the middle of an operation would look like an outage. */
import { PreflightFailed } from '../remote.ts'

/** Every command on keys, with arguments that are valid and harmless. `docs/stores.md` lists them. */
export const keyCommands: readonly (readonly string[])[] = [
  ['get'],
  ['set', '1'],
  ['mget'],
  ['rpush', 'element'],
  ['llen'],
  ['lindex', '0'],
  ['lset', '0', 'element'],
  ['lrange', '0', '-1'],
  ['hset', 'field', '1'],
  ['hget', 'field'],
  ['hmget', 'field'],
  ['hdel', 'field'],
  ['sadd', 'member'],
  ['smembers'],
  ['zadd', '1', 'member'],
  ['zrem', 'member'],
  ['zremrangebyscore', '0', '1'],
  ['zrange', '0', '1'],
  ['zrangebyscore', '0', '1'],
  ['zcard'],
  ['zcount', '0', '1'],
  ['zlexcount', '-', '+'],
  ['zscore', 'member'],
  ['zmscore', 'member'],
  ['expire', '60'],
  ['persist'],
  ['ttl'],
  ['del'],
]

/** Commands without a key. `wait` only with replicas, `select` only with the number of a database. */
export const otherCommands = ['client|setname', 'select', 'ping', 'info', 'time', 'eval', 'wait'] as const

/** On a cluster besides: where the slots are, and how a node is used while it receives one. */
export const clusterCommands = ['cluster|slots', 'asking'] as const

/** Of the sentinels; they have no keys. */
export const sentinelCommands = [
  'sentinel|master',
  'sentinel|get-master-addr-by-name',
  'client|setname',
  'ping',
] as const

/** Redis judges permissions before types, so one key serves all. The last command deletes it. Its sentence differs by version. */
const probe = `
  local refused = {}
  local function isPermission(text)
    return text:find('NOPERM') or text:find('ACL failure') or text:find('user executing the script')
  end
  for _, command in ipairs(cjson.decode(ARGV[1])) do
    table.insert(command, 2, KEYS[1])
    local answer = redis.pcall(unpack(command))
    if type(answer) == 'table' and answer.err and isPermission(answer.err) then
      refused[#refused + 1] = command[1]
    end
  end
  return refused`

interface Sender {
  sendCommand<T>(command: string[]): Promise<T>
}

/** Throws `PreflightFailed` with what is missing. @param key is tried, and empty afterwards */
export async function requirePermissions(redis: Sender, prefix: string, key: string): Promise<void> {
  const [refused] = await Promise.all([
    redis.sendCommand<string[]>(['EVAL', probe, '1', key, JSON.stringify(keyCommands)]),
    redis.sendCommand(['PING']),
  ])
  if (refused.length === 0) return
  const grants = [...refused.map((command) => `+${command}`), `~${prefix}*`].join(' ')
  throw new PreflightFailed(`does not let this user run ${refused.join(', ')}: grant ${grants} (docs/stores.md)`)
}

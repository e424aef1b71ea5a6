/** The keys of Redis: one server, a master that sentinels name, or a cluster. */
import { z } from 'zod'
import type { RedisOptions } from '../../store/redis.ts'
import { certificateFile } from './outgoingKeys.ts'
import type { NameOf } from './faults.ts'

const HOST = String.raw`(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}`
const LIST = `${HOST}(?:,${HOST})*`
const REPLICAS = 'must be a whole number of replicas from 0 to 10'
const secret = () =>
  z.string('must be text').min(1, 'must not be empty').max(1024, 'is longer than 1024 characters').optional()

export const redisKeys = z.strictObject({
  url: z.url({ protocol: /^rediss?$/, error: 'must be redis:// or rediss://' }).optional(),
  sentinel: z
    .string('must be name@host:port,host:port')
    .regex(new RegExp(String.raw`^[\w.-]+@${LIST}$`), 'must be name@host:port,host:port')
    .optional(),
  cluster: z
    .string('must be host:port,host:port')
    .regex(new RegExp(`^${LIST}$`), 'must be host:port,host:port')
    .optional(),
  username: secret(),
  password: secret(),
  tls: z.boolean('must be true or false').default(false),
  ca_file: certificateFile,
  sentinel_username: secret(),
  sentinel_password: secret(),
  sentinel_tls: z.boolean('must be true or false').optional(),
  // Neither braces, which are hash tags, nor what is special in a pattern of an ACL.
  prefix: z
    .string()
    .regex(/^[\w.-][\w.:-]{0,62}:$/, 'must be up to 64 of A-Z a-z 0-9 _ . : - and end with ":"')
    .default('rekey:'),
  replicas: z.int(REPLICAS).min(0, REPLICAS).max(10, REPLICAS).default(0),
})

type Redis = z.infer<typeof redisKeys>

/** Each fault with the key under `redis` that it is about. */
export function* redisContradictions(redis: Redis, nameOf: NameOf): Iterable<readonly [key: string, what: string]> {
  const { url, sentinel } = redis
  const named = (['url', 'sentinel', 'cluster'] as const).filter((key) => redis[key] !== undefined)
  const [first, second] = named
  if (first && second) yield [second, `there is one store, leave out this or ${nameOf(['redis', first])}`]
  if (!first) return
  const parsed = url === undefined ? null : new URL(url)
  if (parsed && redis.tls && parsed.protocol === 'redis:')
    yield ['tls', `write rediss:// in ${nameOf(['redis', 'url'])}`]
  for (const key of ['username', 'password'] as const)
    if (redis[key] !== undefined && parsed?.[key]) yield [key, `leave it out, ${nameOf(['redis', 'url'])} has one`]
  const isEncrypted = redis.tls || redis.sentinel_tls || parsed?.protocol === 'rediss:'
  if (redis.ca_file !== undefined && !isEncrypted) yield ['ca_file', 'is for TLS, which is off']
  for (const key of ['sentinel_username', 'sentinel_password', 'sentinel_tls'] as const)
    if (redis[key] !== undefined && sentinel === undefined) yield [key, 'is for redis.sentinel, which is not set']
  for (const key of ['sentinel', 'cluster'] as const)
    if (isOutOfRange(redis[key])) yield [key, 'has a port beyond 65535']
  if (redis.username !== undefined && redis.password === undefined && !parsed?.password)
    yield ['username', 'needs redis.password']
}

const isOutOfRange = (list = ''): boolean =>
  list.split(',').some((node) => Number(node.slice(node.lastIndexOf(':') + 1)) > 65_535)

/** null: Redis is not the store. */
export function redisOf(redis: Redis): RedisOptions | null {
  const { url, sentinel, cluster, username, password, tls, ca_file: ca, prefix, replicas } = redis
  const settings = {
    prefix,
    replicas,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls } : {}),
    ...(ca === undefined ? {} : { ca }),
  }
  if (url !== undefined) return { url, ...settings }
  if (cluster !== undefined) return { cluster: cluster.split(','), ...settings }
  if (sentinel === undefined) return null
  const [name = '', nodes = ''] = sentinel.split('@')
  const own = {
    ...(redis.sentinel_username === undefined ? {} : { username: redis.sentinel_username }),
    ...(redis.sentinel_password === undefined ? {} : { password: redis.sentinel_password }),
    ...(redis.sentinel_tls === undefined ? {} : { tls: redis.sentinel_tls }),
  }
  return { sentinel: { name, nodes: nodes.split(','), ...own }, ...settings }
}

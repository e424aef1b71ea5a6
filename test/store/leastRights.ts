/** Users of a database with what `docs/stores.md` says they need, and nothing else. */
import { schemaSql } from '../../src/store/postgres.ts'
import { tableGrants } from '../../src/store/postgres/grants.ts'
import { clusterCommands, keyCommands, otherCommands } from '../../src/store/redis/permissions.ts'
import { request as askPostgres } from './postgresFixture.ts'
import { request as askRedis } from './redisFixture.ts'

/** The rules of the user but for the pattern of its keys. */
export const redisRules: readonly string[] = [
  ...keyCommands.map(([name]) => `+${name}`),
  ...otherCommands.map((name) => `+${name}`),
]

/** @returns the address with the user, who may use keys that begin with `prefix` */
export async function withLeastPermissions(url: string, prefix: string, rules = redisRules): Promise<string> {
  await askRedis(url, ['ACL', 'SETUSER', 'rekey', 'reset', 'on', '>a-password', `~${prefix}*`, ...rules])
  return url.replace('redis://', 'redis://rekey:a-password@')
}

/** The same user on a member of a topology. A cluster needs two commands more. */
export async function grantLeast(ask: (...command: string[]) => Promise<unknown>, prefix: string): Promise<void> {
  const rules = [...redisRules, ...clusterCommands.map((name) => `+${name}`)]
  await ask('ACL', 'SETUSER', 'rekey', 'reset', 'on', '>a-password', `~${prefix}*`, ...rules)
}

export const grantsSql = (schema: string, role: string, grants = tableGrants): string =>
  [
    `GRANT USAGE ON SCHEMA ${schema} TO ${role};`,
    ...Object.entries(grants).map(([table, names]) => `GRANT ${names.join(', ')} ON ${schema}.${table} TO ${role};`),
  ].join('\n')

/** Makes the tables as the administrator. @returns the address with a user who may only work with them */
export async function withLeastGrants(url: string, grants = tableGrants): Promise<string> {
  await askPostgres(url, `CREATE ROLE least LOGIN PASSWORD 'least'; ${schemaSql()}`)
  await askPostgres(url, grantsSql('rekey', 'least', grants))
  return url.replace(/\/\/[^@]+@/, '//least:least@')
}

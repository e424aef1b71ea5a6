/**
 * Data of format 1 in the form of format 2, before the first operation. It may be interrupted, and run in several processes at once: what
 * was moved is deleted last. No process of the version before may run meanwhile.
 *
 *   {profiles}:row:ID        hash  text, version, email, status, words, tags
 *   {profiles}:all:STATUS    zset  emails in order, and so word:STATUS:PREFIX for every prefix of every word, tag:STATUS:TAG
 *   {audit}:entry:ID         JSON                                {audit}:all, tag:TAG  zset  time, arrival and id
 */
import type { JournalEntry } from '../store.ts'
import { allPrefixesOf } from '../values.ts'
import type { Connection } from './connection.ts'
import { RedisJournal } from './journal.ts'
import type { Keys } from './keys.ts'
import type { Commands, Fields } from './server.ts'
import { newOperation } from './operation.ts'
import { format } from './preflight.ts'
import { membershipsOf } from './profileIndex.ts'
import { runSwap } from './profiles.ts'

/** Moved in one operation. Count. */
const atOnce = 100

const part = encodeURIComponent

export async function upgrade(connection: Connection, keys: Keys): Promise<void> {
  const found = await connection.withRetry((redis) => redis.send<string | null>('GET', keys.format))
  if (found === null || Number(found) >= format) return
  const statuses = await connection.withRetry((redis) => redis.send<string[]>('SMEMBERS', keys.statuses))
  for (const status of statuses) await upgradeProfiles(connection, keys, `${keys.prefix}{profiles}:all:${status}`)
  for (const name of ['audit', 'mailbox']) await upgradeJournal(connection, keys, name)
  await connection.withRetry((redis) => redis.send('SET', keys.format, String(format)))
}

async function upgradeProfiles(connection: Connection, keys: Keys, list: string): Promise<void> {
  for (;;) {
    const emails = await connection.withRetry((redis) => redis.send<string[]>('ZRANGE', list, '0', String(atOnce - 1)))
    const [first, ...others] = emails
    if (first === undefined) return
    await connection.withRetry(async (redis) => {
      const ids = await redis.send<(string | null)[]>('HMGET', keys.emails, ...emails)
      await Promise.all(ids.filter((id) => id !== null).map((id) => upgradeProfile(redis, keys, id)))
      // What remains of it would only be an email without a profile.
      await redis.send('ZREM', list, first, ...others)
    })
  }
}

async function upgradeProfile(redis: Commands, names: Keys, id: string): Promise<void> {
  const row = `${names.prefix}{profiles}:row:${id}`
  const fields = ['text', 'version', 'email', 'status', 'words', 'tags']
  const stored = await redis.send<Fields<[string, string, string, string, string, string | null]>>(
    'HMGET',
    row,
    ...fields,
  )
  const [text, version, email, status, words, tags] = stored
  if (text === null) return
  const keys = { email, status, words: JSON.parse(words) as string[], tags: JSON.parse(tags ?? '[]') as string[] }
  const begin = membershipsOf(keys, names)
  // At version 0 nothing is there; another version was written by another process that upgrades.
  await runSwap(redis, names, {
    id,
    text,
    keys,
    expected: 0,
    version: Number(version),
    operation: newOperation(),
    end: [],
    begin,
  })
  const lists = [
    ...[...allPrefixesOf(keys.words)].map((prefix) => `word:${part(status)}:${prefix}`),
    ...keys.tags.map((tag) => `tag:${part(status)}:${tag}`),
  ]
  await redis.send('DEL', row, ...lists.map((list) => `${names.prefix}{profiles}:${list}`))
}

/** Characters of time and arrival in a name. */
const positionLength = 28

async function upgradeJournal(connection: Connection, keys: Keys, name: string): Promise<void> {
  const journal = new RedisJournal(connection, keys.journal(name), { confirm: async () => {} })
  const start = `${keys.prefix}{${name}}:`
  for (;;) {
    const [first, ...rest] = await connection.withRetry((redis) =>
      redis.send<string[]>('ZRANGE', `${start}all`, '0', String(atOnce - 1)),
    )
    if (first === undefined) break
    const ids = [first, ...rest].map((each) => each.slice(positionLength))
    const [key = '', ...others] = ids.map((id) => `${start}entry:${id}`)
    const stored = await connection.withRetry((redis) => redis.send<(string | null)[]>('MGET', key, ...others))
    const entries = stored.flatMap((entry, n) =>
      entry === null ? [] : [{ ...(JSON.parse(entry) as Omit<JournalEntry, 'id'>), id: ids[n] ?? '' }],
    )
    // In one turn, so that they arrive in this order.
    await Promise.all(entries.map((entry) => journal.append(entry)))
    const tags = new Set(entries.flatMap((entry) => entry.tags))
    await connection.withRetry(async (redis) => {
      await redis.send('DEL', key, ...others, ...[...tags].map((tag) => `${start}tag:${tag}`))
      await redis.send('ZREM', `${start}all`, first, ...rest)
    })
  }
  await connection.withRetry((redis) => redis.send('DEL', `${start}arrivals`))
}

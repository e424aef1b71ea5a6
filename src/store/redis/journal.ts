/**
 * A journal. Its entries are in lists of 64, in the order of arrival. The name of an entry is its time and its arrival in sortable form.
 * One sorted list, the index, has each name after each of its tags and after an empty one, so that every page is one range scan.
 * Another has each name after the digest of the id: an entry is appended once.
 */
import { digest } from '../../crypto/tokens.ts'
import type { Journal, JournalEntry, JournalQuery, RemovalQuery, WriteOptions } from '../store.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import {
  append,
  entriesOfList,
  nameOf,
  newest,
  oldest,
  remove,
  repeatEntry,
  repeatText,
  replace,
} from './journalScripts.ts'
import type { Replicas } from './replicas.ts'
import type { Commands } from './server.ts'
import { countOf, sortable, sortableLength } from './sortable.ts'
import { ended } from './sortedLists.ts'

const name = /^[-\w]{18}$/

/** 132 bits. Characters. */
const digestLength = 22

const digestOf = (id: string): string => digest({ for: 'journal-entry', id }).slice(0, digestLength)

/** `ended` of the tags, after that of all entries. */
const indexed = (tags: readonly string[]): Buffer[] => ['', ...tags.map((tag) => `+${tag}`)].map((tag) => ended(tag))

export class RedisJournal implements Journal {
  readonly #connection: Connection
  readonly #keys: ReturnType<Keys['journal']>
  readonly #replicas: Pick<Replicas, 'confirm'>

  constructor(connection: Connection, keys: ReturnType<Keys['journal']>, replicas: Pick<Replicas, 'confirm'>) {
    this.#connection = connection
    this.#keys = keys
    this.#replicas = replicas
  }

  async append({ id, at, text, tags }: JournalEntry, { durable = false }: WriteOptions = {}): Promise<void> {
    if (!Number.isFinite(at)) throw new TypeError('the time of an entry must be a number')
    const { count, index, ids, entries } = this.#keys
    const entry = `${JSON.stringify([id, at, tags])}\n${text}`
    const members = indexed([...new Set(tags)])
    await this.#connection.withRetry(async (redis) => {
      await redis.run(append, [count, index, ids], sortable(at), digestOf(id), entry, entries, ...members)
      const written = { script: repeatEntry, keys: [count, ids], args: [digestOf(id)] } as const
      if (durable) await this.#replicas.confirm(written, redis)
    })
  }

  async replace(id: string, text: string, { durable = false }: WriteOptions = {}): Promise<boolean> {
    return this.#connection.withRetry(async (redis) => {
      const found = await redis.run<string>(nameOf, [this.#keys.ids], digestOf(id))
      if (found === '') return false
      const { list, index } = this.#slot(found)
      const isThere = (await redis.run<number>(replace, [list], index, text)) === 1
      const written = { script: repeatText, keys: [list], args: [index, text] } as const
      if (isThere && durable) await this.#replicas.confirm(written, redis)
      return isThere
    })
  }

  async list({ tags = [], from = -Infinity, to = Infinity, before, limit }: JournalQuery) {
    if (before !== undefined && !name.test(before)) return this.#connection.withRetry(async () => [])
    // '~' sorts behind every digit.
    const last = `${sortable(to)}~`
    const high = before !== undefined && before < last ? `(${before}` : `[${last}`
    const [all = Buffer.alloc(0), ...others] = indexed([...new Set(tags)])
    return this.#connection.withRetry(async (redis) => {
      const names: string[] = []
      for (let end = high; end !== '(' && names.length < limit;) {
        const left = String(limit - names.length)
        const searched = others.length === 0 ? [all] : others
        const answer = await redis.run<string[]>(newest, [this.#keys.index], left, sortable(from), end, ...searched)
        const [next = '', ...found] = answer
        names.push(...found)
        end = `(${next}`
      }
      return this.#entries(redis, names)
    })
  }

  async remove({ to, tag, limit }: RemovalQuery): Promise<number> {
    if (limit < 1) return 0
    const { index } = this.#keys
    const scanned = indexed(tag === undefined ? [] : [tag]).at(-1) ?? Buffer.alloc(0)
    return this.#connection.withRetry(async (redis) => {
      const names = await redis.run<string[]>(oldest, [index], String(limit), `${sortable(to)}~`, scanned)
      const removed = (await this.#entries(redis, names)).map(({ id, tags, position }) => {
        const members = indexed([...new Set(tags)]).map((start) => Buffer.concat([start, Buffer.from(position)]))
        const { list, index: at } = this.#slot(position)
        return redis.run<number>(remove, [list, this.#keys.ids, index], at, `${digestOf(id)}${position}`, ...members)
      })
      return (await Promise.all(removed)).length
    })
  }

  #slot(entry: string): { readonly list: string; readonly index: string } {
    const arrival = countOf(entry.slice(sortableLength))
    const index = arrival % entriesOfList
    return { list: `${this.#keys.entries}${(arrival - index) / entriesOfList}`, index: String(index) }
  }

  async #entries(redis: Commands, names: readonly string[]) {
    const read = names.map(async (position) => {
      const { list, index } = this.#slot(position)
      const entry = await redis.send<string | null>('LINDEX', list, index)
      if (!entry) return []
      const line = entry.indexOf('\n')
      const [id, at, tags] = JSON.parse(entry.slice(0, line)) as [string, number, string[]]
      return [{ id, at, text: entry.slice(line + 1), tags, position }]
    })
    return (await Promise.all(read)).flat()
  }
}

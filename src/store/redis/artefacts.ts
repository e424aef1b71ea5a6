/**
 * Artefacts: one hash each, which also holds its names, so that a stale index entry is recognised. An index is always written before its
 * artefact: a token without its index would survive the revocation of its grant. On one node a script writes both.
 */
import type { Artefact, ArtefactIndexes, ArtefactOptions, Artefacts, Clock } from '../store.ts'
import { aNumber } from '../values.ts'
import { ArtefactIndex, atOnce } from './artefactIndex.ts'
import { add, drop, put, putAll, replace, take } from './artefactScripts.ts'
import { LookupCache } from './lookupCache.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Commands, Fields } from './server.ts'
import { newOperation } from './operation.ts'
import { longExpired, score, secondsToKeep } from './time.ts'

type Found = Artefact & { readonly id: string }
/** `names`: JSON of its indexes, which few readers need. */
type Row = Found & { readonly names: string }

export class RedisArtefacts implements Artefacts {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #clock: Clock
  readonly #index: ArtefactIndex
  readonly #lookups = new LookupCache()

  constructor(connection: Connection, keys: Keys, clock: Clock) {
    this.#connection = connection
    this.#keys = keys
    this.#clock = clock
    this.#index = new ArtefactIndex(keys)
  }

  async put(kind: string, id: string, text: string, options: ArtefactOptions = {}): Promise<void> {
    const now = this.#clock.now()
    const row = rowOf(text, now, options)
    const names = this.#index.names(kind, options)
    const sets = this.#index.sets(kind, options)
    const entry = [score(options.expiresAt ?? Infinity), id, longExpired(now), String(sets.length)]
    await this.#connection.withoutRetry((redis) =>
      redis.isOneNode && sets.length + names.length > 0
        ? redis.run(putAll, [this.#keys.artefact(kind, id), ...sets, ...names], ...row, ...entry)
        : Promise.all([
            ...this.#index.join(redis, { kind, id, now }, options),
            ...this.#index.claim(redis, { kind, id, now }, options),
            redis.run(put, [this.#keys.artefact(kind, id)], ...row),
          ]),
    )
    for (const name of names) this.#lookups.learn(name, id)
  }

  async add(kind: string, id: string, text: string, options: ArtefactOptions = {}): Promise<boolean> {
    const now = this.#clock.now()
    const row = rowOf(text, now, options)
    return this.#connection.withoutRetry(async (redis) => {
      const joined = this.#index.join(redis, { kind, id, now }, options)
      const [isNew] = await Promise.all([redis.run(add, [this.#keys.artefact(kind, id)], ...row), ...joined])
      // A refused artefact gets no names.
      if (isNew === 1) await Promise.all(this.#index.claim(redis, { kind, id, now }, options))
      return isNew === 1
    })
  }

  async replace(kind: string, id: string, text: string, expiresAt?: number): Promise<boolean> {
    if (expiresAt === undefined) return this.#change(replace, kind, id, text)
    const [at, seconds] = [String(aNumber(expiresAt)), secondsToKeep(expiresAt, this.#clock.now())]
    return this.#change(replace, kind, id, text, at, seconds)
  }

  async get(kind: string, id: string): Promise<Artefact | null> {
    const row = await this.#connection.withRetry((redis) => this.#read(redis, kind, id))
    return row && { text: row.text, takenAt: row.takenAt }
  }

  async find(kind: string, index: 'uid' | 'userCode', value: string): Promise<Found | null> {
    const name = this.#keys.unique(kind, index, value)
    const row = await this.#connection.withRetry(async (redis) => {
      const guess = this.#lookups.get(name)
      const [id, guessed] = await Promise.all([
        redis.send<string | null>('GET', name),
        guess === undefined ? null : this.#read(redis, kind, guess),
      ])
      this.#lookups.learn(name, id)
      if (id === null) return null
      return id === guess ? guessed : this.#read(redis, kind, id)
    })
    return row && namesOf(row)[index] === value ? found(row) : null
  }

  async take(kind: string, id: string): Promise<boolean> {
    const key = this.#keys.artefact(kind, id)
    const [now, operation] = [score(this.#clock.now()), newOperation()]
    // Repeated after a lost answer, without which a code taken by this very request would look stolen.
    return this.#connection.withRetry(async (redis) => (await redis.run(take, [key], now, operation)) === 1)
  }

  async delete(kind: string, id: string): Promise<boolean> {
    return this.#change(drop, kind, id)
  }

  async ofAccount(kind: string, accountId: string, after: string, limit: number): Promise<Found[]> {
    return this.#ofAccount(kind, accountId, after, limit)
  }

  async countOfAccount(kind: string, accountId: string): Promise<number> {
    return (await this.#ofAccount(kind, accountId, null, Infinity)).length
  }

  async deleteOfGrant(kind: string, grantId: string): Promise<void> {
    const now = this.#clock.now()
    await this.#connection.withRetry(async (redis) => {
      // Ids stay in the set until their deadlines: a removal could hit an artefact written later under the same id.
      const ids = await this.#index.members(redis, this.#keys.ofGrant(kind, grantId), now)
      for (let from = 0; from < ids.length; from += atOnce) {
        const some = ids.slice(from, from + atOnce)
        await Promise.all(some.map((id) => redis.run(drop, [this.#keys.artefact(kind, id)], score(now), grantId)))
      }
    })
  }

  /** Redis expires keys itself. */
  async tidy(): Promise<void> {}

  async #change(script: string, kind: string, id: string, ...args: string[]): Promise<boolean> {
    const key = this.#keys.artefact(kind, id)
    const now = score(this.#clock.now())
    return this.#connection.withoutRetry(async (redis) => (await redis.run(script, [key], now, ...args)) === 1)
  }

  async #ofAccount(kind: string, accountId: string, after: string | null, limit: number): Promise<Found[]> {
    return this.#connection.withRetry(async (redis) => {
      const rows: Row[] = []
      const set = this.#keys.ofAccount(kind, accountId)
      const ids = await this.#index.members(redis, set, this.#clock.now(), after)
      while (ids.length > 0 && rows.length < limit) {
        // Few entries are stale, so a page usually costs one round trip.
        const some = ids.splice(0, Math.min(limit - rows.length, atOnce))
        const read = await Promise.all(some.map((id) => this.#read(redis, kind, id)))
        rows.push(...read.filter((row) => row !== null).filter((row) => namesOf(row).accountId === accountId))
      }
      return rows.slice(0, Math.max(0, limit)).map(found)
    })
  }

  async #read(redis: Commands, kind: string, id: string): Promise<Row | null> {
    const fields = ['text', 'takenAt', 'expiresAt', 'names']
    const stored = await redis.send<Fields<[string, string | null, string, string]>>(
      'HMGET',
      this.#keys.artefact(kind, id),
      ...fields,
    )
    const [text, takenAt, expiresAt, names] = stored
    if (text === null || Number(expiresAt) <= this.#clock.now()) return null
    return { id, text, takenAt: takenAt === null ? null : Number(takenAt), names }
  }
}

/** The arguments of the scripts. */
function rowOf(text: string, now: number, { expiresAt = Infinity, indexes = {} }: ArtefactOptions): string[] {
  return [score(now), text, String(aNumber(expiresAt)), JSON.stringify(indexes), secondsToKeep(expiresAt, now)]
}

const namesOf = ({ names }: Row): ArtefactIndexes => JSON.parse(names) as ArtefactIndexes

function found({ id, text, takenAt }: Row): Found {
  return { id, text, takenAt }
}

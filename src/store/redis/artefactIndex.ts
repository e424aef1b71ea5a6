/**
 * The indexes of artefacts: a key for each unique name, and for each grant and account a set of ids by their deadlines. An entry may be
 * stale, so each reader compares it with the artefact.
 */
import type { ArtefactOptions } from '../store.ts'
import { join } from './artefactScripts.ts'
import type { Keys } from './keys.ts'
import type { Commands } from './server.ts'
import { longExpired, score, secondsToKeep } from './time.ts'

/** Artefacts read or deleted in one round trip. Count; other operations run in between. */
export const atOnce = 500

interface Named {
  readonly kind: string
  readonly id: string
  readonly now: number
}

export class ArtefactIndex {
  readonly #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Adds it to the sets of its grant and its account. */
  join(redis: Commands, { kind, id, now }: Named, options: ArtefactOptions): Promise<unknown>[] {
    const { expiresAt = Infinity } = options
    const entry = [score(expiresAt), id, longExpired(now), secondsToKeep(expiresAt, now)]
    return this.sets(kind, options).map((set) => redis.run(join, [set], ...entry))
  }

  sets(kind: string, { indexes: { grantId, accountId } = {} }: ArtefactOptions): string[] {
    return [
      ...(grantId === undefined ? [] : [this.#keys.ofGrant(kind, grantId)]),
      ...(accountId === undefined ? [] : [this.#keys.ofAccount(kind, accountId)]),
    ]
  }

  /** Points its unique names at it. */
  claim(redis: Commands, { kind, id, now }: Named, options: ArtefactOptions): Promise<unknown>[] {
    const seconds = secondsToKeep(options.expiresAt ?? Infinity, now)
    return this.names(kind, options).map((name) => redis.send('SET', name, id, ...(seconds ? ['EX', seconds] : [])))
  }

  names(kind: string, { indexes: { uid, userCode } = {} }: ArtefactOptions): string[] {
    return [
      ...(uid === undefined ? [] : [this.#keys.unique(kind, 'uid', uid)]),
      ...(userCode === undefined ? [] : [this.#keys.unique(kind, 'userCode', userCode)]),
    ]
  }

  /** The unexpired ids in a set, after `after`, in byte order. */
  async members(redis: Commands, set: string, now: number, after: string | null = null): Promise<string[]> {
    const ids = await redis.send<string[]>('ZRANGEBYSCORE', set, `(${score(now)}`, '+inf')
    const first = after === null ? null : Buffer.from(after)
    return ids
      .map((id) => ({ id, bytes: Buffer.from(id) }))
      .filter(({ bytes }) => first === null || Buffer.compare(bytes, first) > 0)
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .map(({ id }) => id)
  }
}

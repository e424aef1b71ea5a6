/**
 * What leads to artefacts: a key for each unique name, and for each grant and account a set of ids by their deadlines. An entry
 * is a hint and no fact. It may outlive its artefact, or lead to one that has moved on; whoever follows it looks.
 */
import type { ArtefactOptions } from '../store.ts'
import { join } from './artefactScripts.ts'
import type { Keys } from './keys.ts'
import type { Ask } from './node.ts'
import { longGone, score, secondsToKeep } from './time.ts'

/** Artefacts that are read or deleted in one round trip. Count; others get their turn in between. */
export const atOnce = 500

export class ArtefactIndex {
  readonly #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Adds it to the sets of its grant and its account. */
  join(redis: Ask, kind: string, id: string, now: number, options: ArtefactOptions): Promise<unknown>[] {
    const { expiresAt = Infinity, indexes: { grantId, accountId } = {} } = options
    const sets = [
      ...(grantId === undefined ? [] : [this.#keys.ofGrant(kind, grantId)]),
      ...(accountId === undefined ? [] : [this.#keys.ofAccount(kind, accountId)]),
    ]
    const entry = [score(expiresAt), id, longGone(now), secondsToKeep(expiresAt, now)]
    return sets.map((set) => redis.run(join, [set], ...entry))
  }

  /** Takes its unique names from whoever had them. */
  claim(redis: Ask, kind: string, id: string, now: number, options: ArtefactOptions): Promise<unknown>[] {
    const seconds = secondsToKeep(options.expiresAt ?? Infinity, now)
    return this.names(kind, options).map((name) => redis.send('SET', name, id, ...(seconds ? ['EX', seconds] : [])))
  }

  names(kind: string, { indexes: { uid, userCode } = {} }: ArtefactOptions): string[] {
    return [
      ...(uid === undefined ? [] : [this.#keys.unique(kind, 'uid', uid)]),
      ...(userCode === undefined ? [] : [this.#keys.unique(kind, 'userCode', userCode)]),
    ]
  }

  /** The ids in a set whose deadline has not come, ordered by their bytes, those after `after` only. */
  async members(redis: Ask, set: string, now: number, after: string | null = null): Promise<string[]> {
    const ids = await redis.send<string[]>('ZRANGEBYSCORE', set, `(${score(now)}`, '+inf')
    const first = after === null ? null : Buffer.from(after)
    return ids
      .map((id) => ({ id, bytes: Buffer.from(id) }))
      .filter(({ bytes }) => first === null || Buffer.compare(bytes, first) > 0)
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .map(({ id }) => id)
  }
}

/**
 * What this process wrote or computed lately: which rows belong together, so that they are read together, and results that would be the
 * same again. The rows themselves decide.
 */

/** Entries of one kind. Count; more are sign-ins that nobody completes. */
const MOST = 5000

export interface Lookups<T> {
  learn(id: string, value: T): void
  /** Finds what was learnt, here and lately. */
  get(id: string): T | undefined
  /** As `get`, once. */
  take(id: string): T | undefined
}

export function createLookups<T>(): Lookups<T> {
  const known = new Map<string, T>()
  return {
    learn(id, value) {
      known.delete(id)
      known.set(id, value)
      const [oldest] = known.keys()
      if (known.size > MOST && oldest !== undefined) known.delete(oldest)
    },
    get: (id) => known.get(id),
    take(id) {
      const value = known.get(id)
      known.delete(id)
      return value
    },
  }
}

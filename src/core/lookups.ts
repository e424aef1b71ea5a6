/** What belongs together among the rows that this process wrote lately, so that it is read together. The rows themselves decide. */

/** Entries of one generation. Count; two are kept, and more are sign-ins that nobody completes. */
const MOST = 2500

export interface Lookups<T> {
  learn(id: string, value: T): void
  /** Finds what was learnt, here and lately. */
  get(id: string): T | undefined
  /** As `get`, once. */
  take(id: string): T | undefined
}

/** An older generation is dropped whole: to look for the oldest entry of a map, the places of all deleted ones before it are visited. */
export function createLookups<T>(): Lookups<T> {
  let newer = new Map<string, T>()
  let older = newer
  return {
    learn(id, value) {
      if (newer.size >= MOST) {
        older = newer
        newer = new Map()
      }
      newer.set(id, value)
    },
    get: (id) => newer.get(id) ?? older.get(id),
    take(id) {
      const value = newer.get(id) ?? older.get(id)
      newer.delete(id)
      older.delete(id)
      return value
    },
  }
}

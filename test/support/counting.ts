/** A store that counts what it is asked for: each call is one round trip of a remote one. */
import type { Store } from '../../src/store/store.ts'

export interface Counting {
  readonly store: Store
  /** What was asked for since the last call of this, in order: `records.swap`, `artefacts.get Interaction`. */
  taken(): string[]
}

export function counting(inner: Store): Counting {
  let asked: string[] = []
  const watched = <T extends object>(shelf: T, name: string): T =>
    new Proxy(shelf, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          const kind = name === 'artefacts' && typeof args[0] === 'string' ? ` ${args[0]}` : ''
          asked.push(`${name}.${String(property)}${kind}`)
          return Reflect.apply(value, target, args)
        }
      },
    })
  const shelves = {
    records: watched(inner.records, 'records'),
    artefacts: watched(inner.artefacts, 'artefacts'),
    profiles: watched(inner.profiles, 'profiles'),
  }
  return {
    store: {
      ...shelves,
      journal: (name) => watched(inner.journal(name), name),
      ping: () => inner.ping(),
      close: () => inner.close(),
      description: inner.description,
    },
    taken() {
      const since = asked
      asked = []
      return since
    },
  }
}

import type { ProfileFilter, ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { byBytes, prefixesOf, searchable } from '../values.ts'
import type { OpenState } from './openState.ts'

export class MemoryProfiles implements Profiles {
  readonly #state: OpenState
  readonly #rows = new Map<string, Versioned & { id: string; keys: ProfileKeys; prefixes: Set<string> }>()

  constructor(state: OpenState) {
    this.#state = state
  }

  async read(id: string): Promise<Versioned | null> {
    this.#state.check()
    const row = this.#rows.get(id)
    return row ? { text: row.text, version: row.version } : null
  }

  async findByEmail(email: string) {
    this.#state.check()
    const row = [...this.#rows.values()].find(({ keys }) => keys.email === email)
    return row ? { id: row.id, text: row.text, version: row.version } : null
  }

  async swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'> {
    this.#state.check()
    if ((this.#rows.get(id)?.version ?? 0) !== expectedVersion) return false
    if ([...this.#rows.values()].some((row) => row.id !== id && row.keys.email === keys.email)) return 'taken'
    this.#rows.set(id, { id, text, version: expectedVersion + 1, keys, prefixes: prefixesOf(keys.words) })
    return true
  }

  async list({ after = '', limit, ...filter }: ProfileQuery) {
    this.#state.check()
    return this.#matching(filter)
      .filter(({ keys }) => byBytes(keys.email, after) > 0)
      .toSorted((a, b) => byBytes(a.keys.email, b.keys.email))
      .slice(0, Math.max(0, limit))
      .map(({ id, text, version }) => ({ id, text, version }))
  }

  async count(filter: ProfileFilter, most: number): Promise<number> {
    this.#state.check()
    return Math.min(most, this.#matching(filter).length)
  }

  #matching({ search = '', statuses, tags = [] }: ProfileFilter) {
    const word = searchable(search)
    return [...this.#rows.values()]
      .filter(({ keys, prefixes }) => keys.email.startsWith(search) || prefixes.has(word))
      .filter(({ keys }) => tags.every((anyOf) => anyOf.some((tag) => keys.tags.includes(tag))))
      .filter(({ keys }) => statuses?.includes(keys.status) ?? true)
  }
}

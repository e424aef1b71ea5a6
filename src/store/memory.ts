/** The store in this process, for tests: the same meaning as the databases, by plain looking, and gone at the end. */
import {
  StoreUnavailable,
  type Artefact,
  type ArtefactIndexes,
  type ArtefactOptions,
  type Artefacts,
  type Clock,
  type Counter,
  type Counters,
  type Journal,
  type JournalEntry,
  type JournalQuery,
  type ProfileKeys,
  type ProfileQuery,
  type Profiles,
  type Records,
  type Store,
  type SwapOptions,
  type Versioned,
} from './store.ts'
import { prefixesOf, byBytes, searchable } from './text.ts'

export function memoryStore({ clock }: { clock: Clock }): Store {
  const guarded = new Flow()
  const journals = { audit: new MemoryJournal(guarded), mailbox: new MemoryJournal(guarded) }
  return {
    records: new MemoryRecords(guarded),
    artefacts: new MemoryArtefacts(guarded, clock),
    profiles: new MemoryProfiles(guarded),
    counters: new MemoryCounters(guarded, clock),
    journal: (name) => journals[name],
    async ping() {
      guarded.pass()
    },
    async close() {
      guarded.isOpen = false
    },
    description: 'memory, gone when this process ends',
  }
}

/** Every answer passes it: a closed store is as unavailable as a lost database. */
class Flow {
  isOpen = true

  pass(): void {
    if (!this.isOpen) throw new StoreUnavailable('the store is closed')
  }
}

class MemoryRecords implements Records {
  readonly #door: Flow
  readonly #rows = new Map<string, Versioned & { wakeAt: number }>()

  constructor(guarded: Flow) {
    this.#door = guarded
  }

  async read(id: string): Promise<Versioned | null> {
    this.#door.pass()
    const row = this.#rows.get(id)
    return row ? { text: row.text, version: row.version } : null
  }

  async swap(id: string, text: string, expectedVersion: number, options: SwapOptions = {}): Promise<boolean> {
    this.#door.pass()
    if ((this.#rows.get(id)?.version ?? 0) !== expectedVersion) return false
    this.#rows.set(id, { text, version: expectedVersion + 1, wakeAt: aNumber(options.wakeAt ?? Infinity) })
    return true
  }

  async due(now: number, limit: number, leaseSeconds: number): Promise<string[]> {
    this.#door.pass()
    const due = [...this.#rows]
      .filter(([, { wakeAt }]) => wakeAt < Infinity && wakeAt <= now)
      .toSorted(([idA, a], [idB, b]) => a.wakeAt - b.wakeAt || byBytes(idA, idB))
      .slice(0, Math.max(0, limit))
    for (const [, row] of due) row.wakeAt = now + leaseSeconds
    return due.map(([id]) => id)
  }

  async backlog(now: number): Promise<number> {
    this.#door.pass()
    return [...this.#rows.values()].filter(({ wakeAt }) => wakeAt < now).length
  }
}

interface ArtefactRow {
  readonly kind: string
  readonly id: string
  text: string
  expiresAt: number
  readonly indexes: ArtefactIndexes
  takenAt: number | null
}

class MemoryArtefacts implements Artefacts {
  readonly #door: Flow
  readonly #clock: Clock
  #rows: ArtefactRow[] = []

  constructor(guarded: Flow, clock: Clock) {
    this.#door = guarded
    this.#clock = clock
  }

  /** Everything that has not reached its deadline. What has is forgotten here. */
  #live(): ArtefactRow[] {
    this.#door.pass()
    const now = this.#clock.now()
    return (this.#rows = this.#rows.filter(({ expiresAt }) => expiresAt > now))
  }

  #one(kind: string, id: string): ArtefactRow | undefined {
    return this.#live().find((row) => row.kind === kind && row.id === id)
  }

  async put(kind: string, id: string, text: string, options: ArtefactOptions = {}): Promise<void> {
    const { expiresAt = Infinity, indexes = {} } = options
    const takenAt = this.#one(kind, id)?.takenAt ?? null
    const others = this.#rows
      .filter((row) => row.kind !== kind || row.id !== id)
      .map((row) => (row.kind === kind ? { ...row, indexes: without(row.indexes, indexes) } : row))
    this.#rows = [...others, { kind, id, text, takenAt, expiresAt: aNumber(expiresAt), indexes: { ...indexes } }]
  }

  async add(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<boolean> {
    if (this.#one(kind, id)) return false
    await this.put(kind, id, text, options)
    return true
  }

  async replace(kind: string, id: string, text: string, expiresAt?: number): Promise<boolean> {
    const row = this.#one(kind, id)
    if (row) Object.assign(row, { text, expiresAt: aNumber(expiresAt ?? row.expiresAt) })
    return row !== undefined
  }

  async get(kind: string, id: string): Promise<Artefact | null> {
    const row = this.#one(kind, id)
    return row ? { text: row.text, takenAt: row.takenAt } : null
  }

  async find(kind: string, index: 'uid' | 'userCode', value: string) {
    const named = this.#live().find((row) => row.kind === kind && row.indexes[index] === value)
    return named ? found(named) : null
  }

  async take(kind: string, id: string): Promise<boolean> {
    const row = this.#one(kind, id)
    if (!row || row.takenAt !== null) return false
    row.takenAt = this.#clock.now()
    return true
  }

  async delete(kind: string, id: string): Promise<boolean> {
    const gone = this.#one(kind, id)
    this.#rows = this.#rows.filter((row) => row !== gone)
    return gone !== undefined
  }

  async ofAccount(kind: string, accountId: string, after: string, limit: number) {
    return this.#live()
      .filter((row) => row.kind === kind && row.indexes.accountId === accountId && byBytes(row.id, after) > 0)
      .toSorted((a, b) => byBytes(a.id, b.id))
      .slice(0, Math.max(0, limit))
      .map(found)
  }

  async countOfAccount(kind: string, accountId: string): Promise<number> {
    return this.#live().filter((row) => row.kind === kind && row.indexes.accountId === accountId).length
  }

  async deleteOfGrant(kind: string, grantId: string): Promise<void> {
    this.#rows = this.#live().filter((row) => row.kind !== kind || row.indexes.grantId !== grantId)
  }

  async tidy(): Promise<void> {
    this.#live()
  }
}

/** The unique names that a newer artefact claims are taken from the older one. */
function without({ uid, userCode, ...rest }: ArtefactIndexes, claimed: ArtefactIndexes): ArtefactIndexes {
  return {
    ...rest,
    ...(uid !== undefined && uid !== claimed.uid && { uid }),
    ...(userCode !== undefined && userCode !== claimed.userCode && { userCode }),
  }
}

function found({ id, text, takenAt }: ArtefactRow): Artefact & { readonly id: string } {
  return { id, text, takenAt }
}

class MemoryProfiles implements Profiles {
  readonly #door: Flow
  readonly #rows = new Map<string, Versioned & { id: string; keys: ProfileKeys; prefixes: Set<string> }>()

  constructor(guarded: Flow) {
    this.#door = guarded
  }

  async read(id: string): Promise<Versioned | null> {
    this.#door.pass()
    const row = this.#rows.get(id)
    return row ? { text: row.text, version: row.version } : null
  }

  async findByEmail(email: string) {
    this.#door.pass()
    const row = [...this.#rows.values()].find(({ keys }) => keys.email === email)
    return row ? { id: row.id, text: row.text, version: row.version } : null
  }

  async swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'> {
    this.#door.pass()
    if ((this.#rows.get(id)?.version ?? 0) !== expectedVersion) return false
    if ([...this.#rows.values()].some((row) => row.id !== id && row.keys.email === keys.email)) return 'taken'
    this.#rows.set(id, { id, text, version: expectedVersion + 1, keys, prefixes: prefixesOf(keys.words) })
    return true
  }

  async list({ search = '', statuses, after = '', limit }: ProfileQuery) {
    this.#door.pass()
    const word = searchable(search)
    return [...this.#rows.values()]
      .filter(({ keys, prefixes }) => keys.email.startsWith(search) || prefixes.has(word))
      .filter(({ keys }) => (statuses?.includes(keys.status) ?? true) && byBytes(keys.email, after) > 0)
      .toSorted((a, b) => byBytes(a.keys.email, b.keys.email))
      .slice(0, Math.max(0, limit))
      .map(({ id, text, version }) => ({ id, text, version }))
  }
}

class MemoryJournal implements Journal {
  readonly #door: Flow
  readonly #entries: (JournalEntry & { arrival: number })[] = []

  constructor(guarded: Flow) {
    this.#door = guarded
  }

  async append({ id, at, text, tags }: JournalEntry): Promise<void> {
    this.#door.pass()
    if (this.#entries.some((entry) => entry.id === id)) return
    this.#entries.push({ id, at: aNumber(at), text, tags: [...tags], arrival: this.#entries.length + 1 })
  }

  async list({ tags = [], from = -Infinity, to = Infinity, before, limit }: JournalQuery) {
    this.#door.pass()
    const newestFirst = this.#entries.toSorted((a, b) => b.at - a.at || b.arrival - a.arrival)
    const cursor = newestFirst.findIndex((entry) => position(entry) === before)
    if (before !== undefined && cursor === -1) return []
    return newestFirst
      .slice(cursor + 1)
      .filter(({ at }) => at >= from && at <= to)
      .filter((entry) => tags.every((tag) => entry.tags.includes(tag)))
      .slice(0, Math.max(0, limit))
      .map((entry) => ({ id: entry.id, at: entry.at, text: entry.text, tags: entry.tags, position: position(entry) }))
  }
}

class MemoryCounters implements Counters {
  readonly #door: Flow
  readonly #clock: Clock
  readonly #rows = new Map<string, Counter>()

  constructor(guarded: Flow, clock: Clock) {
    this.#door = guarded
    this.#clock = clock
  }

  #live(name: string): Counter | null {
    this.#door.pass()
    const row = this.#rows.get(name)
    return row && row.until > this.#clock.now() ? row : null
  }

  async read(name: string): Promise<Counter | null> {
    return this.#live(name)
  }

  async add(name: string, count: number, seconds: number): Promise<Counter> {
    const row = this.#live(name)
    if (!row) return this.set(name, count, seconds)
    const next = { count: row.count + count, until: row.until }
    this.#rows.set(name, next)
    return next
  }

  async set(name: string, count: number, seconds: number): Promise<Counter> {
    this.#door.pass()
    const row = { count, until: aNumber(this.#clock.now() + seconds) }
    this.#rows.set(name, row)
    return row
  }

  async delete(name: string): Promise<boolean> {
    const isThere = this.#live(name) !== null
    this.#rows.delete(name)
    return isThere
  }

  async tidy(): Promise<void> {
    const now = this.#clock.now()
    for (const [name, { until }] of this.#rows) if (until <= now) this.#rows.delete(name)
  }
}

function position({ at, arrival }: { at: number; arrival: number }): string {
  return `${at}_${arrival}`
}

/** A deadline that is no number would never come. */
function aNumber(value: number): number {
  if (Number.isNaN(value)) throw new TypeError('a time must be a number')
  return value
}

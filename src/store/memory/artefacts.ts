import type { Artefact, ArtefactIndexes, ArtefactOptions, Artefacts, Clock } from '../store.ts'
import { aNumber, byBytes } from '../values.ts'
import type { OpenState } from './openState.ts'

interface ArtefactRow {
  readonly kind: string
  readonly id: string
  text: string
  expiresAt: number
  readonly indexes: ArtefactIndexes
  takenAt: number | null
}

export class MemoryArtefacts implements Artefacts {
  readonly #state: OpenState
  readonly #clock: Clock
  #rows: ArtefactRow[] = []

  constructor(state: OpenState, clock: Clock) {
    this.#state = state
    this.#clock = clock
  }

  /** Removes what has expired and returns the rest. */
  #live(): ArtefactRow[] {
    this.#state.check()
    const now = this.#clock.now()
    return (this.#rows = this.#rows.filter(({ expiresAt }) => expiresAt > now))
  }

  #liveRow(kind: string, id: string): ArtefactRow | undefined {
    return this.#live().find((row) => row.kind === kind && row.id === id)
  }

  async put(kind: string, id: string, text: string, options: ArtefactOptions = {}): Promise<void> {
    const { expiresAt = Infinity, indexes = {} } = options
    const takenAt = this.#liveRow(kind, id)?.takenAt ?? null
    const others = this.#rows
      .filter((row) => row.kind !== kind || row.id !== id)
      .map((row) => (row.kind === kind ? { ...row, indexes: without(row.indexes, indexes) } : row))
    this.#rows = [...others, { kind, id, text, takenAt, expiresAt: aNumber(expiresAt), indexes: { ...indexes } }]
  }

  async add(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<boolean> {
    if (this.#liveRow(kind, id)) return false
    await this.put(kind, id, text, options)
    return true
  }

  async replace(kind: string, id: string, text: string, expiresAt?: number): Promise<boolean> {
    const row = this.#liveRow(kind, id)
    if (row) Object.assign(row, { text, expiresAt: aNumber(expiresAt ?? row.expiresAt) })
    return row !== undefined
  }

  async get(kind: string, id: string): Promise<Artefact | null> {
    const row = this.#liveRow(kind, id)
    return row ? { text: row.text, takenAt: row.takenAt } : null
  }

  async find(kind: string, index: 'uid' | 'userCode', value: string) {
    const named = this.#live().find((row) => row.kind === kind && row.indexes[index] === value)
    return named ? found(named) : null
  }

  async take(kind: string, id: string): Promise<boolean> {
    const row = this.#liveRow(kind, id)
    if (!row || row.takenAt !== null) return false
    row.takenAt = this.#clock.now()
    return true
  }

  async delete(kind: string, id: string): Promise<boolean> {
    const row = this.#liveRow(kind, id)
    this.#rows = this.#rows.filter((item) => item !== row)
    return row !== undefined
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

/** Removes from older artefacts the unique indexes of a newer one. */
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

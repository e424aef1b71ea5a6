/** Rows as the driver receives them, every value as text, and what they are in the contract. */
import type { Artefact, Versioned } from '../store.ts'

export interface StoredVersioned {
  readonly text: string
  readonly version: string
}

export const versioned = ({ text, version }: StoredVersioned): Versioned => ({ text, version: Number(version) })

export interface StoredArtefact {
  readonly text: string
  readonly taken_at: string | null
}

export const artefact = ({ text, taken_at }: StoredArtefact): Artefact => ({
  text,
  takenAt: taken_at === null ? null : Number(taken_at),
})

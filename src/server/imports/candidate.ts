/** What an importer makes of one entry of a file of another system: an account as the own format has it, and what is left out. */
import type { Entry } from '../commands/importFile.ts'

export interface Candidate {
  /** As a line of the own format. */
  readonly value: Readonly<Record<string, unknown>>
  /** Why the second factor that the person had cannot be taken over; absent: it can, or there was none. */
  readonly lostFactor?: string | undefined
  /** Why the password cannot be taken over. */
  readonly lostPassword?: string | undefined
  /** What else is not taken over. */
  readonly remarks?: readonly string[]
}

/**
 * An entry to import; `skipped`: it is no person. `share`: how much is read with it, 0 to 1; absent: not known. `file`: its name in a
 * folder.
 */
export type Source = { readonly share?: number | undefined; readonly file?: string } & (
  Entry | { readonly line: number; readonly candidate: Candidate } | { readonly line: number; readonly skipped: string }
)

/** Options of an import from another system. */
export interface TakeOver {
  /** Groups are taken over. Default: none, as they decide what helpdesk may do. */
  readonly groups: boolean
  /** Roles here, by roles there. Default: none. */
  readonly roles: ReadonlyMap<string, string>
}

export type Converter = (
  entry: unknown,
  take: TakeOver,
) => Candidate | { readonly skipped: string } | { readonly fault: string }

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined

export const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const textsOf = (value: unknown): string[] => listOf(value).flatMap((item) => textOf(item) ?? [])

/** Roles here of these roles there. */
export const rolesOf = (theirs: readonly string[], { roles }: TakeOver): string[] => [
  ...new Set(theirs.flatMap((role) => roles.get(role) ?? [])),
]

/** A language tag; another value is left out. */
export function localeOf(value: unknown): string | undefined {
  const text = textOf(value)
  try {
    return text === undefined ? undefined : Intl.getCanonicalLocales(text)[0]
  } catch {
    return undefined
  }
}

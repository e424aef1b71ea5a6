/** What an importer makes of one entry of a file of another system: an account as the own format has it, and what is left out. */
import { readImported } from '../../crypto/importedSecret.ts'
import type { Entry } from '../commands/importFile.ts'
import { fittedName, normaliseGroup } from '../directory/names.ts'

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

/** The same with a name and groups that an account can have. What they were elsewhere keeps no person out. */
export function fitted({ value, ...rest }: Candidate): Candidate {
  const [name, groups] = [textOf(value['name']) ?? '', textsOf(value['groups'])]
  const [shorter, kept] = [
    fittedName(name) || String(value['email']),
    groups.flatMap((group) => normaliseGroup(group) ?? []),
  ]
  const [isOther, dropped] = [shorter !== name.trim().normalize('NFC'), groups.length - kept.length]
  const remarks = [
    ...(isOther ? ['its name has other characters, or more than 200: it is shortened'] : []),
    ...(dropped > 0 ? [`${dropped} of its groups are left out: a group has one line, at most 100 characters`] : []),
  ]
  return { ...rest, value: { ...value, name: shorter, groups: kept }, remarks: [...(rest.remarks ?? []), ...remarks] }
}

/** The first authenticator that can be taken over; else the first, whose fault is reported. */
export const firstUsable = (secrets: readonly string[]): string | undefined =>
  secrets.find((secret) => readImported(secret).is === 'secret') ?? secrets[0]

/** Why a second factor that a file mentions without its secret is lost. */
export const notInFile = 'the file does not hold it'

/** A language tag; another value is left out. */
export function localeOf(value: unknown): string | undefined {
  const text = textOf(value)
  try {
    return text === undefined ? undefined : Intl.getCanonicalLocales(text)[0]
  } catch {
    return undefined
  }
}

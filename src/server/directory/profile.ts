/** The stored document of a person: its shape, its keys in the store, and its public part. */
import { givenEmail } from '../../email.ts'
import { type BackupCodes, type FactorState, factorStates } from '../../core/questions.ts'
import { type AccountStatus, accountStatuses, type PeopleQuery, type Person, type Role } from '../../ports.ts'
import type { ProfileKeys, Versioned } from '../../store/store.ts'
import { normaliseName, searchKeysOf } from './names.ts'

export interface NewAccount
  extends Pick<Person, 'email' | 'name'>, Partial<Omit<Person, 'email' | 'name' | 'createdAt'>> {
  /** As `readHash` reads it; null or absent: no sign-in with a password. */
  readonly passwordHash?: string | null
}

export interface Profile extends Omit<Person, 'id'> {
  readonly passwordHash: string | null
  /** Of the change that set the password; absent: set with the account. */
  readonly passwordGeneration?: number
}

export function newProfile(account: NewAccount, now: number): Profile {
  return {
    email: valid(givenEmail(account.email)),
    ...(account.emailVerified === false && { emailVerified: false }),
    name: valid(normaliseName(account.name)),
    ...(account.givenName && { givenName: account.givenName }),
    ...(account.familyName && { familyName: account.familyName }),
    ...(account.preferredUsername && { preferredUsername: account.preferredUsername }),
    locale: account.locale ?? null,
    roles: account.roles ?? [],
    groups: account.groups ?? [],
    status: account.status ?? 'active',
    createdAt: now,
    secondFactorSince: account.secondFactorSince ?? null,
    secondFactor: account.secondFactor ?? (account.secondFactorSince ? 'active' : 'none'),
    backupCodes: 'enough',
    passwordHash: account.passwordHash ?? null,
  }
}

export function valid(text: string | null): string {
  if (text === null) throw new RangeError('not an email address, or not a name')
  return text
}

/** Remains of a removed person under their id, which is never given again. No list contains it. */
export const removedProfile = JSON.stringify({ removed: true })
export const removedKeys = (id: string): ProfileKeys => ({
  // A space: no address, so that no person can have it.
  email: `removed ${Buffer.from(id).toString('hex')}`,
  words: [],
  tags: [],
  status: 'removed',
})
export const isRemoved = ({ text }: Versioned): boolean => text === removedProfile

/** Names in the stored text. A text may have the long ones. */
const storedNames: { readonly [K in keyof Required<Profile>]: string } = {
  email: 'e',
  emailVerified: 'v',
  name: 'n',
  givenName: 'g',
  familyName: 'f',
  preferredUsername: 'u',
  locale: 'l',
  roles: 'r',
  groups: 'o',
  status: 's',
  createdAt: 'c',
  secondFactorSince: 't',
  secondFactor: 'x',
  backupCodes: 'b',
  passwordHash: 'h',
  passwordGeneration: 'p',
}
const names = new Map<string, string>(Object.entries(storedNames).map(([name, stored]) => [stored, name]))

/** Not stored while they have these values. What decides on access is always stored. */
const unsaid = { locale: null, roles: [], groups: [], backupCodes: 'enough' } as const satisfies Partial<Profile>

export function parse({ text }: Pick<Versioned, 'text'>): Profile {
  const stored = JSON.parse(text) as Readonly<Record<string, unknown>>
  const profile: Record<string, unknown> = { ...unsaid }
  for (const name of Object.keys(stored)) profile[names.get(name) ?? name] = stored[name]
  return profile as unknown as Profile
}

export function write(profile: Profile): string {
  const { locale, roles, groups, backupCodes } = profile
  const said = {
    ...profile,
    locale: locale ?? undefined,
    roles: roles.length > 0 ? roles : undefined,
    groups: groups.length > 0 ? groups : undefined,
    backupCodes: backupCodes === 'enough' ? undefined : backupCodes,
  }
  const entries = Object.entries(said).map(([name, value]) => [storedNames[name as keyof Profile], value])
  return JSON.stringify(Object.fromEntries(entries))
}

export function personOf(id: string, { passwordHash: _, passwordGeneration: __, ...profile }: Profile): Person {
  return { id, ...profile }
}

export const keysOf = ({ email, name, status, secondFactor, roles, groups, backupCodes }: Profile): ProfileKeys => ({
  email,
  words: searchKeysOf({ email, name }),
  status: listOf(status, secondFactor),
  tags: [
    ...roles.map((role) => tagOf.role(role)),
    ...groups.map((group) => tagOf.group(group)),
    // No list asks for people with enough of them.
    ...(backupCodes && backupCodes !== 'enough' ? [tagOf.backupCodes(backupCodes)] : []),
  ],
})

const tagOf = {
  role: (role: Role) => `role:${role}`,
  group: (group: string) => `group:${group}`,
  backupCodes: (codes: BackupCodes) => `codes:${codes}`,
}

/** The tags that match a filter, what few people have first. */
export const tagsOf = ({ backupCodes, role, group, groups }: Omit<PeopleQuery, 'limit'>): string[][] => [
  ...(backupCodes ? [backupCodes.map((codes) => tagOf.backupCodes(codes))] : []),
  ...(role === undefined ? [] : [[tagOf.role(role)]]),
  ...(group === undefined ? [] : [[tagOf.group(group)]]),
  ...(groups ? [groups.map((each) => tagOf.group(each))] : []),
]

/** The list of the store that contains a profile. Profiles older than factor states have none, until their state is reported. */
const listOf = (status: AccountStatus, secondFactor: FactorState | null | undefined): string =>
  secondFactor ? `${status}.${secondFactor}` : status

/** The lists that match a filter. A profile without a state matches every state. */
export const listsOf = (status: AccountStatus | undefined, secondFactor: FactorState | undefined): string[] =>
  (status ? [status] : accountStatuses).flatMap((item) =>
    [null, ...(secondFactor ? [secondFactor] : factorStates)].map((state) => listOf(item, state)),
  )

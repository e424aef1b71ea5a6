/** A directory in this process, for tests: passwords are kept as they are, and everything is lost when the process ends. */
import { emailKey, sameEmail, searchText } from '../email.ts'
import { byBytes } from '../store/values.ts'
import type { Directory, NewPerson, PeopleQuery, Person } from '../ports.ts'

export interface MemoryPerson extends Partial<Person> {
  readonly id: string
  /** Signs in with it; absent: not at all. */
  readonly password?: string
}

interface Stored {
  person: Person
  password: { readonly text: string; readonly generation: number } | null
}

/** Has every method of a directory. Take one away for a host that has less: `{ ...memoryDirectory(), authenticate: undefined }`. */
export function memoryDirectory(
  people: readonly MemoryPerson[] = [],
): Required<Omit<Directory, 'signedOut' | 'foreignFactor'>> {
  const stored = new Map<string, Stored>()
  let created = 0
  for (const { password, ...person } of people)
    stored.set(person.id, {
      person: completed(person.id, person),
      password: password === undefined ? null : { text: password, generation: 0 },
    })
  const byEmail = (email: string): Stored | undefined =>
    [...stored.values()].find(({ person }) => sameEmail(person.email, email))
  const change = (id: string, changes: Partial<Person>): Person | null => {
    const found = stored.get(id)
    if (found) found.person = { ...found.person, ...changes }
    return found?.person ?? null
  }
  return {
    ...factorsIn(stored, change),
    find: async (id) => stored.get(id)?.person ?? null,
    findByEmail: async (email) => byEmail(email)?.person ?? null,
    async authenticate(email, text) {
      const found = byEmail(email)
      if (found?.password?.text !== text) return null
      return { ...found.person, passwordGeneration: found.password.generation }
    },
    hashPassword: async (password) => password,
    async setPassword(id, text, { generation }) {
      const found = stored.get(id)
      if (!found) return null
      if (generation >= (found.password?.generation ?? 0)) found.password = { text, generation }
      return found.person
    },
    list: async (query) => listed(stored, query),
    count: async (query, most) => listed(stored, { ...query, limit: most }).length,
    async create(person) {
      if (byEmail(person.email)) return 'exists'
      const id = `person-${++created}`
      stored.set(id, { person: completed(id, person), password: null })
      return completed(id, person)
    },
    async change(id, changes) {
      const taken = changes.email === undefined ? undefined : byEmail(changes.email)
      if (!stored.has(id)) return null
      return taken && taken.person.id !== id ? 'exists' : change(id, inCanonicalForm(changes))
    },
    remove: async (id) => void stored.delete(id),
    async verifyEmail(id, email) {
      if (sameEmail(stored.get(id)?.person.email ?? '', email)) change(id, { emailVerified: true })
    },
  }
}

function listed(
  stored: ReadonlyMap<string, Stored>,
  { search = '', status, secondFactor, after = '', limit, ...query }: PeopleQuery,
): Person[] {
  return [...stored.values()]
    .map(({ person }) => person)
    .filter((person) => matches(person, searchText(search).toLowerCase()) && byBytes(person.email, after) > 0)
    .filter((person) => status === undefined || person.status === status)
    .filter((person) => secondFactor === undefined || (person.secondFactor ?? secondFactor) === secondFactor)
    .filter((person) => isWanted(person, query))
    .toSorted((a, b) => byBytes(a.email, b.email))
    .slice(0, Math.max(0, limit))
}

function factorsIn(
  stored: ReadonlyMap<string, Stored>,
  change: (id: string, changes: Partial<Person>) => unknown,
): Required<Pick<Directory, 'enrolled' | 'factorChanged'>> {
  return {
    async enrolled(id, at) {
      const person = stored.get(id)?.person
      if (!person) return
      const status = person.status === 'pending' ? 'active' : person.status
      change(id, { status, secondFactorSince: person.secondFactorSince ?? at })
    },
    async factorChanged(id, state, codes) {
      for (;;) {
        const before = stored.get(id)?.person
        const [secondFactor, backupCodes] = [await state(), await codes()]
        // Another call has written meanwhile: its state may be the newer one.
        if (stored.get(id)?.person !== before) continue
        change(id, { secondFactor, backupCodes })
        return
      }
    },
  }
}

const completed = (id: string, given: Partial<Person> | NewPerson): Person => ({
  email: `${id}@example.com`,
  name: id,
  locale: null,
  roles: [],
  groups: [],
  status: 'active',
  createdAt: 0,
  secondFactorSince: null,
  ...inCanonicalForm(given),
  id,
})

const inCanonicalForm = <P extends { readonly email?: string | undefined }>(given: P): P =>
  given.email === undefined ? given : { ...given, email: emailKey(given.email) }

const matches = ({ email, name }: Person, search: string): boolean =>
  [email, ...name.toLowerCase().split(/\s+/)].some((text) => text.startsWith(search))

type Others = Pick<PeopleQuery, 'role' | 'group' | 'groups' | 'backupCodes'>

const isWanted = (person: Person, { role, group, groups, backupCodes }: Others): boolean =>
  (role === undefined || person.roles.includes(role)) &&
  (group === undefined || person.groups.includes(group)) &&
  (groups === undefined || groups.some((each) => person.groups.includes(each))) &&
  (backupCodes === undefined || !person.backupCodes || backupCodes.includes(person.backupCodes))

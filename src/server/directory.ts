/**
 * The embedded account directory: people with password, role and status, one document each. It also stores since when a
 * second factor exists, and its last reported state.
 */
import { givenEmail, searchText, typedEmail } from '../email.ts'
import { newId } from '../crypto/tokens.ts'
import type { AccountStatus, Clock, Directory, PeopleQuery, Person } from '../ports.ts'
import type { Profiles } from '../store/store.ts'
import { normaliseName, searchKeysOf, searchWords } from './directory/names.ts'
import { passwordsOf } from './directory/passwords.ts'
import { createPeople, type People } from './directory/people.ts'
import {
  isRemoved,
  keysOf,
  listsOf,
  tagsOf,
  type NewAccount,
  newProfile,
  parse,
  personOf,
  valid,
  write,
} from './directory/profile.ts'

export type { NewAccount } from './directory/profile.ts'

export interface Accounts {
  /** The new person; 'exists': the id or the email is taken, nothing was changed. */
  create(account: NewAccount): Promise<Person | 'exists'>
  findByEmail(email: string): Promise<Person | null>
  /** 'removed': a person with this id was, and it is not given again. */
  byId(id: string): Promise<Person | 'removed' | null>
  /** Reads stored password costs, so that an unknown email takes as long as a known one. */
  learnCosts(): Promise<void>
  /** Writes the search keys of a person again, who may have those of an earlier version. */
  renewKeys(id: string): Promise<void>
  /** null: there is no such account. */
  setStatus(id: string, status: AccountStatus): Promise<Person | null>
}

export interface DirectoryOptions {
  readonly profiles: Profiles
  readonly clock: Clock
  /** Decides the cost of an unknown email. 32 bytes, the same in every process. */
  readonly key?: Uint8Array
}

/** Every method but `signedOut`: the server has no sessions besides the provider's. */
export type DirectoryOfServer = Required<Omit<Directory, 'signedOut' | 'foreignFactor'>> & Accounts

export function createDirectory({ profiles, clock, key = new Uint8Array(32) }: DirectoryOptions): DirectoryOfServer {
  const people = createPeople(profiles)
  const byId: Accounts['byId'] = async (id) => {
    const found = await profiles.read(id)
    if (!found) return null
    return isRemoved(found) ? 'removed' : personOf(id, parse(found))
  }
  return {
    ...passwordsOf(people, key),
    ...factorsOf(people),

    byId,

    async find(id) {
      const found = await byId(id)
      return found === 'removed' ? null : found
    },

    remove: (id) => people.remove(id),

    async findByEmail(email) {
      const found = await people.findByEmail(email)
      return found && personOf(found.id, found.profile)
    },

    list: (query) => list(profiles, query),

    count: (query, most) => count(profiles, { ...query, limit: most }),

    async create({ id = newId(), ...account }: NewAccount) {
      const profile = newProfile(account, clock.now())
      const swapped = await profiles.swap(id, write(profile), 0, { ...keysOf(profile), durable: true })
      return swapped === true ? personOf(id, profile) : 'exists'
    },

    async renewKeys(id) {
      await people.change(id, (profile) => ({ ...profile }))
    },

    setStatus: (id, status) =>
      people.change(id, (profile) => (profile.status === status ? profile : { ...profile, status })),

    async verifyEmail(id, email) {
      await people.change(id, (profile) =>
        profile.email === typedEmail(email) && profile.emailVerified === false
          ? { ...profile, emailVerified: true }
          : profile,
      )
    },

    change: (id, { email, name, ...changes }) =>
      people.changeEmail(id, (profile) => ({
        ...profile,
        ...changes,
        email: email === undefined ? profile.email : valid(givenEmail(email)),
        name: name === undefined ? profile.name : valid(normaliseName(name)),
      })),
  }
}

/** Profiles of a step where a search has several words. Count: the store finds one of them, the others are looked for here. */
const STEP = 200

/** What the store looks up: of several words the longest. */
function filterOf({ search = '', status, secondFactor, ...query }: Omit<PeopleQuery, 'after' | 'limit'>) {
  const words = searchWords(searchText(search))
  const filter = { statuses: listsOf(status, secondFactor), tags: tagsOf(query), ...(words[0] && { search: words[0] }) }
  return { words, filter }
}

async function list(profiles: Profiles, { after = '', limit, ...query }: PeopleQuery): Promise<Person[]> {
  const { words, filter } = filterOf(query)
  const others = words.slice(1)
  const people: Person[] = []
  for (let from = after, more = true; people.length < limit && more;) {
    const step = others.length === 0 ? limit : Math.max(limit, STEP)
    const found = await profiles.list({ ...filter, limit: step, ...(from && { after: from }) })
    const persons = found.map((item) => personOf(item.id, parse(item)))
    people.push(...persons.filter((person) => others.every((other) => beginsKeyOf(person, other))))
    from = persons.at(-1)?.email ?? from
    more = others.length > 0 && found.length === step
  }
  return people.slice(0, limit)
}

async function count(profiles: Profiles, { limit, ...query }: PeopleQuery): Promise<number> {
  const { words, filter } = filterOf(query)
  if (words.length < 2 && profiles.count) return profiles.count(filter, limit)
  return (await list(profiles, { ...query, limit })).length
}

const beginsKeyOf = (person: Person, word: string): boolean =>
  [person.email, ...searchKeysOf(person)].some((key) => key.startsWith(word))

function factorsOf({ change }: People): Required<Pick<Directory, 'enrolled' | 'factorChanged'>> {
  return {
    async enrolled(id, at) {
      await change(id, (profile) => {
        const status = profile.status === 'pending' ? 'active' : profile.status
        const secondFactorSince = profile.secondFactorSince ?? at
        const isKnown = status === profile.status && secondFactorSince === profile.secondFactorSince
        return isKnown ? profile : { ...profile, status, secondFactorSince }
      })
    },

    // The state is read after the profile and replaces that version only, so an older state never replaces a newer one.
    async factorChanged(id, state, codes) {
      await change(id, async (profile) => {
        const [secondFactor, backupCodes] = [await state(), await codes()]
        const isKnown = profile.secondFactor === secondFactor && profile.backupCodes === backupCodes
        return isKnown ? profile : { ...profile, secondFactor, backupCodes }
      })
    },
  }
}

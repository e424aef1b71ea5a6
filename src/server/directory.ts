/**
 * The embedded account directory: who exists, with which password, role and status. One JSON document per account on the
 * profiles' shelf, changed by compare-and-set. Of second factors it knows since when there is one, and what it was last told.
 */
import { type FactorState, factorStates } from '../core/questions.ts'
import { hashPassword, needsRehash, verifyPassword } from '../crypto/passwords.ts'
import { newId } from '../crypto/tokens.ts'
import type { AccountStatus, Clock, Directory, PeopleQuery, Person } from '../ports.ts'
import { type ProfileKeys, type Profiles, StoreUnavailable, type Versioned } from '../store/store.ts'
import { type Costs, countCosts, costForUnknown } from './passwordCosts.ts'
import { comparable, normaliseEmail, normaliseName, wordsOf } from './emails.ts'

export interface NewAccount
  extends Pick<Person, 'email' | 'name'>, Partial<Omit<Person, 'email' | 'name' | 'createdAt'>> {
  /** PHC string, argon2id; null or absent: nobody can sign in with a password. */
  readonly passwordHash?: string | null
}

export interface Accounts {
  /** The new person; 'exists' when the id or the email is taken, and then nothing has changed. */
  create(account: NewAccount): Promise<Person | 'exists'>
  findByEmail(email: string): Promise<Person | null>
  /** Reads some accounts, so that unknown emails cost what known ones cost. */
  learnCosts(): Promise<void>
  /** null: there is no such account. */
  setStatus(id: string, status: AccountStatus): Promise<Person | null>
}

interface Profile extends Omit<Person, 'id'> {
  readonly passwordHash: string | null
  /** Of the change that set it; absent: it came with the account. */
  readonly passwordGeneration?: number
}

const accountStatuses: readonly AccountStatus[] = ['pending', 'active', 'disabled']

/** Accounts read to learn the stored costs. Count. */
const SAMPLE_SIZE = 1000

/** How often a lost race is run again. Each loss means that somebody else won, so more is a fault elsewhere. */
const attempts = 20

export function createDirectory({
  profiles,
  clock,
  key = new Uint8Array(32),
}: {
  profiles: Profiles
  clock: Clock
  /** Says which cost an unknown email has. 32 bytes, the same in every process. */
  key?: Uint8Array
}): Required<Directory> & Accounts {
  let costs: Costs = []
  type Change = (profile: Profile) => Profile | Promise<Profile>

  /** @returns null: there is no such account; 'exists': the email is another's */
  async function alter(id: string, to: Change): Promise<Person | 'exists' | null> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const found = await profiles.read(id)
      if (!found) return null
      const before = parse(found)
      const after = await to(before)
      if (after === before) return personOf(id, before)
      const swapped = await profiles.swap(id, JSON.stringify(after), found.version, keysOf(after))
      if (swapped === true) return personOf(id, after)
      if (swapped === 'taken') return 'exists'
    }
    throw new StoreUnavailable(`the profile ${id} changes too often`)
  }

  /** Of what nobody else can have taken. */
  async function change(id: string, to: Change): Promise<Person | null> {
    const person = await alter(id, to)
    return person === 'exists' ? null : person
  }

  async function findByEmail(text: string): Promise<{ id: string; profile: Profile } | null> {
    const email = normaliseEmail(text)
    const found = email === null ? null : await profiles.findByEmail(email)
    return found && { id: found.id, profile: parse(found) }
  }

  return {
    async find(id) {
      const found = await profiles.read(id)
      return found && personOf(id, parse(found))
    },

    async findByEmail(email) {
      const found = await findByEmail(email)
      return found && personOf(found.id, found.profile)
    },

    // The same work for everybody: one look-up and one hash, whoever it is and whatever is wrong.
    async authenticate(email, password, attempt) {
      const found = await findByEmail(email)
      if (attempt && !(await attempt.admit(found?.id ?? null))) return null
      const phc = found?.profile.passwordHash ?? null
      const matches = await verifyPassword(
        phc,
        password,
        attempt?.network,
        costForUnknown(comparable(email), costs, key),
      )
      if (!found || !matches || phc === null || found.profile.status !== 'active') return null
      const { passwordGeneration = 0 } = found.profile
      if (needsRehash(phc)) {
        const passwordHash = await hashPassword(password)
        await change(found.id, (profile) => (profile.passwordHash === phc ? { ...profile, passwordHash } : profile))
      }
      return { ...personOf(found.id, found.profile), passwordGeneration }
    },

    async enrolled(id, at) {
      await change(id, (profile) => {
        const status = profile.status === 'pending' ? 'active' : profile.status
        const secondFactorSince = profile.secondFactorSince ?? at
        const isKnown = status === profile.status && secondFactorSince === profile.secondFactorSince
        return isKnown ? profile : { ...profile, status, secondFactorSince }
      })
    },

    // The state is asked for after the profile was read, and written over that very profile: never an older word over a newer one.
    async factorChanged(id, state) {
      await change(id, async (profile) => {
        const secondFactor = await state()
        return profile.secondFactor === secondFactor ? profile : { ...profile, secondFactor }
      })
    },

    async list({ search, status, secondFactor, ...query }: PeopleQuery) {
      const words = search === undefined ? undefined : comparable(search)
      const found = await profiles.list({
        ...query,
        statuses: listsOf(status, secondFactor),
        ...(words ? { search: words } : {}),
      })
      return found.map((item) => personOf(item.id, parse(item)))
    },

    async create({ id = newId(), ...account }: NewAccount) {
      const profile = newProfile(account, clock.now())
      return (await profiles.swap(id, JSON.stringify(profile), 0, keysOf(profile))) === true
        ? personOf(id, profile)
        : 'exists'
    },

    async learnCosts() {
      // The same ones in every process, so that an unknown email costs the same in each.
      const found = await profiles.list({ limit: SAMPLE_SIZE })
      costs = countCosts(found.flatMap((item) => parse(item).passwordHash ?? []))
    },

    async setStatus(id, status) {
      return change(id, (profile) => (profile.status === status ? profile : { ...profile, status }))
    },

    hashPassword,

    setPassword: (id, passwordHash, { generation }) =>
      change(id, (profile) => {
        const isKnown = profile.passwordHash === passwordHash && profile.passwordGeneration === generation
        if (isKnown || (profile.passwordGeneration ?? 0) > generation) return profile
        return { ...profile, passwordHash, passwordGeneration: generation }
      }),

    async verifyEmail(id, email) {
      await change(id, (profile) =>
        profile.email === email && profile.emailVerified === false ? { ...profile, emailVerified: true } : profile,
      )
    },

    change: (id, { email, name, ...changes }) =>
      alter(id, (profile) => ({
        ...profile,
        ...changes,
        email: email === undefined ? profile.email : readable(normaliseEmail(email)),
        name: name === undefined ? profile.name : readable(normaliseName(name)),
      })),
  }
}

function readable(text: string | null): string {
  if (text === null) throw new RangeError('not an email address, or not a name')
  return text
}

function newProfile(account: NewAccount, now: number): Profile {
  const email = readable(normaliseEmail(account.email))
  const name = readable(normaliseName(account.name))
  return {
    email,
    ...(account.emailVerified === false && { emailVerified: false }),
    name,
    locale: account.locale ?? null,
    roles: account.roles ?? [],
    groups: account.groups ?? [],
    status: account.status ?? 'active',
    createdAt: now,
    secondFactorSince: account.secondFactorSince ?? null,
    secondFactor: account.secondFactorSince ? 'active' : 'none',
    passwordHash: account.passwordHash ?? null,
  }
}

/** Which of the store's lists somebody stands in. A profile from before there were states has none, until it is told. */
const listOf = (status: AccountStatus, secondFactor: FactorState | null | undefined): string =>
  secondFactor ? `${status}.${secondFactor}` : status

/** Those to be walked for a filter: whose state nobody told may be anybody. */
const listsOf = (status: AccountStatus | undefined, secondFactor: FactorState | undefined): string[] =>
  (status ? [status] : accountStatuses).flatMap((item) =>
    [null, ...(secondFactor ? [secondFactor] : factorStates)].map((state) => listOf(item, state)),
  )

const keysOf = ({ email, name, status, secondFactor }: Profile): ProfileKeys => ({
  email,
  words: wordsOf(name),
  status: listOf(status, secondFactor),
})
const parse = ({ text }: Versioned) => JSON.parse(text) as Profile

function personOf(id: string, { passwordHash: _, passwordGeneration: __, ...profile }: Profile): Person {
  return { id, ...profile }
}

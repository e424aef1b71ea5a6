/** Reads and changes stored profiles; every change is a compare-and-set, repeated after a lost race. */
import { typedEmail } from '../../email.ts'
import type { Person } from '../../ports.ts'
import { StoreUnavailable } from '../../errors.ts'
import type { Profiles, WriteOptions } from '../../store/store.ts'
import { isRemoved, keysOf, parse, personOf, type Profile, removedKeys, removedProfile, write } from './profile.ts'

export type Change = (profile: Profile) => Profile | Promise<Profile>

export interface People {
  readonly profiles: Profiles
  findByEmail(text: string): Promise<{ readonly id: string; readonly profile: Profile } | null>
  /** A change of anything but the email, durable by default. null: there is no such account. */
  change(id: string, to: Change, options?: WriteOptions): Promise<Person | null>
  /** As `change`; 'exists': the email belongs to another account. */
  changeEmail(id: string, to: Change, options?: WriteOptions): Promise<Person | 'exists' | null>
  /** Leaves nothing but the id. */
  remove(id: string): Promise<void>
}

/** Each lost race means that another change succeeded, so more than this is a fault elsewhere. Count. */
const ATTEMPTS = 20
const durable: WriteOptions = { durable: true }
const tooOften = (id: string) => new StoreUnavailable(`the profile ${id} changes too often`)

export function createPeople(profiles: Profiles): People {
  async function changeEmail(id: string, to: Change, options = durable): Promise<Person | 'exists' | null> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await profiles.read(id)
      if (!found || isRemoved(found)) return null
      const before = parse(found)
      const after = await to(before)
      if (after === before) {
        // It may have been written before, without the replicas.
        if (options.durable) await profiles.confirm?.(id, found.version)
        return personOf(id, before)
      }
      const swapped = await profiles.swap(id, write(after), found.version, { ...keysOf(after), ...options })
      if (swapped === true) return personOf(id, after)
      if (swapped === 'taken') return 'exists'
    }
    throw tooOften(id)
  }

  async function remove(id: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await profiles.read(id)
      if (!found) return
      if (isRemoved(found)) return profiles.confirm?.(id, found.version)
      if ((await profiles.swap(id, removedProfile, found.version, { ...removedKeys(id), ...durable })) === true) return
    }
    throw tooOften(id)
  }

  return {
    profiles,
    changeEmail,
    remove,

    async change(id, to, options) {
      const person = await changeEmail(id, to, options)
      return person === 'exists' ? null : person
    },

    async findByEmail(text) {
      const email = typedEmail(text)
      const found = email === null ? null : await profiles.findByEmail(email)
      return found && { id: found.id, profile: parse(found) }
    },
  }
}

/** Looking at people: who there are, what is known of one, what a reset would end. Reads only; whoever asks may look. */
import { z } from 'zod'
import type { Account, Ended } from '../../../core/account.ts'
import { codesRemaining, factorState } from '../../../core/questions.ts'
import type { Person } from '../../../ports.ts'
import type { Desk } from '../../desk.ts'
import { ProblemError } from '../problem.ts'
import { valid } from '../valid.ts'

/** A person, and what is recorded of their second factor. `account` null: nobody of this id was ever seen signing in. */
export interface User {
  readonly person: Person
  readonly account: Account | null
}

export interface Users {
  readonly users: readonly User[]
  /** The cursor of the next page; null: this is the last. */
  readonly next: string | null
}

export const limit = z.coerce.number().int().min(1).max(200).default(25)

export const usersQuery = z.strictObject({
  search: z.string().max(200).optional(),
  status: z.enum(['pending', 'active', 'disabled']).optional(),
  two_factor: z.enum(['none', 'active', 'reset', 'locked', 'unavailable']).optional(),
  limit,
  cursor: z.string().max(500).optional(),
})

export async function findPerson(desk: Desk, id: string): Promise<Person> {
  const person = id.length <= 200 ? await desk.directory.find(id) : null
  if (!person) throw new ProblemError({ status: 404, code: 'user_not_found', detail: 'There is no such user.' })
  return person
}

export async function findUser(desk: Desk, id: string): Promise<User> {
  const person = await findPerson(desk, id)
  return { person, account: await desk.corridor.look(id) }
}

const cursorOf = (email: string): string => Buffer.from(email).toString('base64url')

/** One page, ordered by email. */
export async function listUsers(desk: Desk, asked: z.input<typeof usersQuery>): Promise<Users> {
  const query = valid(usersQuery, asked)
  const users: User[] = []
  let after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString()
  let more = true
  // The state of the second factor is not the directory's to know, so a page may take several of its pages.
  while (users.length < query.limit && more) {
    const people = await desk.directory.list({
      ...(query.search ? { search: query.search } : {}),
      ...(query.status ? { status: query.status } : {}),
      ...(after ? { after } : {}),
      limit: query.limit + 1,
    })
    more = people.length > query.limit
    for (const person of people.slice(0, query.limit)) {
      if (users.length === query.limit) {
        more = true
        break
      }
      after = person.email
      const account = await desk.corridor.look(person.id)
      const state = account ? factorState(account, desk.rules) : 'none'
      if (!query.two_factor || state === query.two_factor) users.push({ person, account })
    }
  }
  return { users, next: more ? cursorOf(after) : null }
}

/** What a reset of this person would end, counted now. */
export async function previewReset(desk: Desk, id: string): Promise<Ended> {
  const { account } = await findUser(desk, id)
  const ended = await desk.count(id, account?.epoch ?? 0)
  return { ...ended, backupCodes: account ? codesRemaining(account) : 0 }
}

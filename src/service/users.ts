/** Looking at people: who there are, what is known of one, what a reset would end. Reads only; whoever asks may look. */
import { z } from 'zod'
import { type Account, type Ended, newAccount } from '../core/account.ts'
import { proofsOfReset, type RequiredProofs } from '../core/proofs.ts'
import { codesRemaining, factorState, type FactorState, factorStates } from '../core/questions.ts'
import type { Person } from '../ports.ts'
import type { Services } from '../http/context.ts'
import { ProblemError } from '../http/problem.ts'
import { valid } from '../http/api/valid.ts'

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

export const limit = z.coerce.number().int().min(1).max(200).default(25).meta({ description: 'Most items of a page.' })
export const fromCursor = z
  .string()
  .max(500)
  .optional()
  .meta({ description: '`next_cursor` of the page before; absent: the first page.' })

export const usersQuery = z.strictObject({
  search: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Beginning of the email or of a word of the name.', examples: ['ana'] }),
  status: z.enum(['pending', 'active', 'disabled']).optional(),
  two_factor: z
    .enum(factorStates)
    .optional()
    .meta({ description: '`unavailable` (a damaged record) is known of those whom a list or a look has met.' }),
  limit,
  cursor: fromCursor,
})

export async function findPerson(services: Services, id: string): Promise<Person> {
  const person = id.length <= 200 ? await services.directory.find(id) : null
  if (!person) throw new ProblemError({ status: 404, code: 'user_not_found', detail: 'There is no such user.' })
  return person
}

export async function findUser(services: Services, id: string): Promise<User> {
  const person = await findPerson(services, id)
  return truthOf(services, person)
}

const cursorOf = (email: string): string => Buffer.from(email).toString('base64url')

/**
 * One page, ordered by email. The record has the last word on a factor: the directory only narrows down whom to ask, and where it was
 * told something else it is told again. One that keeps no states is walked to the end of the page.
 */
export async function listUsers(services: Services, action: z.input<typeof usersQuery>): Promise<Users> {
  const { search, status, two_factor: wanted, limit: size, cursor } = valid(usersQuery, action)
  const users: User[] = []
  let after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  let more = true
  while (users.length <= size && more) {
    const people = await services.directory.list({
      ...(search && { search }),
      ...(status && { status }),
      ...(wanted && services.directory.factorChanged && { secondFactor: wanted }),
      ...(after && { after }),
      limit: size + 1,
    })
    const seen = await Promise.all(people.map((person) => truthOf(services, person)))
    users.push(...seen.filter(({ account }) => !wanted || stateOf(services, account) === wanted))
    after = people.at(-1)?.email ?? after
    more = people.length > size
  }
  const page = users.slice(0, size)
  return { users: page, next: users.length > size ? cursorOf(page.at(-1)?.person.email ?? '') : null }
}

const stateOf = (services: Services, account: Account | null): FactorState =>
  account ? factorState(account, services.rules) : 'none'

/** What the record says; a directory that was told something else is told again. */
async function truthOf(services: Services, person: Person): Promise<User> {
  const account = await services.accounts.get(person.id)
  if (services.directory.factorChanged && person.secondFactor !== stateOf(services, account))
    await services
      .notifyFactor(person.id)
      .catch((error: unknown) => services.onError(error, 'telling the directory of a factor'))
  return { person, account }
}

export interface ResetPreview extends Ended {
  /** What a set-up after it would take. */
  readonly proofs: RequiredProofs
}

/** What a reset of this person would end and take, as of now. */
export async function previewReset(services: Services, id: string): Promise<ResetPreview> {
  const { person, account } = await findUser(services, id)
  const now = services.clock.now()
  const proofs = proofsOfReset(account ?? newAccount(id, now), person.roles, services.rules, now)
  const ended = await services.count(id, account?.epoch ?? 0)
  return { ...ended, backupCodes: account ? codesRemaining(account) : 0, proofs }
}

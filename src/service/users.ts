/** Reads users: the list, one user, the preview of a reset. The caller has checked the right to read. */
import { z } from 'zod'
import type { Account, Ended } from '../core/account.ts'
import { newAccount } from '../core/newAccount.ts'
import { proofsOfReset, type RequiredProofs } from '../core/proofs.ts'
import { codesRemaining, factorState, type FactorState, factorStates, isDeleted } from '../core/questions.ts'
import { LONGEST_ID } from '../core/rules.ts'
import { accountStatuses, type Person } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import { checked, done, refuse, type Result } from './refusal.ts'

/** A person and their account record. `account` null: this person has never signed in. */
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
export const fromCursor = z.string().max(500).optional().meta({
  description: '`next_cursor` of the page before; absent: the first page.',
})

export const usersQuery = z.strictObject({
  search: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Beginning of the email or of a word of the name.', examples: ['ana'] }),
  status: z.enum(accountStatuses).optional(),
  two_factor: z
    .enum(factorStates)
    .optional()
    .meta({ description: '`unavailable` (a damaged record) is found for users who were listed or shown before.' }),
  limit,
  cursor: fromCursor,
})

export async function findPerson(services: ServiceContext, id: string): Promise<Result<{ readonly person: Person }>> {
  const person = id.length <= LONGEST_ID ? await services.directory.find(id) : null
  return person ? { ...done, person } : refuse({ is: 'user-not-found' })
}

export async function findUser(services: ServiceContext, id: string): Promise<Result<User>> {
  const found = await findPerson(services, id)
  if (found.is === 'refused') return found
  const user = await withRecord(services, found.person)
  return isGone(user) ? refuse({ is: 'user-not-found' }) : { ...done, ...user }
}

/** Deleted, and the directory has not deleted the person yet. */
const isGone = ({ account }: User): boolean => account !== null && isDeleted(account)

const cursorOf = (email: string): string => Buffer.from(email).toString('base64url')

/**
 * One page, ordered by email. The record decides the state of a factor: the directory only selects candidates, and is corrected where it
 * differs. Without states in the directory, people are read until the page is full.
 */
export async function listUsers(services: ServiceContext, request: z.input<typeof usersQuery>): Promise<Result<Users>> {
  const given = checked(usersQuery.safeParse(request))
  if (given.is === 'refused') return given
  const { search, status, two_factor: wanted, limit: size, cursor } = given.value
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
    const seen = await Promise.all(people.map((person) => withRecord(services, person)))
    users.push(
      ...seen.filter((user) => !isGone(user)).filter(({ account }) => !wanted || stateOf(services, account) === wanted),
    )
    after = people.at(-1)?.email ?? after
    more = people.length > size
  }
  const page = users.slice(0, size)
  return { ...done, users: page, next: users.length > size ? cursorOf(page.at(-1)?.person.email ?? '') : null }
}

const stateOf = (services: ServiceContext, account: Account | null): FactorState =>
  account ? factorState(account, services.rules) : 'none'

/** With the record; a directory that keeps another state of the factor is corrected. */
async function withRecord(services: ServiceContext, person: Person): Promise<User> {
  const account = await services.accounts.get(person.id)
  if (services.directory.factorChanged && person.secondFactor !== stateOf(services, account))
    await services
      .notifyFactor(person.id)
      .catch((error: unknown) => services.onError(error, 'telling the directory of a factor'))
  return { person, account }
}

export interface ResetPreview extends Ended {
  /** The proofs that the next set-up would require. */
  readonly proofs: RequiredProofs
}

/** What a reset of this person would end, and what a new set-up would require. */
export async function previewReset(services: ServiceContext, id: string): Promise<Result<ResetPreview>> {
  const found = await findUser(services, id)
  return found.is === 'refused' ? found : { ...done, ...(await previewOf(services, found)) }
}

export async function previewOf(services: ServiceContext, { person, account }: User): Promise<ResetPreview> {
  const now = services.clock.now()
  const proofs = proofsOfReset(account ?? newAccount(person.id, now), person.roles, services.rules, now)
  const ended = await services.count(person.id, account?.epoch ?? 0)
  return { ...ended, backupCodes: account ? codesRemaining(account) : 0, proofs }
}

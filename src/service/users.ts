/** Reads users: the list, one user, the preview of a reset. The caller has checked the right to read. */
import { z } from 'zod'
import type { Account, Ended } from '../core/account.ts'
import { newAccount } from '../core/newAccount.ts'
import { proofsOfReset, type RequiredProofs } from '../core/proofs.ts'
import { isAmong, visibleGroups } from '../core/authority.ts'
import {
  backupCodesState,
  endedFactor,
  factorState,
  type FactorState,
  factorStates,
  isDeleted,
} from '../core/questions.ts'
import { LONGEST_ID } from '../core/rules.ts'
import { accountStatuses, type PeopleQuery, type Person, roles } from '../ports.ts'
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
    .meta({
      description: 'Words in any order, each the beginning of the email or of a word of the name.',
      examples: ['silva ana'],
    }),
  status: z.enum(accountStatuses).optional(),
  two_factor: z
    .enum(factorStates)
    .optional()
    .meta({ description: '`unavailable` (a damaged record) is found for users who were listed or shown before.' }),
  group: z
    .string()
    .min(1)
    .max(200)
    .normalize('NFC')
    .optional()
    .meta({ description: 'Members of this group.', examples: ['sales'] }),
  role: z.enum(roles).optional().meta({ description: 'People with this role.' }),
  backup_codes: z.enum(['few', 'none']).optional().meta({
    description: 'People with a second factor and at most three backup codes left (`few`), or without any (`none`).',
  }),
  limit,
  cursor: fromCursor,
})

type UsersQuery = z.output<typeof usersQuery>

export async function findPerson(services: ServiceContext, id: string): Promise<Result<{ readonly person: Person }>> {
  const person = id.length <= LONGEST_ID ? await services.directory.find(id) : null
  return person ? { ...done, person } : refuse({ is: 'user-not-found' })
}

/** A person and their record, in one round trip. The record of a deleted account included. */
export async function findWithRecord(services: ServiceContext, id: string): Promise<Result<User>> {
  const reading = id.length <= LONGEST_ID ? services.accounts.get(id) : null
  const [found, account] = await Promise.all([findPerson(services, id), reading])
  return found.is === 'refused' ? found : { ...done, person: found.person, account }
}

export async function findUser(services: ServiceContext, id: string): Promise<Result<User>> {
  const found = await findWithRecord(services, id)
  if (found.is === 'refused') return found
  const user = await corrected(services, found)
  return isGone(user) ? refuse({ is: 'user-not-found' }) : { ...done, ...user }
}

/** Deleted, and the directory has not deleted the person yet. */
const isGone = ({ account }: User): boolean => account !== null && isDeleted(account)

const cursorOf = (email: string): string => Buffer.from(email).toString('base64url')

export interface Listing {
  /** null: a machine client. */
  readonly actor: Person | null
  readonly query: z.input<typeof usersQuery>
}

/** People read in one step after the first, where a directory does not select by the filter. Count. */
const MANY = 200

/**
 * One page, ordered by email, of the people whom `actor` may look up; null: a machine client, all. The record decides the state of a factor
 * and of its codes, the person the rest: the directory only selects candidates, and is corrected where it differs. People are read until the
 * page is full.
 */
export async function listUsers(services: ServiceContext, { actor, query }: Listing): Promise<Result<Users>> {
  const given = checked(usersQuery.safeParse(query))
  if (given.is === 'refused') return given
  const { limit: size, cursor } = given.value
  const visible = actor && visibleGroups(actor, services.helpdeskGroups)
  const candidates = candidatesOf(services, given.value, visible)
  const users: User[] = []
  let after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  for (let step = size + 1, more = true; users.length <= size && more; step = Math.max(step, MANY)) {
    const people = await services.directory.list({ ...candidates, ...(after && { after }), limit: step })
    const wanted = people.filter((person) => isAmong(person, visible) && isWanted(person, given.value))
    const seen = await Promise.all(wanted.map((person) => withRecord(services, person)))
    users.push(...seen.filter((user) => hasState(services, user, given.value)))
    after = people.at(-1)?.email ?? after
    more = people.length >= step
  }
  const page = users.slice(0, size)
  return { ...done, users: page, next: users.length > size ? cursorOf(page.at(-1)?.person.email ?? '') : null }
}

/** Most users that are counted: the total of a long list is "1,000+". */
const MOST_COUNTED = 1000

export interface Total {
  readonly count: number
  /** There are more than these. */
  readonly isMore: boolean
}

/** How many match, as the directory says; null: it cannot say. */
export async function countUsers(services: ServiceContext, { actor, query }: Listing): Promise<Total | null> {
  const { data: given } = usersQuery.safeParse(query)
  const { directory } = services
  if (!given || !directory.count) return null
  if ((given.two_factor || given.backup_codes) && !directory.factorChanged) return null
  const visible = actor && visibleGroups(actor, services.helpdeskGroups)
  const count = await directory.count(candidatesOf(services, given, visible), MOST_COUNTED + 1)
  return { count: Math.min(count, MOST_COUNTED), isMore: count > MOST_COUNTED }
}

/** States of the second factor are asked of a directory that keeps them only: another one would have to answer with everybody. */
function candidatesOf(
  { directory }: ServiceContext,
  { search, status, two_factor: secondFactor, group, role, backup_codes: codes }: UsersQuery,
  visible: readonly string[] | null,
): Omit<PeopleQuery, 'limit' | 'after'> {
  return {
    ...(search && { search }),
    ...(status && { status }),
    ...(group && { group }),
    ...(role && { role }),
    ...(visible && { groups: visible }),
    ...(directory.factorChanged && {
      ...(secondFactor && { secondFactor }),
      ...(codes && { backupCodes: backupCodesOf[codes] }),
    }),
  }
}

const backupCodesOf = { none: ['none'], few: ['none', 'few'] } as const

const isWanted = ({ groups, roles: held }: Person, { group, role }: UsersQuery): boolean =>
  (group === undefined || groups.includes(group)) && (role === undefined || held.includes(role))

function hasState(
  services: ServiceContext,
  user: User,
  { two_factor: state, backup_codes: codes }: UsersQuery,
): boolean {
  const { account } = user
  if (isGone(user)) return false
  if (state && stateOf(services, account) !== state) return false
  return !codes || (account !== null && backupCodesOf[codes].some((each) => each === backupCodesState(account)))
}

const stateOf = (services: ServiceContext, account: Account | null): FactorState =>
  account ? factorState(account, services.rules) : 'none'

/** With the record; a directory that keeps another state of the factor, or of its codes, is corrected. */
async function withRecord(services: ServiceContext, person: Person): Promise<User> {
  return corrected(services, { person, account: await services.accounts.get(person.id) })
}

async function corrected(services: ServiceContext, user: User): Promise<User> {
  const { person, account } = user
  const codes = account ? backupCodesState(account) : 'enough'
  const isRight =
    person.secondFactor === stateOf(services, account) &&
    (person.backupCodes === undefined || person.backupCodes === codes)
  if (services.directory.factorChanged && !isRight)
    await services
      .notifyFactor(person.id)
      .catch((error: unknown) => services.onError(error, 'telling the directory of a factor'))
  return user
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
  return { ...ended, ...(account ? endedFactor(account) : { backupCodes: 0 }), proofs }
}

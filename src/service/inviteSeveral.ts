/** Invites a list of people: one step-up for all roles of the list, and an outcome for each person. */
import { z } from 'zod'
import { outsideRequest } from '../store/requestDeadline.ts'
import type { Acting } from './authority.ts'
import type { ServiceContext } from './context.ts'
import {
  createInvited,
  invitationRefusal,
  isTaken,
  mayInvite,
  rolesForbidden,
  rolesRefusal,
  userRequest,
} from './invitations.ts'
import { inviteOnce, invitedBefore, type Repeatable } from './invitedBefore.ts'
import { checked, done, refuse, type Refused, type Result } from './refusal.ts'
import type { StepUp } from './stepUp.ts'
import type { User } from './users.ts'

/** Longest list. Count: longer ones are imported. */
export const MOST_INVITED = 200

const listRequest = z.array(userRequest).min(1).max(MOST_INVITED)

export interface ListRequest extends Acting, StepUp {
  /** The same list of one person with the same key has one result and needs one step-up. */
  readonly key: string
  /** Each as `userRequest`. */
  readonly requests: readonly unknown[]
}

export type Invited = Result<User>

/** A refusal is of the whole list, and nobody was invited; else there is an outcome for each person, in order. */
export async function inviteSeveral(
  services: ServiceContext,
  action: ListRequest,
): Promise<Result<{ readonly outcomes: readonly Invited[] }>> {
  const given = checked(listRequest.safeParse(action.requests))
  if (given.is === 'refused') return given
  const people = given.value
  const withRoles = people.filter(({ roles }) => roles.length > 0).map(({ email, roles }) => [email, roles])
  const refused =
    withRoles.length > 0 ? await rolesRefusal(services, action, { key: action.key, what: withRoles }) : null
  if (refused && !(await isRepeated(services, action, people, refused))) return refused
  const outcomes: Invited[] = []
  // One after the other: the same email twice in a list is invited once, and the limit of emails is kept.
  for (const [index, person] of people.entries()) {
    const invite = (): Promise<Invited> => inviteOne(services, action, person, index)
    // The time of all depends on the list; an outage is found by the first.
    outcomes.push(await (outcomes.length === 0 ? invite() : outsideRequest(invite)))
  }
  return { ...done, outcomes }
}

/** What an invitation of each would come to, as far as it is known before it is sent. */
export type Foreseen = 'ready' | 'exists' | 'outside'

/** The list as `inviteSeveral` would take it, in order. Nothing is counted, stored or sent. */
export async function foreseeSeveral(
  services: ServiceContext,
  action: Acting & { readonly requests: readonly unknown[] },
): Promise<Result<{ readonly outcomes: readonly Foreseen[] }>> {
  if (!services.directory.create) return refuse({ is: 'not-supported' })
  const given = checked(listRequest.safeParse(action.requests))
  if (given.is === 'refused') return given
  const people = given.value
  const forbidden = people.some(({ roles }) => roles.length > 0) ? await rolesForbidden(services, action) : null
  if (forbidden) return forbidden
  const outcomes: Foreseen[] = []
  const before = new Set<string>()
  for (const { email, groups } of people) {
    const key = email.toLowerCase()
    if (!mayInvite(services, action.actor, groups)) outcomes.push('outside')
    else outcomes.push(before.has(key) || (await isTaken(services.directory, email)) ? 'exists' : 'ready')
    before.add(key)
  }
  return { ...done, outcomes }
}

type Request = z.output<typeof userRequest>

/** The same person twice in a list is two requests. */
const requestOf = ({ actor, key }: ListRequest, request: Request, index: number): Repeatable => ({
  actor,
  key,
  email: request.email,
  content: [index, request],
})

const inviteOne = async (
  services: ServiceContext,
  action: ListRequest,
  request: Request,
  index: number,
): Promise<Invited> =>
  inviteOnce(
    services,
    requestOf(action, request, index),
    async (id) => (await invitationRefusal(services, action, request)) ?? createInvited(services, action, request, id),
  )

/** Whether the key is used up by this very list: everybody with a role was invited by it. */
async function isRepeated(
  services: ServiceContext,
  action: ListRequest,
  people: readonly Request[],
  { refusal }: Refused,
): Promise<boolean> {
  if (refusal.is !== 'key-used') return false
  for (const [index, person] of people.entries())
    if (person.roles.length > 0 && !(await invitedBefore(services, requestOf(action, person, index)))) return false
  return true
}

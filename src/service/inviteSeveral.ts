/** Invites a list of people: one step-up for all roles of the list, and an outcome for each person. */
import { z } from 'zod'
import type { Person } from '../ports.ts'
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
import { checked, done, refuse, type Result } from './refusal.ts'
import type { StepUp } from './stepUp.ts'
import type { User } from './users.ts'

/** Longest list. Count: longer ones are imported. */
export const MOST_INVITED = 200

const listRequest = z.array(userRequest).min(1).max(MOST_INVITED)

export interface ListRequest extends Acting, StepUp {
  /** Requests of one person with the same key are one list with one step-up. */
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
  if (refused) return refused
  const outcomes: Invited[] = []
  // One after the other: the same email twice in a list is invited once, and the limit of emails is kept.
  for (const person of people) {
    const invite = (): Promise<Invited> => inviteOne(services, action, person)
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

async function inviteOne(
  services: ServiceContext,
  action: Acting & { readonly actor: Person },
  request: z.output<typeof userRequest>,
): Promise<Invited> {
  return (await invitationRefusal(services, action, request)) ?? createInvited(services, action, request)
}

/** Invites a list of people: one step-up for all roles of the list, and an outcome for each person. */
import { z } from 'zod'
import type { Person } from '../ports.ts'
import type { Acting } from './authority.ts'
import type { ServiceContext } from './context.ts'
import { createInvited, invitationRefusal, rolesRefusal, userRequest } from './invitations.ts'
import { checked, done, type Result } from './refusal.ts'
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
  for (const person of people) outcomes.push(await inviteOne(services, action, person))
  return { ...done, outcomes }
}

async function inviteOne(
  services: ServiceContext,
  action: Acting & { readonly actor: Person },
  request: z.output<typeof userRequest>,
): Promise<Invited> {
  return (await invitationRefusal(services, action, request)) ?? createInvited(services, action, request)
}

/**
 * An invitation that is sent twice has one result. The id of the invitation is derived from the acting person, the key and the whole content,
 * so that the record of the invited person tells a repetition from another request for the same email.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { authorityRefusal } from '../core/authority.ts'
import { purposeOf } from '../core/link.ts'
import { newId } from '../crypto/tokens.ts'
import { sameEmail } from '../email.ts'
import type { Directory, Person } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import { done, type Result } from './refusal.ts'
import type { User } from './users.ts'

export interface Repeatable {
  readonly actor: Person
  /** null: each request is another. */
  readonly key: string | null
  readonly email: string
  /** The whole request. */
  readonly content: readonly unknown[]
}

/** The result of the first of these requests. @param invite makes the account, and an invitation with this id */
export async function inviteOnce(
  services: ServiceContext,
  request: Repeatable,
  invite: (id: string) => Promise<Result<User>>,
): Promise<Result<User>> {
  const before = await invitedBefore(services, request)
  if (before) return before
  const result = await invite(idOf(services, request))
  // A concurrent request with the same content was first.
  const isTaken = result.is === 'refused' && result.refusal.is === 'email-taken'
  return (isTaken ? await invitedBefore(services, request) : null) ?? result
}

/** A key contains no space, so that no other act has this one. */
function idOf({ actOf }: ServiceContext, { actor, key, content }: Repeatable): string {
  if (key === null) return newId()
  const act = { does: 'invite', actorId: actor.id, target: actor.id, what: content } as const
  return actOf({ ...act, key: `${key} ${actOf({ ...act, key }).what}` }).id
}

/** A request creates the account first and its invitation next. Another one with the same content waits between the two. */
const WAIT_MILLISECONDS = 50
const MOST_WAITS = 20
/** Age of an account whose invitation may still be on its way. Seconds. */
const NEW_SECONDS = 5

/** The user whom this request has invited; null: it was not sent before, or the acting person may no longer act on that user. */
export async function invitedBefore(
  services: ServiceContext,
  request: Repeatable,
): Promise<(User & { readonly is: 'done' }) | null> {
  if (request.key === null) return null
  const id = idOf(services, request)
  for (let waits = 0; ; waits++) {
    const person = await takenBy(services.directory, request.email)
    if (!person || authorityRefusal({ actor: request.actor, target: person }, services.helpdeskGroups)) return null
    const account = await services.accounts.get(person.id)
    const invitations = account?.links.filter((link) => purposeOf(link) === 'invitation') ?? []
    if (invitations.some(({ resetId }) => resetId === id)) return { ...done, person, account }
    const isOnItsWay = invitations.length === 0 && services.clock.now() - person.createdAt < NEW_SECONDS
    if (!isOnItsWay || person.status !== 'pending' || waits === MOST_WAITS) return null
    await pause(WAIT_MILLISECONDS)
  }
}

/** The person with this email. */
export async function takenBy(directory: Directory, address: string): Promise<Person | null> {
  if (directory.findByEmail) return directory.findByEmail(address)
  return (await directory.list({ search: address, limit: 1 })).find(({ email }) => sameEmail(email, address)) ?? null
}

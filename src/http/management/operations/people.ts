/** Making accounts: whoever is invited completes theirs by the mailed link; until then it is pending and opens nothing. */
import { z } from 'zod'
import { newId } from '../../../crypto/tokens.ts'
import type { Directory, Person } from '../../../ports.ts'
import type { Desk } from '../../desk.ts'
import { ProblemError } from '../problem.ts'
import { valid } from '../valid.ts'
import { type Acting, type Asked, refusedAs, refuseRank, tell } from './acting.ts'
import { type StepUp, stepUp } from './stepUp.ts'
import { findPerson, type User } from './users.ts'

const email = z
  .string()
  .trim()
  .max(320)
  .regex(/^[^@\p{Cc}\p{Zl}\p{Zp}\s<>,;"]+@[^@\p{Cc}\p{Zl}\p{Zp}\s<>,;"]+$/u, 'must be an email address')

export const userRequest = z.strictObject({
  email,
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line'),
  roles: z
    .array(z.enum(['admin', 'helpdesk']))
    .max(2)
    .default([]),
  groups: z.array(z.string().trim().min(1).max(100)).max(50).default([]),
  /** Language of pages and letters, BCP 47. */
  locale: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'must be a language tag')
    .nullish(),
})

export interface InviteAsked extends Acting, StepUp {
  readonly request: z.input<typeof userRequest>
}

/** A pending account, and a letter with the link to complete it. With roles: by an administrator, with their own code. */
export async function inviteUser(desk: Desk, asked: InviteAsked): Promise<User> {
  const { by } = asked
  const { locale = null, ...request } = valid(userRequest, asked.request)
  const create = desk.directory.create?.bind(desk.directory)
  if (!create) throw new ProblemError(madeElsewhere)
  if (request.roles.length > 0) await mayGiveRoles(desk, asked, request.email)
  const person = await create({ ...request, locale, status: 'pending' })
  if (person === 'exists') throw new ProblemError(emailTaken)
  return invited(desk, person, by)
}

/** A new link; an earlier one is replaced. Only for somebody who has never completed their account. */
export async function inviteAgain(desk: Desk, asked: Asked): Promise<User> {
  const target = await findPerson(desk, asked.targetId)
  await refuseRank(desk, asked, target, 'account.invitation_refused')
  if (target.status === 'disabled') throw refusedAs(desk, { is: 'account-disabled' })
  if (target.status !== 'pending') throw refusedAs(desk, { is: 'already-enrolled' })
  return invited(desk, target, asked.by)
}

async function invited(desk: Desk, person: Person, by: Acting['by']): Promise<User> {
  const outcome = await desk.journey.invite(person.id, by)
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  return { person, account: outcome.account }
}

/** A stolen token must not make its thief an administrator: whoever gives a role proves anew that it is them. */
async function mayGiveRoles(desk: Desk, asked: InviteAsked, address: string): Promise<void> {
  const { actor, by } = asked
  if (!actor.roles.includes('admin')) {
    await tell(desk, 'account.invitation_refused', by, actor.id, 'rank')
    throw new ProblemError(rolesForbidden)
  }
  // Looked up before the code is burnt, so that a refusal wastes none.
  if (await isTaken(desk.directory, address)) throw new ProblemError(emailTaken)
  await stepUp(desk, asked, { id: newId(), target: actor.id, reason: 'invite' }, asked)
}

async function isTaken(directory: Directory, address: string): Promise<boolean> {
  const wanted = address.normalize('NFC').toLowerCase()
  return (await directory.list({ search: wanted, limit: 1 })).some((one) => one.email.toLowerCase() === wanted)
}

const emailTaken = { status: 409, code: 'email_taken', detail: 'There is an account with this email.' }
const rolesForbidden = { status: 403, code: 'forbidden_target', detail: 'Only an administrator gives roles.' }
const madeElsewhere = { status: 501, code: 'not_supported', detail: 'Accounts are made elsewhere.' }

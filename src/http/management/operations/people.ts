/** Making accounts: whoever is invited completes theirs by the mailed link; until then it is pending and opens nothing. */
import { z } from 'zod'
import { mayNotReset } from '../../../core/questions.ts'
import type { Directory, Person } from '../../../ports.ts'
import type { Desk } from '../../desk.ts'
import { ProblemError } from '../problem.ts'
import { valid } from '../valid.ts'
import { type Acting, type Asked, refusedAs, refuseRank, tell } from './acting.ts'
import { countMail } from './mails.ts'
import { idempotencyKey, type StepUp, stepUp, wasPaid } from './stepUp.ts'
import { findPerson, type User } from './users.ts'

/** Composed before it is judged, as it is kept: U+037E, for one, becomes a semicolon. */
const line = z.string().normalize('NFC').trim()
const oneLine = 'must be one line'

/** What can be said of a person, by whom they are made and by whom they are changed. */
export const personFields = {
  email: line
    .max(320)
    .regex(/^[^@\p{C}\p{Zl}\p{Zp}\s<>,;"]+@[^@\p{C}\p{Zl}\p{Zp}\s<>,;"]+$/u, 'must be an email address')
    .refine((email) => email.toLowerCase().length <= 320, 'too long'),
  name: line
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, oneLine),
  roles: z.array(z.enum(['admin', 'helpdesk'])).max(2),
  groups: z
    .array(
      line
        .min(1)
        .max(100)
        .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, oneLine),
    )
    .max(50),
  /** Language of pages and letters, BCP 47; null: the default of the service. */
  locale: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'must be a language tag')
    .nullable(),
}

export const userRequest = z.strictObject({
  ...personFields,
  roles: personFields.roles.default([]),
  groups: personFields.groups.default([]),
  locale: personFields.locale.optional(),
})

export interface InviteAsked extends Acting, StepUp {
  /** The same key of the same person pays once for the same account with roles. null or absent: each call is another. */
  readonly key?: string | null
  /** As `userRequest`. */
  readonly request: unknown
}

/** A pending account, and a letter with the link to complete it. With roles: by an administrator who proves anew that it is them. */
export async function inviteUser(desk: Desk, asked: InviteAsked): Promise<User> {
  const { by } = asked
  const key = valid(idempotencyKey, asked.key ?? null)
  const { locale = null, roles, ...request } = valid(userRequest, asked.request)
  const create = desk.directory.create?.bind(desk.directory)
  if (!create) throw new ProblemError(keptElsewhere)
  if (!mayInvite(desk, asked.actor, request.groups)) {
    await tell(desk, 'account.invitation_refused', by, asked.actor.id, 'rank')
    throw new ProblemError(notLookedAfter)
  }
  if (roles.length === 0 && (await isTaken(desk.directory, request.email))) throw new ProblemError(emailTaken)
  await countMail(desk, asked.actor)
  if (roles.length > 0) await mayGiveRoles(desk, asked, { key, email: request.email, roles })
  const account = { ...request, emailVerified: false, roles: [...new Set(roles)], locale, status: 'pending' } as const
  const person = await create(account)
  if (person === 'exists') throw new ProblemError(emailTaken)
  const told = roles.length > 0 ? rolesTold(person.roles) : null
  const noted = await desk.journey.noteChange(person.id, 'account.created', told, by)
  if (noted.is === 'refused') throw refusedAs(desk, noted.refusal)
  return invited(desk, person, by)
}

/** Helpdesk makes accounts only where it looks after them. */
export const mayInvite = ({ helpdeskGroups }: Desk, actor: Person, groups: readonly string[]): boolean =>
  mayNotReset(actor, { id: '', roles: [], groups }, helpdeskGroups) === null

/** A new link; an earlier one is replaced. Only for somebody who has never completed their account. */
export async function inviteAgain(desk: Desk, asked: Asked): Promise<User> {
  const target = await findPerson(desk, asked.targetId)
  await refuseRank(desk, asked, target, 'account.invitation_refused')
  if (target.status === 'disabled') throw refusedAs(desk, { is: 'account-disabled' })
  if (target.status !== 'pending') throw refusedAs(desk, { is: 'already-enrolled' })
  await countMail(desk, asked.actor)
  return invited(desk, target, asked.by)
}

async function invited(desk: Desk, person: Person, by: Acting['by']): Promise<User> {
  const outcome = await desk.journey.invite(person.id, by)
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  return { person, account: outcome.account }
}

/** A stolen token must not make its thief an administrator: whoever gives a role proves anew that it is them. */
async function mayGiveRoles(
  desk: Desk,
  asked: InviteAsked,
  { key, email, roles }: { readonly key: string | null; readonly email: string; readonly roles: readonly string[] },
): Promise<void> {
  const { actor, by } = asked
  const what = [email, roles]
  const act = desk.journey.actOf({ does: 'invite', actorId: actor.id, key, target: actor.id, what })
  const isPaid = key !== null && (await wasPaid(desk, actor, act))
  if (!actor.roles.includes('admin')) {
    await tell(desk, 'account.invitation_refused', by, actor.id, 'rank')
    throw new ProblemError(rolesForbidden)
  }
  // Looked up before the code is burnt, so that a refusal wastes none.
  if (await isTaken(desk.directory, email)) throw new ProblemError(emailTaken)
  if (!isPaid) await stepUp(desk, asked, act, asked)
}

/** For the audit. */
export const rolesTold = (roles: readonly string[]): string => `roles: ${roles.join(' ') || 'none'}`

export async function isTaken(directory: Directory, address: string): Promise<boolean> {
  if (directory.findByEmail) return (await directory.findByEmail(address)) !== null
  return (await directory.list({ search: address, limit: 1 })).some(({ email }) => sameEmail(email, address))
}

export const sameEmail = (one: string, other: string): boolean => comparable(one) === comparable(other)
const comparable = (email: string): string => email.normalize('NFC').toLowerCase()

export const emailTaken = { status: 409, code: 'email_taken', detail: 'There is an account with this email.' }
const rolesForbidden = { status: 403, code: 'forbidden_target', detail: 'Only an administrator gives roles.' }
const notLookedAfter = {
  status: 403,
  code: 'forbidden_target',
  detail: 'Your role does not allow to make accounts outside the groups you look after.',
}
export const keptElsewhere = { status: 501, code: 'not_supported', detail: 'Accounts are kept elsewhere.' }

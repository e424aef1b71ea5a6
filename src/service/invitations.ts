/** Making accounts: whoever is invited completes theirs by the mailed link; until then it is pending and opens nothing. */
import { z } from 'zod'
import { authorityRefusal } from '../core/authority.ts'
import type { Directory, Person } from '../ports.ts'
import type { Services } from '../http/context.ts'
import { ProblemError } from '../http/problem.ts'
import { valid } from '../http/api/valid.ts'
import { type Acting, type Action, refusedAs, refuseUnauthorised, appendAudit } from './authority.ts'
import { countMail } from '../http/management/operations/mails.ts'
import { idempotencyKey, type StepUp, stepUp, stepUpSatisfied } from './stepUp.ts'
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

export interface InvitationRequest extends Acting, StepUp {
  /** The same key of the same person pays once for the same account with roles. null or absent: each call is another. */
  readonly key?: string | null
  /** As `userRequest`. */
  readonly request: unknown
}

/** A pending account, and a letter with the link to complete it. With roles: by an administrator who proves anew that it is them. */
export async function inviteUser(services: Services, action: InvitationRequest): Promise<User> {
  const { by } = action
  const key = valid(idempotencyKey, action.key ?? null)
  const { locale = null, roles, ...request } = valid(userRequest, action.request)
  const create = services.directory.create?.bind(services.directory)
  if (!create) throw new ProblemError(keptElsewhere)
  if (!mayInvite(services, action.actor, request.groups)) {
    await appendAudit(services, 'account.invitation_refused', by, action.actor.id, 'authority')
    throw new ProblemError(notManaged)
  }
  if (roles.length === 0 && (await isTaken(services.directory, request.email))) throw new ProblemError(emailTaken)
  await countMail(services, action.actor)
  if (roles.length > 0) await mayGiveRoles(services, action, { key, email: request.email, roles })
  const account = { ...request, emailVerified: false, roles: [...new Set(roles)], locale, status: 'pending' } as const
  const person = await create(account)
  if (person === 'exists') throw new ProblemError(emailTaken)
  const audited = roles.length > 0 ? describeRoles(person.roles) : null
  const noted = await services.enrolments.noteChange(person.id, 'account.created', audited, by)
  if (noted.is === 'refused') throw refusedAs(services, noted.refusal)
  return invited(services, person, by)
}

/** Helpdesk makes accounts only where it looks after them. */
export const mayInvite = ({ helpdeskGroups }: Services, actor: Person, groups: readonly string[]): boolean =>
  authorityRefusal({ actor, target: { id: '', roles: [], groups } }, helpdeskGroups) === null

/** A new link; an earlier one is replaced. Only for somebody who has never completed their account. */
export async function inviteAgain(services: Services, action: Action): Promise<User> {
  const target = await findPerson(services, action.targetId)
  await refuseUnauthorised(services, action, target, 'account.invitation_refused')
  if (target.status === 'disabled') throw refusedAs(services, { is: 'account-disabled' })
  if (target.status !== 'pending') throw refusedAs(services, { is: 'already-enrolled' })
  await countMail(services, action.actor)
  return invited(services, target, action.by)
}

async function invited(services: Services, person: Person, by: Acting['by']): Promise<User> {
  const outcome = await services.enrolments.invite(person.id, by)
  if (outcome.is === 'refused') throw refusedAs(services, outcome.refusal)
  return { person, account: outcome.account }
}

/** A stolen token must not make its thief an administrator: whoever gives a role proves anew that it is them. */
async function mayGiveRoles(
  services: Services,
  action: InvitationRequest,
  { key, email, roles }: { readonly key: string | null; readonly email: string; readonly roles: readonly string[] },
): Promise<void> {
  const { actor, by } = action
  const what = [email, roles]
  const act = services.enrolments.actOf({ does: 'invite', actorId: actor.id, key, target: actor.id, what })
  const isSatisfied = key !== null && (await stepUpSatisfied(services, actor, act))
  if (!actor.roles.includes('admin')) {
    await appendAudit(services, 'account.invitation_refused', by, actor.id, 'authority')
    throw new ProblemError(rolesForbidden)
  }
  // Looked up before the code is burnt, so that a refusal wastes none.
  if (await isTaken(services.directory, email)) throw new ProblemError(emailTaken)
  if (!isSatisfied) await stepUp(services, action, act, action)
}

/** For the audit. */
export const describeRoles = (roles: readonly string[]): string => `roles: ${roles.join(' ') || 'none'}`

export async function isTaken(directory: Directory, address: string): Promise<boolean> {
  if (directory.findByEmail) return (await directory.findByEmail(address)) !== null
  return (await directory.list({ search: address, limit: 1 })).some(({ email }) => sameEmail(email, address))
}

export const sameEmail = (first: string, other: string): boolean => comparable(first) === comparable(other)
const comparable = (email: string): string => email.normalize('NFC').toLowerCase()

export const emailTaken = { status: 409, code: 'email_taken', detail: 'There is an account with this email.' }
const rolesForbidden = { status: 403, code: 'forbidden_target', detail: 'Only an administrator gives roles.' }
const notManaged = {
  status: 403,
  code: 'forbidden_target',
  detail: 'Your role does not allow to make accounts outside the groups you look after.',
}
export const keptElsewhere = { status: 501, code: 'not_supported', detail: 'Accounts are kept elsewhere.' }

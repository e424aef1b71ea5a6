/** Creates pending accounts. The invited person completes the account by the mailed link. */
import { z } from 'zod'
import { authorityRefusal } from '../core/authority.ts'
import { emailFault, givenEmail } from '../email.ts'
import { type Directory, type Person, roles as knownRoles } from '../ports.ts'
import { type Acting, type Action, auditRefusal, checkAuthority, refusedBy } from './authority.ts'
import type { ServiceContext } from './context.ts'
import { countMail } from './emailsPerHour.ts'
import { idempotencyKey, stepUpSatisfied } from './idempotencyKey.ts'
import { inviteOnce, takenBy } from './invitedBefore.ts'
import { checked, done, refuse, type Refused, type Result } from './refusal.ts'
import { nameFields, withNames } from './personNames.ts'
import { type StepUp, stepUp } from './stepUp.ts'
import { findPerson, type User } from './users.ts'

/** Normalised before it is validated, because NFC can produce forbidden characters: U+037E becomes a semicolon. */
const line = z.string().normalize('NFC').trim()
const oneLine = 'must be one line'

/** Fields of a new person and of a change. */
export const personFields = {
  email: z
    .string()
    .max(320)
    .check(({ value, issues }) => {
      const message = emailFault(value)
      if (message !== null) issues.push({ code: 'custom', message, input: value })
    })
    .overwrite((email) => givenEmail(email) ?? email),
  name: line
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, oneLine),
  ...nameFields,
  roles: z.array(z.enum(knownRoles)).max(knownRoles.length),
  groups: z
    .array(
      line
        .min(1)
        .max(100)
        .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, oneLine),
    )
    .max(50),
  /** Language of pages and emails, BCP 47; null: the default of the service. */
  locale: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'must be a language tag')
    .nullable(),
}

export const userRequest = z.strictObject({
  ...personFields,
  ...z.object(nameFields).partial().shape,
  roles: personFields.roles.default([]),
  groups: personFields.groups.default([]),
  locale: personFields.locale.optional(),
})

export interface InvitationRequest extends Acting, StepUp {
  /** The same request of one person with the same key has one result and needs one step-up. null or absent: each request is another. */
  readonly key?: string | null
  /** As `userRequest`. */
  readonly request: unknown
}

type UserRequest = z.output<typeof userRequest>

/** Creates a pending account and mails its invitation. Roles require an administrator and a step-up. */
export async function inviteUser(services: ServiceContext, action: InvitationRequest): Promise<Result<User>> {
  const key = checked(idempotencyKey.safeParse(action.key ?? null))
  if (key.is === 'refused') return key
  const given = checked(userRequest.safeParse(action.request))
  if (given.is === 'refused') return given
  const { email, roles } = given.value
  const request = { actor: action.actor, key: key.value, email, content: [given.value] }
  return inviteOnce(services, request, async (id) => {
    const refusal =
      (await invitationRefusal(services, action, given.value)) ??
      (roles.length > 0 ? await rolesRefusal(services, action, { key: key.value, what: [email, roles], email }) : null)
    return refusal ?? createInvited(services, action, given.value, id)
  })
}

/** Why this person cannot be invited. Counts the email. */
export async function invitationRefusal(
  services: ServiceContext,
  { actor, by }: Acting,
  { email, roles, groups }: UserRequest,
): Promise<Refused | null> {
  if (!services.directory.create) return refuse({ is: 'not-supported' })
  if (!mayInvite(services, actor, groups)) {
    await auditRefusal(services, by, { ...refusedInvitation(actor), reason: 'authority' })
    return refuse({ is: 'outside-groups' })
  }
  if (roles.length === 0 && (await isTaken(services.directory, email))) return refuse({ is: 'email-taken' })
  return countMail(services, actor)
}

/** The account of a person whom nothing refuses, and its email. `id`: of the invitation. */
export async function createInvited(
  services: ServiceContext,
  { by }: Acting,
  given: UserRequest,
  id: string,
): Promise<Result<User>> {
  const { locale = null, roles, ...request } = withNames(given)
  const account = { ...request, emailVerified: false, roles: [...new Set(roles)], locale, status: 'pending' } as const
  const person = (await services.directory.create?.(account)) ?? 'exists'
  if (person === 'exists') return refuse({ is: 'email-taken' })
  const audited = roles.length > 0 ? describeRoles(person.roles) : null
  const noted = await services.accountChanges.noteChange(person.id, 'account.created', audited, by)
  return refusedBy(noted) ?? invited(services, person, by, id)
}

const refusedInvitation = ({ id }: Person) => ({ type: 'account.invitation_refused', target: id }) as const

/** Helpdesk creates accounts only in its own groups. */
export const mayInvite = (
  { helpdeskGroups }: Pick<ServiceContext, 'helpdeskGroups'>,
  actor: Person,
  groups: readonly string[],
): boolean => authorityRefusal({ actor, target: { id: '', roles: [], groups } }, helpdeskGroups) === null

/** Mails a new link in place of the earlier one, to a pending account only. */
export async function inviteAgain(services: ServiceContext, action: Action): Promise<Result<User>> {
  const found = await findPerson(services, action.targetId)
  if (found.is === 'refused') return found
  const target = found.person
  const forbidden = await checkAuthority(services, action, target, 'account.invitation_refused')
  if (forbidden) return forbidden
  if (target.status === 'disabled') return refuse({ is: 'account-disabled' })
  if (target.status !== 'pending') return refuse({ is: 'already-enrolled' })
  return (await countMail(services, action.actor)) ?? invited(services, target, action.by)
}

async function invited(services: ServiceContext, person: Person, by: Acting['by'], id?: string): Promise<Result<User>> {
  const outcome = await services.links.invite(person.id, by, id)
  return refusedBy(outcome) ?? { ...done, person, account: outcome.account }
}

/** A stolen token must not create an administrator, so that a role requires a step-up. `what`: everybody who gets one, with it. */
export async function rolesRefusal(
  services: ServiceContext,
  action: Acting & StepUp,
  {
    key,
    what,
    email = null,
  }: { readonly key: string | null; readonly what: readonly unknown[]; readonly email?: string | null },
): Promise<Refused | null> {
  const { actor } = action
  const act = services.actOf({ does: 'invite', actorId: actor.id, key, target: actor.id, what })
  const known = key === null ? null : await stepUpSatisfied(services, actor, act)
  if (known?.is === 'refused') return known
  const forbidden = await rolesForbidden(services, action)
  if (forbidden) return forbidden
  // Before the step-up, so that a refusal uses up no code.
  if (email !== null && (await isTaken(services.directory, email))) return refuse({ is: 'email-taken' })
  return known?.isSatisfied ? null : stepUp(services, action, act, action)
}

/** Only an administrator gives roles. */
export async function rolesForbidden(services: ServiceContext, { actor, by }: Acting): Promise<Refused | null> {
  if (actor.roles.includes('admin')) return null
  await auditRefusal(services, by, { ...refusedInvitation(actor), reason: 'authority' })
  return refuse({ is: 'roles-need-administrator' })
}

/** For the audit. */
export const describeRoles = (roles: readonly string[]): string => `roles: ${roles.join(' ') || 'none'}`

export const isTaken = async (directory: Directory, address: string): Promise<boolean> =>
  (await takenBy(directory, address)) !== null

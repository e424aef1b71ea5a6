/**
 * Changes what the directory keeps of a user. Helpdesk changes name, language and groups of users without a role. Roles, status and email
 * (`guarded`) require an administrator and a step-up. No person changes themselves, so that an administrator always remains.
 */
import { z } from 'zod'
import type { ActRequest } from '../core/command.ts'
import { emailKey, sameEmail } from '../email.ts'
import type { NotedType } from '../core/effect.ts'
import { accountStatuses, type Person, type PersonChanges } from '../ports.ts'
import { type Action, auditRefusal, checkAuthority, refusedBy } from './authority.ts'
import type { ActOf } from './act.ts'
import type { ServiceContext } from './context.ts'
import { idempotencyKey, stepUpSatisfied } from './idempotencyKey.ts'
import { describeRoles, isTaken, personFields } from './invitations.ts'
import { withNames } from './personNames.ts'
import { checked, done, refuse, type Refused, type Result } from './refusal.ts'
import { type StepUp, stepUp } from './stepUp.ts'
import { findPerson, type User } from './users.ts'

/** Fields that are absent do not change. */
export const changeFields = z
  .strictObject({ ...personFields, status: z.enum(accountStatuses).exclude(['pending']) })
  .partial()
export const namesSomething = (wanted: object): boolean =>
  Object.keys(changeFields.shape).some((name) => name in wanted)
const changeRequest = changeFields.refine(
  namesSomething,
  `name at least one of ${Object.keys(changeFields.shape).join(', ')}`,
)
type Wanted = z.output<typeof changeFields>

const guarded = ['roles', 'status', 'email'] as const

export interface ChangeRequest extends Action, StepUp {
  /** Requests of one person with the same key are one change with one step-up. null: each request is another. */
  readonly key: string | null
  /** Some of `changeFields`. */
  readonly request: unknown
}

export async function changeUser(services: ServiceContext, action: ChangeRequest): Promise<Result<User>> {
  const change = await checkChange(services, action)
  if (change.is === 'refused') return change
  const refused = change.takesStepUp ? await stepUp(services, action, change.act, action) : null
  return refused ?? apply(services, action, change)
}

interface Change {
  readonly target: Person
  readonly wanted: Wanted
  readonly act: ActRequest
  readonly takesStepUp: boolean
}

/** What a step-up for this change proves. */
export const changeAct = (
  { actOf }: Pick<ServiceContext, 'actOf'>,
  act: Omit<ActOf, 'does' | 'what'>,
  request: unknown,
): ActRequest => actOf({ ...act, does: 'change', what: [changeRequest.safeParse(request).data ?? null] })

/** All refusals that precede the step-up, else the change. It changes nothing. */
export async function checkChange(
  services: ServiceContext,
  action: Omit<ChangeRequest, keyof StepUp>,
): Promise<Result<Change>> {
  const { actor, request } = action
  const found = await findPerson(services, action.targetId)
  if (found.is === 'refused') return found
  const target = found.person
  const key = checked(idempotencyKey.safeParse(action.key))
  if (key.is === 'refused') return key
  const parsed = changeRequest.safeParse(request)
  const act = changeAct(services, { actorId: actor.id, key: key.value, target: target.id }, request)
  const known = key.value === null ? null : await stepUpSatisfied(services, actor, act)
  if (known?.is === 'refused') return known
  const forbidden = await checkAuthority(services, action, target, 'account.change_refused')
  if (forbidden) return forbidden
  if (!services.directory.change) return refuse({ is: 'not-supported' })
  const given = checked(parsed)
  if (given.is === 'refused') return given
  const { email, ...others } = given.value
  // Programs send back what they have read, browsers in another spelling.
  const wanted: Wanted = email === undefined || sameEmail(email, target.email) ? others : given.value
  const isGuarded = guarded.some((name) => wanted[name] !== undefined)
  const refused = isGuarded ? await guardedRefusal(services, action, target, wanted) : null
  return refused ?? { ...done, target, wanted, act, takesStepUp: isGuarded && !known?.isSatisfied }
}

async function guardedRefusal(
  services: ServiceContext,
  { actor, by }: Omit<Action, 'targetId'>,
  target: Person,
  { status, email }: Wanted,
): Promise<Refused | null> {
  if (!actor.roles.includes('admin')) {
    const line = { type: 'account.change_refused', target: target.id, reason: 'authority' } as const
    await auditRefusal(services, by, line)
    return refuse({ is: 'change-needs-administrator' })
  }
  // An active account without a password and a second factor could be neither used nor invited.
  if (status !== undefined && target.status === 'pending') return refuse({ is: 'stays-pending' })
  const account = await services.accounts.get(target.id)
  if (account?.factor.is === 'lost') return refuse({ is: 'record-lost' })
  return email !== undefined && (await isTaken(services.directory, email)) ? refuse({ is: 'email-taken' }) : null
}

/**
 * Audits, then changes the directory, then ends sessions and links. A retry after a crash finds the difference, and audits it again, or
 * ends the sessions of a disabled account again.
 */
async function apply(
  services: ServiceContext,
  { by, targetId: id }: ChangeRequest,
  { target, wanted }: Change,
): Promise<Result<User>> {
  const changes = differences(target, wanted)
  const { email } = changes
  const refused = await noteChanges(services, id, { changes, from: target.email, by })
  if (refused) return refused
  const kept = email === undefined ? changes : { ...changes, emailVerified: false }
  const person = Object.keys(kept).length === 0 ? target : await services.directory.change?.(id, kept)
  if (person === 'exists') return refuse({ is: 'email-taken' })
  if (!person) return refuse({ is: 'user-not-found' })

  // After the directory has changed, so that a sign-in of before has an older epoch. Repeated at every request, since a process may
  // have stopped before this line.
  if (wanted.status === 'disabled') {
    const over = refusedBy(await services.signIns.endSessions(id, 'disabled', by))
    if (over) return over
  }
  const account = await services.accounts.get(id)
  if (email === undefined || !account?.links.some(({ state }) => state.is === 'live'))
    return { ...done, person, account }
  // A link that was requested before the change was mailed to the old address.
  const outcome = await services.accountChanges.changeEmail(id, target.email, by)
  return refusedBy(outcome) ?? { ...done, person, account: outcome.account }
}

interface Noted {
  readonly changes: PersonChanges
  /** The email before. */
  readonly from: string
  readonly by: Action['by']
}

async function noteChanges(
  services: ServiceContext,
  id: string,
  { changes, from, by }: Noted,
): Promise<Refused | null> {
  const { accountChanges } = services
  const note = async (type: NotedType, reason: string | null): Promise<Refused | null> =>
    refusedBy(await accountChanges.noteChange(id, type, reason, by))
  const what = described(changes)
  return (
    (changes.email === undefined ? null : refusedBy(await accountChanges.changeEmail(id, from, by))) ??
    (what === '' ? null : await note('account.changed', what)) ??
    (changes.status === 'active' ? await note('account.enabled', null) : null)
  )
}

function differences(person: Person, wanted: Wanted): PersonChanges {
  const named = withNames(wanted)
  const isOther = ([name, value]: [string, unknown]): boolean => {
    const canonical = canonicalForms[name as keyof Named] as (of: unknown) => unknown
    return canonical(value) !== canonical(person[name as keyof Named])
  }
  const roles = wanted.roles && { roles: [...new Set(wanted.roles)].sort() }
  return Object.fromEntries(Object.entries({ ...named, ...roles }).filter(isOther)) as PersonChanges
}

type Named = ReturnType<typeof withNames<Wanted>>

const setOf = (items: readonly string[]): string => JSON.stringify([...new Set(items)].sort())
const lineOf = (name: string | null | undefined): string | null => name?.trim().normalize('NFC') ?? null

/** Another spelling of the same value is no change. */
const canonicalForms: { readonly [K in keyof Required<Named>]: (value: Person[K]) => unknown } = {
  email: emailKey,
  name: lineOf,
  givenName: lineOf,
  familyName: lineOf,
  preferredUsername: lineOf,
  locale: (locale) => locale?.toLowerCase() ?? null,
  roles: setOf,
  groups: setOf,
  status: (status) => status,
}

/** For the audit: the fields, and the values of roles and status. The audit keeps no names; an email has its own line. */
function described({ email: _, status, roles, ...rest }: PersonChanges): string {
  const words = [
    ...Object.keys(rest),
    roles ? describeRoles(roles) : '',
    status === 'disabled' ? `status: ${status}` : '',
  ]
  return words.filter((word) => word !== '').join(', ')
}

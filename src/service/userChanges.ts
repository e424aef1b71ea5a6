/**
 * Changing what the directory keeps of people, for whoever presents it. Helpdesk looks after name, language and groups of those below
 * them. What moves power, letters or the way in (`guarded`) is an administrator's, and paid for as a reset is: no refusal wastes
 * the code. Nobody changes themselves, so whoever takes a role away or disables somebody is an administrator afterwards too, unless the other does the
 * same to them in that moment.
 */
import { z } from 'zod'
import type { NotedType } from '../core/effect.ts'
import type { Outcome } from '../accounts/accounts.ts'
import type { Person, PersonChanges } from '../ports.ts'
import type { Services } from '../http/context.ts'
import { ProblemError } from '../http/problem.ts'
import { orInvalid, valid } from '../http/api/valid.ts'
import { type Action, refusedAs, refuseUnauthorised, appendAudit } from './authority.ts'
import { emailTaken, isTaken, keptElsewhere, personFields, describeRoles, sameEmail } from './invitations.ts'
import { idempotencyKey, type StepUp, stepUp, stepUpSatisfied } from './stepUp.ts'
import { findPerson, type User } from './users.ts'

/** Any of them; what is not named stays. */
export const changeFields = z.strictObject({ ...personFields, status: z.enum(['active', 'disabled']) }).partial()
export const namesSomething = (wanted: object): boolean =>
  Object.keys(changeFields.shape).some((name) => name in wanted)
const changeRequest = changeFields.refine(
  namesSomething,
  `name at least one of ${Object.keys(changeFields.shape).join(', ')}`,
)
type Wanted = z.output<typeof changeFields>

const guarded = ['roles', 'status', 'email'] as const

export interface ChangeRequest extends Action, StepUp {
  /** The same key of the same person is the same change, paid for once. null: each call is another. */
  readonly key: string | null
  /** Some of `changeFields`. */
  readonly request: unknown
}

export async function changeUser(services: Services, action: ChangeRequest): Promise<User> {
  const { target, wanted, act, takesStepUp } = await checkChange(services, action)
  if (takesStepUp) await stepUp(services, action, act, action)
  return carryOut(services, action, target, wanted)
}

/** Every refusal there is before a code is asked for; else what is to be done. Changes nothing. */
export async function checkChange(services: Services, action: Omit<ChangeRequest, keyof StepUp>) {
  const { actor, by, request } = action
  const target = await findPerson(services, action.targetId)
  const key = valid(idempotencyKey, action.key)
  const given = changeRequest.safeParse(request)
  const what = [given.data ?? null]
  const act = services.enrolments.actOf({ does: 'change', actorId: actor.id, key, target: target.id, what })
  const isSatisfied = key !== null && (await stepUpSatisfied(services, actor, act))
  await refuseUnauthorised(services, action, target, 'account.change_refused')
  if (!services.directory.change) throw new ProblemError(keptElsewhere)
  const wanted = orInvalid(given)
  const isGuarded = guarded.some((name) => wanted[name] !== undefined)
  if (isGuarded) {
    if (!actor.roles.includes('admin')) {
      await appendAudit(services, 'account.change_refused', by, target.id, 'authority')
      throw new ProblemError(administratorsOnly)
    }
    await refuseState(services, target, wanted)
  }
  return { target, wanted, act, takesStepUp: isGuarded && !isSatisfied }
}

async function refuseState(services: Services, target: Person, { status, email }: Wanted): Promise<void> {
  // Active without a password and a second factor would be an account nobody has and nobody can be invited to.
  if (status !== undefined && target.status === 'pending') throw new ProblemError(remainsPending)
  const account = await services.accounts.get(target.id)
  if (account?.factor.is === 'lost') throw refusedAs(services, { is: 'record-lost' })
  if (email !== undefined && !sameEmail(email, target.email) && (await isTaken(services.directory, email)))
    throw new ProblemError(emailTaken)
}

/**
 * Told, then done, then whatever was open is shut: the intention stands in the audit before the directory changes, and a retry after a
 * crash at any point finds either the difference or, of a disabled account, sessions to end once more.
 */
async function carryOut(
  services: Services,
  { by, targetId: id }: ChangeRequest,
  target: Person,
  wanted: Wanted,
): Promise<User> {
  const changes = differences(target, wanted)
  const { email, status } = changes
  const accepted = (outcome: Outcome): Outcome => {
    if (outcome.is === 'refused') throw refusedAs(services, outcome.refusal)
    return outcome
  }
  const note = async (type: NotedType, reason: string | null) =>
    accepted(await services.enrolments.noteChange(id, type, reason, by))

  if (email !== undefined) accepted(await services.enrolments.changeEmail(id, target.email, by))
  const what = described(changes)
  if (what !== '') await note('account.changed', what)
  if (status === 'active') await note('account.enabled', null)
  const kept = email === undefined ? changes : { ...changes, emailVerified: false }
  const person = Object.keys(kept).length === 0 ? target : await services.directory.change?.(id, kept)
  if (person === 'exists') throw new ProblemError(emailTaken)
  if (!person) throw new ProblemError(gone)

  // The door first, then the room: whoever was let in before the directory said no holds an older epoch than this one. Named, it is
  // done whatever the directory said before: the process that shut the door may have died on the way here.
  if (wanted.status === 'disabled') accepted(await services.enrolments.endSessions(id, 'disabled', by))
  let account = await services.accounts.get(id)
  // A link that somebody asked for while the old address still stood there was mailed to it.
  if (email !== undefined && account?.links.some(({ state }) => state.is === 'live'))
    account = accepted(await services.enrolments.changeEmail(id, target.email, by)).account
  return { person, account }
}

/** What is to be another than it is. */
function differences(person: Person, wanted: Wanted): PersonChanges {
  const { email, roles, ...rest } = wanted
  const all = {
    ...rest,
    ...(roles && { roles: [...new Set(roles)].sort() }),
    ...(email !== undefined && !sameEmail(email, person.email) && { email }),
  }
  const isOther = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(person[name as keyof Person])
  return Object.fromEntries(Object.entries(all).filter(isOther)) as PersonChanges
}

/** For the audit: which fields, and of roles and status which ones. What people are called stands in no audit. An email has a line of its own. */
function described({ email: _, status, roles, ...rest }: PersonChanges): string {
  const words = [
    ...Object.keys(rest),
    roles ? describeRoles(roles) : '',
    status === 'disabled' ? `status: ${status}` : '',
  ]
  return words.filter((word) => word !== '').join(', ')
}

const administratorsOnly = {
  status: 403,
  code: 'forbidden_target',
  detail: 'Only an administrator changes roles, status and email.',
}
const remainsPending = {
  status: 409,
  code: 'setup_incomplete',
  detail: 'The account set-up was never completed: until then the account stays pending.',
}
const gone = { status: 404, code: 'user_not_found', detail: 'There is no such user.' }

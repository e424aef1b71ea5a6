/**
 * Changing what the directory keeps of people, for whoever presents it. Helpdesk looks after name, language and groups of those below
 * them. What moves power, letters or the way in (`guarded`) is an administrator's, and paid for as a reset is: no refusal wastes
 * the code. Nobody changes themselves, so whoever takes a role away or disables somebody is an administrator afterwards too, unless the other does the
 * same to them in that moment.
 */
import { z } from 'zod'
import type { NotedType } from '../../../core/vocabulary.ts'
import type { Outcome } from '../../../perform.ts'
import type { Person, PersonChanges } from '../../../ports.ts'
import type { Desk } from '../../desk.ts'
import { ProblemError } from '../problem.ts'
import { orInvalid, valid } from '../valid.ts'
import { type Asked, refusedAs, refuseRank, tell } from './acting.ts'
import { emailTaken, isTaken, keptElsewhere, personFields, rolesTold, sameEmail } from './people.ts'
import { idempotencyKey, type StepUp, stepUp, wasPaid } from './stepUp.ts'
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

export interface ChangeAsked extends Asked, StepUp {
  /** The same key of the same person is the same change, paid for once. null: each call is another. */
  readonly key: string | null
  /** Some of `changeFields`. */
  readonly request: unknown
}

export async function changeUser(desk: Desk, asked: ChangeAsked): Promise<User> {
  const { target, wanted, act, takesStepUp } = await checkChange(desk, asked)
  if (takesStepUp) await stepUp(desk, asked, act, asked)
  return carryOut(desk, asked, target, wanted)
}

/** Every refusal there is before a code is asked for; else what is to be done. Changes nothing. */
export async function checkChange(desk: Desk, asked: Omit<ChangeAsked, keyof StepUp>) {
  const { actor, by, request } = asked
  const target = await findPerson(desk, asked.targetId)
  const key = valid(idempotencyKey, asked.key)
  const given = changeRequest.safeParse(request)
  const what = [given.data ?? null]
  const act = desk.journey.actOf({ does: 'change', actorId: actor.id, key, target: target.id, what })
  const isPaid = key !== null && (await wasPaid(desk, actor, act))
  await refuseRank(desk, asked, target, 'account.change_refused')
  if (!desk.directory.change) throw new ProblemError(keptElsewhere)
  const wanted = orInvalid(given)
  const isGuarded = guarded.some((name) => wanted[name] !== undefined)
  if (isGuarded) {
    if (!actor.roles.includes('admin')) {
      await tell(desk, 'account.change_refused', by, target.id, 'rank')
      throw new ProblemError(administratorsOnly)
    }
    await refuseState(desk, target, wanted)
  }
  return { target, wanted, act, takesStepUp: isGuarded && !isPaid }
}

async function refuseState(desk: Desk, target: Person, { status, email }: Wanted): Promise<void> {
  // Active without a password and a second factor would be an account nobody has and nobody can be invited to.
  if (status !== undefined && target.status === 'pending') throw new ProblemError(staysPending)
  const account = await desk.corridor.look(target.id)
  if (account?.factor.is === 'lost') throw refusedAs(desk, { is: 'record-lost' })
  if (email !== undefined && !sameEmail(email, target.email) && (await isTaken(desk.directory, email)))
    throw new ProblemError(emailTaken)
}

/**
 * Told, then done, then whatever was open is shut: the intention stands in the audit before the directory changes, and a retry after a
 * crash at any point finds either the difference or, of a disabled account, sessions to end once more.
 */
async function carryOut(desk: Desk, { by, targetId: id }: ChangeAsked, target: Person, wanted: Wanted): Promise<User> {
  const changes = differences(target, wanted)
  const { email, status } = changes
  const accepted = (outcome: Outcome): Outcome => {
    if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
    return outcome
  }
  const note = async (type: NotedType, reason: string | null) =>
    accepted(await desk.journey.noteChange(id, type, reason, by))

  if (email !== undefined) accepted(await desk.journey.changeEmail(id, target.email, by))
  const what = described(changes)
  if (what !== '') await note('account.changed', what)
  if (status === 'active') await note('account.enabled', null)
  const kept = email === undefined ? changes : { ...changes, emailVerified: false }
  const person = Object.keys(kept).length === 0 ? target : await desk.directory.change?.(id, kept)
  if (person === 'exists') throw new ProblemError(emailTaken)
  if (!person) throw new ProblemError(gone)

  // The door first, then the room: whoever was let in before the directory said no holds an older epoch than this one. Named, it is
  // done whatever the directory said before: the process that shut the door may have died on the way here.
  if (wanted.status === 'disabled') accepted(await desk.journey.endSessions(id, 'disabled', by))
  let account = await desk.corridor.look(id)
  // A link that somebody asked for while the old address still stood there was mailed to it.
  if (email !== undefined && account?.links.some(({ fate }) => fate.is === 'live'))
    account = accepted(await desk.journey.changeEmail(id, target.email, by)).account
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
  const words = [...Object.keys(rest), roles ? rolesTold(roles) : '', status === 'disabled' ? `status: ${status}` : '']
  return words.filter((word) => word !== '').join(', ')
}

const administratorsOnly = {
  status: 403,
  code: 'forbidden_target',
  detail: 'Only an administrator changes roles, status and email.',
}
const staysPending = {
  status: 409,
  code: 'setup_incomplete',
  detail: 'The account set-up was never completed: until then the account stays pending.',
}
const gone = { status: 404, code: 'user_not_found', detail: 'There is no such user.' }

/**
 * Deletes a user for ever. Only administrators do, with a step-up, and not themselves, so that an administrator always remains. A retry with
 * the same key is answered even though the user is gone.
 */
import { z } from 'zod'
import type { ActRequest } from '../core/command.ts'
import { authorityRefusal } from '../core/authority.ts'
import { isDeleted } from '../core/questions.ts'
import { LONGEST_ID } from '../core/rules.ts'
import { actsExceeded, retryOf } from '../core/stepUp.ts'
import type { Person } from '../ports.ts'
import { type Action, auditRefusal, checkAuthority, refusedBy } from './authority.ts'
import type { ActOf } from './act.ts'
import type { ServiceContext } from './context.ts'
import { idempotencyKey } from './idempotencyKey.ts'
import { checked, done, refuse, type Refused, type Result } from './refusal.ts'
import { type StepUp, stepUp } from './stepUp.ts'
import { findUser } from './users.ts'

/** Nothing besides the step-up. */
export const deletionRequest = z.strictObject({})

export interface DeletionRequest extends Action, StepUp {
  /** Requests of one person with the same key are one deletion with one step-up. null: each request is another. */
  readonly key: string | null
  /** As `deletionRequest`. */
  readonly request: unknown
}

export async function deleteUser(services: ServiceContext, action: DeletionRequest): Promise<Result> {
  const deletion = await checkDeletion(services, action)
  if (deletion.is === 'refused') return deletion
  const { act, isStepUpDue, isOver } = deletion
  if (isOver) return done
  const refused = isStepUpDue ? await stepUp(services, action, act, action) : null
  return refused ?? refusedBy(await services.accountChanges.deleteAccount(action.targetId, action.by)) ?? done
}

/** Whether this person may delete that one, as far as it is known before the act. */
export const mayDelete = (
  { directory, helpdeskGroups }: Pick<ServiceContext, 'directory' | 'helpdeskGroups'>,
  actor: Person,
  target: Person,
): boolean =>
  directory.remove !== undefined &&
  actor.roles.includes('admin') &&
  authorityRefusal({ actor, target }, helpdeskGroups) === null

/** What a step-up for this deletion proves. */
export const deletionAct = ({ actOf }: Pick<ServiceContext, 'actOf'>, act: Omit<ActOf, 'does' | 'what'>): ActRequest =>
  actOf({ ...act, does: 'delete', what: [] })

interface Deletion {
  readonly act: ActRequest
  readonly isStepUpDue: boolean
  /** This request or one with its key has deleted the user. */
  readonly isOver: boolean
}

/** All refusals that precede the step-up. It changes nothing. */
async function checkDeletion(
  services: ServiceContext,
  action: Omit<DeletionRequest, keyof StepUp>,
): Promise<Result<Deletion>> {
  const { actor, targetId: target } = action
  const key = checked(idempotencyKey.safeParse(action.key))
  const given = checked(deletionRequest.safeParse(action.request))
  const act = deletionAct(services, { actorId: actor.id, key: keyOf(key), target })
  const [acting, account] = await Promise.all([services.accounts.get(actor.id), recordOf(services, target)])
  const retry = retryOf(acting, act, services.clock.now())
  if (retry !== 'none' && retry !== 'conflict' && account && isDeleted(account)) {
    await services.accounts.flush(target, 'remove-person')
    return { ...done, act, isStepUpDue: false, isOver: true }
  }

  const found = await findUser(services, target)
  if (found.is === 'refused') return found
  if (key.is === 'refused') return key
  if (retry === 'conflict') return refuse({ is: 'idempotency-conflict' })
  if (retry === 'late') return refuse({ is: 'key-used' })
  const forbidden = await forbiddenTarget(services, action, found.person)
  if (forbidden) return forbidden
  if (!services.directory.remove) return refuse({ is: 'not-supported' })
  const exceeded = acting && retry === 'none' ? actsExceeded(acting, services.clock.now(), services.rules) : null
  if (exceeded) return refuse(exceeded)
  return given.is === 'refused' ? given : { ...done, act, isStepUpDue: retry === 'none', isOver: false }
}

const keyOf = (key: Result<{ readonly value: string | null }>): string | null => (key.is === 'done' ? key.value : null)

const recordOf = ({ accounts }: ServiceContext, id: string) => (id.length <= LONGEST_ID ? accounts.get(id) : null)

async function forbiddenTarget(services: ServiceContext, action: Action, target: Person): Promise<Refused | null> {
  const forbidden = await checkAuthority(services, action, target, 'account.deletion_refused')
  if (forbidden || action.actor.roles.includes('admin')) return forbidden
  const line = { type: 'account.deletion_refused', target: target.id, reason: 'authority' } as const
  await auditRefusal(services, action.by, line)
  return refuse({ is: 'deletion-needs-administrator' })
}

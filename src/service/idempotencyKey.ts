/**
 * Retries of an act: a request with the same key needs no second step-up for some time. Another act, or another text, with that key is
 * refused. `act.ts` derives the id of an act from its key.
 */
import { z } from 'zod'
import type { ActRequest } from '../core/command.ts'
import { retryOf } from '../core/stepUp.ts'
import type { Person } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import { refuse, type Result } from './refusal.ts'

export const idempotencyKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .nullable()

/** Whether this act was stepped up for under the same key: the process stopped before it, or the answer was lost. */
export async function stepUpSatisfied(
  services: ServiceContext,
  actor: Person,
  act: ActRequest,
): Promise<Result<{ readonly isSatisfied: boolean }>> {
  const retry = retryOf(await services.accounts.get(actor.id), act, services.clock.now())
  return retry === 'conflict' || retry === 'late'
    ? refuse({ is: 'key-used' })
    : { is: 'done', isSatisfied: retry === 'valid' }
}

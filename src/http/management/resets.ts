/**
 * Resetting somebody's second factor. The order of checks is such that no refusal wastes the acting person's code:
 * token → scope → target → known retry → rank, self → state → caps → step-up → burn → act.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Account, Reset } from '../../core/account.ts'
import { mayNotReset } from '../../core/questions.ts'
import type { AuditType, Refusal } from '../../core/vocabulary.ts'
import { digest, newId } from '../../crypto/tokens.ts'
import type { Principal } from '../../oidc/bearer.ts'
import type { Outcome } from '../../perform.ts'
import type { Person } from '../../ports.ts'
import { callerOf, type Desk } from '../desk.ts'
import { readJson } from '../input.ts'
import { type Problem, ProblemError, problemOf, stepUpRequired } from './problem.ts'
import { shownReset } from './shown.ts'
import { json, targetOf, valid } from './users.ts'

const reason = z.string().trim().min(1).max(500).nullish()

const startBody = z.strictObject({ code: z.unknown().optional(), reason, seen: z.string().max(100).nullish() })
const revokeBody = z.strictObject({ freeze: z.boolean().default(false) })
const key = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')

export async function startReset(desk: Desk, ctx: Context, principal: Principal): Promise<void> {
  const actor = principal.person
  const target = await targetOf(desk, ctx)
  const header = ctx.get('idempotency-key')
  const idempotencyKey = header === '' ? null : valid(key, header)
  const body = valid(startBody, await readJson(ctx))
  const asked = {
    id: desk.journey.resetId(actor.id, idempotencyKey),
    target,
    reason: body.reason ?? null,
    // Not said at all means: whatever happened meanwhile, reset. null means: I have seen none.
    seen: 'seen' in body ? body.seen : undefined,
    by: callerOf(ctx, actor.id),
  }
  const act = { id: asked.id, target: target.id, reason: digest(asked.reason ?? '') }

  const [actorAccount, targetAccount] = await Promise.all([desk.corridor.look(actor.id), desk.corridor.look(target.id)])
  const known = actorAccount?.acts.find((one) => one.id === act.id)
  if (known) {
    if (known.target !== act.target || known.reason !== act.reason)
      throw refusedAs(desk, { is: 'idempotency-conflict' })
    const reset = targetAccount?.resets.find((one) => one.id === act.id)
    if (reset) return answerReset(desk, ctx, 201, target, reset)
    if (!targetAccount || !desk.journey.mayMend(known, targetAccount)) throw refusedAs(desk, { is: 'reset-finished' })
  }
  await refuseRank(desk, ctx, actor, target)
  if (!known) {
    if (desk.requireReason && asked.reason === null)
      throw new ProblemError({
        status: 422,
        code: 'invalid_request',
        detail: 'reason: say how you verified who asks',
        more: { errors: [{ path: 'reason', message: 'say how you verified who asks' }] },
      })
    const no = actorAccount && targetAccount && desk.journey.mayNotReset(actorAccount, targetAccount, asked)
    if (no) throw refusedAs(desk, no)
    await burn(desk, asked, actor, body.code)
  }
  const outcome = await desk.journey.startReset(asked)
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  const reset = outcome.account.resets.find((one) => one.id === asked.id)
  if (!reset) throw refusedAs(desk, { is: 'reset-not-found' })
  answerReset(desk, ctx, 201, target, reset)
}

type Asked = Parameters<Desk['journey']['startReset']>[0]

/** The acting person's own code, burnt for this one act on this one person. */
async function burn(desk: Desk, asked: Asked, actor: Person, code: unknown): Promise<void> {
  const { by, target } = asked
  if (code === undefined) {
    await tell(desk, 'step_up.refused', by, target.id, 'no-code')
    throw new ProblemError(stepUpRequired(desk, 'This needs your own authenticator code.'))
  }
  const outcome = await desk.journey.stepUp(actor.id, asked, code, by)
  if (outcome.is === 'unreadable') {
    await tell(desk, 'step_up.refused', by, target.id, `code-${outcome.why}`)
    const message = 'must be the 6 digits of your own authenticator'
    const more = { errors: [{ path: 'code', message }] }
    throw new ProblemError({ status: 422, code: 'invalid_request', detail: `code: ${message}`, more })
  }
  if (outcome.is === 'refused') {
    // Wrong and replayed codes are told to the audit by the record itself; these are not.
    const { refusal } = outcome
    if (refusal.is !== 'code-incorrect' && refusal.is !== 'code-replayed')
      await tell(desk, 'step_up.refused', by, target.id, refusal.is)
    throw refusedAs(desk, refusal)
  }
}

async function refuseRank(desk: Desk, ctx: Context, actor: Person, target: Person): Promise<void> {
  const no = mayNotReset(actor, target)
  if (!no) return
  await tell(desk, 'two_factor.reset.refused', callerOf(ctx, actor.id), target.id, no)
  const problems: { readonly [K in typeof no]: Problem } = {
    self: { status: 403, code: 'self_reset', detail: 'Nobody resets themselves: use your account page.' },
    rank: { status: 403, code: 'forbidden_target', detail: 'Your role does not allow to reset this person.' },
  }
  throw new ProblemError(problems[no])
}

async function tell(
  desk: Desk,
  type: AuditType,
  by: ReturnType<typeof callerOf>,
  target: string,
  why: string,
): Promise<void> {
  await desk.audit.append({ id: newId(), at: desk.clock.now(), type, target, outcome: 'refused', reason: why, ...by })
}

const refusedAs = (desk: Desk, refusal: Refusal): ProblemError => new ProblemError(problemOf(desk, refusal))

function answerReset(desk: Desk, ctx: Context, status: number, target: Person, reset: Reset): void {
  if (status === 201) ctx.set('Location', `${desk.managementResource}/users/${target.id}/two-factor/resets/${reset.id}`)
  json(ctx, status, shownReset(target.id, reset, desk.clock.now()))
}

async function resetsOf(desk: Desk, ctx: Context): Promise<{ target: Person; account: Account | null }> {
  const target = await targetOf(desk, ctx)
  return { target, account: await desk.corridor.look(target.id) }
}

export async function listResets(desk: Desk, ctx: Context): Promise<void> {
  const { target, account } = await resetsOf(desk, ctx)
  const now = desk.clock.now()
  json(ctx, 200, { items: (account?.resets ?? []).map((reset) => shownReset(target.id, reset, now)) })
}

const resetIdOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['rid'])

export async function showReset(desk: Desk, ctx: Context): Promise<void> {
  const { target, account } = await resetsOf(desk, ctx)
  const reset = account?.resets.find((one) => one.id === resetIdOf(ctx))
  if (!reset) throw refusedAs(desk, { is: 'reset-not-found' })
  answerReset(desk, ctx, 200, target, reset)
}

export async function resendMail(desk: Desk, ctx: Context, principal: Principal): Promise<void> {
  const target = await targetOf(desk, ctx)
  await refuseRank(desk, ctx, principal.person, target)
  const outcome = await desk.journey.resend(target.id, resetIdOf(ctx), callerOf(ctx, principal.person.id))
  answerChanged(desk, ctx, 202, target, outcome)
}

export async function revokeReset(desk: Desk, ctx: Context, principal: Principal): Promise<void> {
  const target = await targetOf(desk, ctx)
  const { freeze } = valid(revokeBody, await readJson(ctx))
  await refuseRank(desk, ctx, principal.person, target)
  const outcome = await desk.journey.revoke(target.id, resetIdOf(ctx), freeze, callerOf(ctx, principal.person.id))
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  ctx.status = 204
}

function answerChanged(desk: Desk, ctx: Context, status: number, target: Person, outcome: Outcome): void {
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  const reset = outcome.account.resets.find((one) => one.id === resetIdOf(ctx))
  if (!reset) throw refusedAs(desk, { is: 'reset-not-found' })
  answerReset(desk, ctx, status, target, reset)
}

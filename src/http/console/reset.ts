/**
 * The administrator's steps 2 to 5: what will end, **Reset 2FA**, their own code (stepUp.ts), done. Nothing of the rules stands here:
 * the operation is the one that API clients call.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import { passwordByEmailAt } from '../../core/proofs.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import { type ResetOf, resend, revoke, startReset } from '../../service/resets.ts'
import { findUser, previewReset, type User } from '../../service/users.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { notDone, outcomeOf, refusedPage } from './refusals.ts'
import { actingOf, goStepUp, type Guarded } from './stepUp.ts'
import { idOf, userPath, whyNot } from './users.ts'

const PATH = '/two-factor/reset'
/** As the operation's own limit. Characters. */
const LONGEST_REASON = 500

const requestSchema = z.object({ reason: z.string().nullable(), seen: z.string().nullable() })

export const guardedReset: Guarded<z.infer<typeof requestSchema>> = {
  path: PATH,
  beginPath: PATH,
  anchor: 'reset',
  request: requestSchema,
  shown: () => ({ what: 'reset', change: null }),
  async act(services, action) {
    const { reset } = await startReset(services, action)
    return { query: `reset=${reset.id}` }
  },
}

export async function showConfirm(services: Services, ctx: Context): Promise<void> {
  const webSession = webSessionOf(ctx)
  const user = await findUser(services, idOf(ctx))
  const refusal = await whyNot(services, webSession.person, user)
  if (refusal) return notDone(services, ctx, 409, user, { what: 'reset', ...refusal })
  await confirmPage(services, ctx, user, 200, {
    reason: '',
    seen: user.account?.resets[0]?.id ?? '',
    error: null,
  })
}

type Given = Pick<ConsolePages['confirm-reset'], 'reason' | 'seen' | 'error'>

async function confirmPage(
  services: Services,
  ctx: Context,
  { person, account }: User,
  status: number,
  given: Given,
): Promise<void> {
  const ends = await previewReset(services, person.id)
  const applications = await Promise.all(ends.clients.map(({ clientId }) => services.sessions.nameOf(clientId)))
  const page: ConsolePages['confirm-reset'] = {
    ...services.forms.to(ctx, `${userPath(person.id)}${PATH}`),
    ...given,
    person: person.name,
    email: person.email,
    ends: { ...ends, applications: [...new Set(applications)] },
    linkSeconds: services.rules.linkLifetimeSeconds,
    bothBecause: ends.proofs.because,
    passwordByEmailAt: account && passwordByEmailAt(account, services.clock.now()),
    isReasonRequired: services.requireReason,
    cancelHref: userPath(person.id),
  }
  answer(services, ctx, status, 'confirm-reset', page, webSessionFrame(services, ctx, webSessionOf(ctx)))
}

export async function confirm(services: Services, ctx: Context): Promise<void> {
  const { fields } = submitted(ctx)
  const user = await findUser(services, idOf(ctx))
  const reason = textOf(fields['reason']).trim()
  const seen = textOf(fields['seen'])
  const error =
    reason.length > LONGEST_REASON ? 'long-reason' : reason === '' && services.requireReason ? 'no-reason' : null
  if (error) return confirmPage(services, ctx, user, 422, { reason, seen, error })
  goStepUp(services, ctx, guardedReset, user.person.id, { reason: reason || null, seen: seen || null })
}

export async function resendMail(services: Services, ctx: Context): Promise<void> {
  await change(services, ctx, 'mail', (action) => resend(services, action))
}

export async function revokeReset(services: Services, ctx: Context): Promise<void> {
  const freeze = submitted(ctx).fields['freeze'] === 'yes'
  await change(services, ctx, freeze ? 'frozen' : 'revoked', (action) =>
    revoke(services, { ...action, request: { freeze } }),
  )
}

async function change(
  services: Services,
  ctx: Context,
  done: 'mail' | 'revoked' | 'frozen',
  act: (action: Parameters<typeof resend>[1]) => Promise<ResetOf>,
): Promise<void> {
  const user = await findUser(services, idOf(ctx))
  const { id } = user.person
  const resetId = String((ctx['params'] as Record<string, unknown>)['rid'])
  const outcome = await outcomeOf(act({ ...actingOf(ctx, webSessionOf(ctx), id), resetId }))
  if ('problem' in outcome) return refusedPage(services, ctx, user, 'reset', outcome.problem)
  seeOther(ctx, `${services.base}${userPath(id)}?done=${done}`)
}

/**
 * The administrator's steps 2 to 5: what will end, **Reset 2FA**, their own code (stepUp.ts), done. Nothing of the rules stands here:
 * the operation is the one that API clients call.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import { passwordByLetterAt } from '../../core/proofs.ts'
import { answer } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import { type ResetOf, resend, revoke, startReset } from '../management/operations/resets.ts'
import { findUser, previewReset, type User } from '../management/operations/users.ts'
import { to } from '../sign-in/progress.ts'
import { aroundVisit, visitOf } from '../visit.ts'
import type { ConsolePages } from './pages.ts'
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
  async act(desk, asked) {
    const { reset } = await startReset(desk, asked)
    return { query: `reset=${reset.id}` }
  },
}

export async function showConfirm(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const user = await findUser(desk, idOf(ctx))
  const no = await whyNot(desk, visit.person, user)
  if (no) return notDone(desk, forms, ctx, 409, user, { what: 'reset', ...no })
  await confirmPage(desk, forms, ctx, user, 200, { reason: '', seen: user.account?.resets[0]?.id ?? '', error: null })
}

type Given = Pick<ConsolePages['confirm-reset'], 'reason' | 'seen' | 'error'>

async function confirmPage(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { person, account }: User,
  status: number,
  given: Given,
): Promise<void> {
  const ends = await previewReset(desk, person.id)
  const applications = await Promise.all(ends.clients.map(({ clientId }) => desk.sessions.nameOf(clientId)))
  const page: ConsolePages['confirm-reset'] = {
    ...forms.to(ctx, `${userPath(person.id)}${PATH}`),
    ...given,
    person: person.name,
    email: person.email,
    ends: { ...ends, applications: [...new Set(applications)] },
    linkSeconds: desk.rules.linkLifetimeSeconds,
    bothBecause: ends.proofs.because,
    passwordByLetterAt: account && passwordByLetterAt(account, desk.clock.now()),
    isReasonRequired: desk.requireReason,
    cancelHref: userPath(person.id),
  }
  answer(desk, ctx, status, 'confirm-reset', page, aroundVisit(forms, ctx, visitOf(ctx)))
}

export async function confirm(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const { fields } = submitted(ctx)
  const user = await findUser(desk, idOf(ctx))
  const reason = textOf(fields['reason']).trim()
  const seen = textOf(fields['seen'])
  const error =
    reason.length > LONGEST_REASON ? 'long-reason' : reason === '' && desk.requireReason ? 'no-reason' : null
  if (error) return confirmPage(desk, forms, ctx, user, 422, { reason, seen, error })
  goStepUp(desk, ctx, guardedReset, user.person.id, { reason: reason || null, seen: seen || null })
}

export async function resendMail(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  await change(desk, forms, ctx, 'mail', (asked) => resend(desk, asked))
}

export async function revokeReset(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const freeze = submitted(ctx).fields['freeze'] === 'yes'
  await change(desk, forms, ctx, freeze ? 'frozen' : 'revoked', (asked) =>
    revoke(desk, { ...asked, request: { freeze } }),
  )
}

async function change(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  done: 'mail' | 'revoked' | 'frozen',
  act: (asked: Parameters<typeof resend>[1]) => Promise<ResetOf>,
): Promise<void> {
  const user = await findUser(desk, idOf(ctx))
  const { id } = user.person
  const resetId = String((ctx['params'] as Record<string, unknown>)['rid'])
  const outcome = await outcomeOf(act({ ...actingOf(ctx, visitOf(ctx), id), resetId }))
  if ('problem' in outcome) return refusedPage(desk, forms, ctx, user, 'reset', outcome.problem)
  to(ctx, `${desk.base}${userPath(id)}?done=${done}`)
}

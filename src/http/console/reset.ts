/**
 * The administrator's steps 2 to 5: what will end, **Reset 2FA**, their own code, done. Nothing is changed before the code, and
 * nothing of the rules stands here: the operation is the one that API clients call.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import { passwordByLetterAt } from '../../core/questions.ts'
import { answer } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import { type ResetOf, resend, revoke, startReset } from '../management/operations/resets.ts'
import { findUser, previewReset, type User } from '../management/operations/users.ts'
import { type Problem, ProblemError } from '../management/problem.ts'
import { isKey } from '../../words.ts'
import { to } from '../sign-in/progress.ts'
import { aroundVisit, type Visit, visitOf } from '../visit.ts'
import { namesOf } from './names.ts'
import type { ConsolePages } from './pages.ts'
import { idOf, userPath, whyNot } from './users.ts'

/** What was confirmed and waits for a code: sealed, of this visit and this person only. Its key makes a second sending the same reset. */
const actSchema = z.object({
  key: z.string(),
  reason: z.string().nullable(),
  seen: z.string().nullable(),
  until: z.number(),
})
type Act = z.infer<typeof actSchema>

/** From **Reset 2FA** to the code. Seconds. */
const ACT_SECONDS = 300
/** As the operation's own limit. Characters. */
const LONGEST_REASON = 500

const actContext = ({ session }: Visit, targetId: string): string => `act|${session.uid}|${targetId}`

function openAct(desk: Desk, visit: Visit, targetId: string, sealed: string): Act | null {
  const text = desk.sealing.tryOpen(sealed, actContext(visit, targetId))
  const act = text === null ? null : actSchema.parse(JSON.parse(text))
  return act && desk.clock.now() < act.until ? act : null
}

const confirmPath = (id: string): string => `${userPath(id)}/two-factor/reset`
const stepUpPath = (id: string): string => `${confirmPath(id)}/step-up`

export async function showConfirm(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const user = await findUser(desk, idOf(ctx))
  const no = whyNot(desk, visit.person, user)
  if (no) return notDone(desk, forms, ctx, 409, user, { why: no })
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
    ...forms.to(ctx, confirmPath(person.id)),
    ...given,
    person: person.name,
    email: person.email,
    ends: { ...ends, applications: [...new Set(applications)] },
    linkSeconds: desk.rules.linkLifetimeSeconds,
    passwordByLetterAt: account && passwordByLetterAt(account, desk.clock.now()),
    isReasonRequired: desk.requireReason,
    cancelHref: userPath(person.id),
  }
  answer(desk, ctx, status, 'confirm-reset', page, aroundVisit(forms, ctx, visitOf(ctx)))
}

/** Nothing happens yet: what was confirmed is sealed into the address of the next page. */
export async function confirm(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const { fields, form } = submitted(ctx)
  const user = await findUser(desk, idOf(ctx))
  const reason = textOf(fields['reason']).trim()
  const seen = textOf(fields['seen'])
  const error =
    reason.length > LONGEST_REASON ? 'long-reason' : reason === '' && desk.requireReason ? 'no-reason' : null
  if (error) return confirmPage(desk, forms, ctx, user, 422, { reason, seen, error })
  const act: Act = { key: form, reason: reason || null, seen: seen || null, until: desk.clock.now() + ACT_SECONDS }
  const sealed = desk.sealing.seal(JSON.stringify(act), actContext(visit, user.person.id))
  to(ctx, `${desk.base}${stepUpPath(user.person.id)}?act=${encodeURIComponent(sealed)}`)
}

export async function showStepUp(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const user = await findUser(desk, idOf(ctx))
  const sealed = textOf(ctx.query['act'])
  if (!openAct(desk, visitOf(ctx), user.person.id, sealed)) return to(ctx, desk.base + confirmPath(user.person.id))
  stepUpPage(desk, forms, ctx, user, 200, sealed, null)
}

function stepUpPage(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { person }: User,
  status: number,
  act: string,
  error: ConsolePages['step-up']['error'],
): void {
  const visit = visitOf(ctx)
  const form = forms.to(ctx, stepUpPath(person.id))
  const { name, email } = person
  const page = { ...form, person: name, email, self: visit.person.name, act, error, ourTime: null }
  answer(desk, ctx, status, 'step-up', { ...page, cancelHref: userPath(person.id) }, aroundVisit(forms, ctx, visit))
}

export async function doReset(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const { fields } = submitted(ctx)
  const user = await findUser(desk, idOf(ctx))
  const { id } = user.person
  const sealed = textOf(fields['act'])
  const act = openAct(desk, visit, id, sealed)
  if (!act) return to(ctx, desk.base + confirmPath(id))
  const code = fields['code'] ?? ''
  const again = (error: ConsolePages['step-up']['error']): void =>
    stepUpPage(desk, forms, ctx, user, 422, sealed, error)
  const { reason, seen, key } = act
  const asked = { ...actingOf(ctx, visit, id), key, request: { reason, seen }, code }
  const done = await outcomeOf(startReset(desk, asked))
  if (!('problem' in done)) return to(ctx, `${desk.base}${userPath(id)}?reset=${done.reset.id}`)
  const { problem } = done
  if (problem.code === 'code_incorrect') return again('incorrect')
  if (problem.code === 'invalid_request') return again(code === '' ? 'empty' : 'malformed')
  await refusedPage(desk, forms, ctx, user, problem)
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
  if ('problem' in outcome) return refusedPage(desk, forms, ctx, user, outcome.problem)
  to(ctx, `${desk.base}${userPath(id)}?done=${done}`)
}

const actingOf = (ctx: Context, { person }: Visit, targetId: string) => ({
  actor: person,
  by: callerOf(ctx, person.id),
  targetId,
})

async function outcomeOf<T extends object>(work: Promise<T>): Promise<T | { readonly problem: Problem }> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ProblemError) return { problem: error.problem }
    throw error
  }
}

async function refusedPage(desk: Desk, forms: Forms, ctx: Context, user: User, problem: Problem): Promise<void> {
  const { requested_by: by = null, requested_at: at } = (problem.more ?? {}) as {
    requested_by?: string | null
    requested_at?: string
  }
  const retryAfter = problem.headers?.['Retry-After']
  if (retryAfter) ctx.set('Retry-After', retryAfter)
  const nameOf = await namesOf(desk, [by])
  const when = at ? Math.floor(Date.parse(at) / 1000) : retryAfter ? desk.clock.now() + Number(retryAfter) : null
  notDone(desk, forms, ctx, problem.status, user, { why: problem.code, at: when, by: nameOf(by) })
}

function notDone(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  status: number,
  { person }: User,
  { why, at = null, by = null }: { why: string; at?: number | null; by?: string | null },
): void {
  const key = `not-done.${why}`
  const says = isKey(key) ? key : 'not-done.other'
  const { name, email } = person
  const page = { says, person: name, email, at, by, backHref: userPath(person.id) } as const
  answer(desk, ctx, status, 'not-done', page, aroundVisit(forms, ctx, visitOf(ctx)))
}

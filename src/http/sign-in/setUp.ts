/** Setting up an authenticator inside a sign-in: the first time, or because a reset demands it. */
import type { Context } from 'koa'
import type { SetUp } from '../../service/sealed.ts'
import { isAccountPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { setUpPage } from '../enrolment/setUp.ts'
import { auditRefusedSignIn } from './audited.ts'
import { startAgainHref } from '../startAgain.ts'
import { cancelForm } from './change.ts'
import { moreTimeForm } from './moreTime.ts'
import { seeOther } from '../redirect.ts'
import {
  answerFinished,
  frame,
  codesUntil,
  enrolmentContextOf,
  openSetUp,
  stagePathOf,
  type Progress,
  progressOf,
  waitForLink,
} from './progress.ts'

type Fault = Pages['set-up']['error']

export async function showSetUp(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (pending?.stage !== 'set-up') return seeOther(ctx, stagePathOf(services, progress))
  const setUp = openSetUp(services, progress)
  if (!setUp) return expired(services, ctx, progress)
  await page(services, ctx, progress, setUp, 200, null)
}

export async function confirmSetUp(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  const { fields } = submitted(ctx)
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (pending?.stage !== 'set-up') return seeOther(ctx, stagePathOf(services, progress))
  const setUp = openSetUp(services, progress)
  if (!setUp) return expired(services, ctx, progress)
  // Enrolling raises the epoch, and a session of the old one would take this sign-in with it.
  await services.interactions.detach(signIn)
  const outcome = await confirmed(services, ctx, progress, pending, setUp, fields['code'])
  if (outcome.is === 'unreadable') return page(services, ctx, progress, setUp, 422, outcome.why)
  if (outcome.is === 'refused') {
    if (outcome.refusal.is === 'code-incorrect') return page(services, ctx, progress, setUp, 422, 'incorrect')
    if (outcome.refusal.is.startsWith('link-')) return backToEmailStep(services, ctx, signIn, pending)
    auditRefusedSignIn(services, ctx, signIn, { accountId: pending.accountId, refusal: outcome.refusal })
    const startAgain = startAgainHref(services, ctx, signIn.uid)
    return answerRefusal(services, ctx, outcome.refusal, { ...frame(signIn), startAgainHref: startAgain })
  }
  const enrolledAt = 'at' in outcome.event ? outcome.event.at : services.clock.now()
  const codes: Pending = {
    ...pending,
    epoch: outcome.account.epoch,
    stage: 'codes',
    until: codesUntil(services, signIn),
    proven: { proof: 'otp', at: enrolledAt },
    fulfilled: ['replace_authenticator', 'new_backup_codes'],
  }
  await services.interactions.save(signIn, codes)
  return seeOther(ctx, stagePathOf(services, { signIn, pending: codes }))
}

/** The mailed link is needed too, and is dead by now, or was not when this began. */
async function backToEmailStep(services: Services, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  const waiting: Pending = { ...pending, ...waitForLink, until: signIn.expiresAt }
  await services.interactions.save(signIn, waiting)
  return seeOther(ctx, stagePathOf(services, { signIn, pending: waiting }))
}

/** In place of the one that works, when that was asked for and proven; else the first, or the one a reset demands. */
function confirmed(
  services: Services,
  ctx: Context,
  { signIn }: Progress,
  pending: Pending,
  setUp: SetUp,
  typed: unknown,
): ReturnType<Services['enrolments']['enrol']> {
  const [at, by] = [enrolmentContextOf(signIn, pending), callerOf(ctx, pending.accountId)]
  return signIn.prompt === 'replace_authenticator'
    ? services.enrolments.replace(at, setUp, { provenAt: pending.proven?.at ?? 0, typed }, by)
    : services.enrolments.enrol(at, setUp, typed, by)
}

function expired(services: Services, ctx: Context, { signIn, pending }: Progress): void {
  const entry = pending && { issuer: services.issuerName, account: pending.email }
  const locals = { startAgainHref: startAgainHref(services, ctx, signIn.uid), reason: 'expired', entry } as const
  answer(services, ctx, { status: 410, page: 'interrupted', locals, frame: frame(signIn) })
}

async function page(
  services: Services,
  ctx: Context,
  { signIn, pending }: Progress,
  setUp: SetUp,
  status: number,
  error: Fault,
): Promise<void> {
  if (!pending) return
  const account = await services.accounts.getStored(pending.accountId)
  const { email } = pending
  const forced = account?.factor.is === 'reset' ? { at: account.factor.at, byAdministrator: true } : null
  const locals = await setUpPage(services, setUp, email, {
    ...services.forms.to(ctx, `/sign-in/${signIn.uid}/set-up`),
    forced,
    error,
    typed: error === null ? null : submitted(ctx).fields['code'],
    ourTime: error === 'incorrect' ? services.clock.now() : null,
    until: pending.until,
    left: pending.until - services.clock.now(),
    moreTime: moreTimeForm(services, ctx, signIn, pending),
    replacing: signIn.prompt === 'replace_authenticator',
    cancelHref: isAccountPrompt(signIn.prompt) ? null : `/sign-in/${signIn.uid}`,
    cancel: cancelForm(services, ctx, signIn),
  })
  answer(services, ctx, { status, page: 'set-up', locals, frame: frame(signIn, email) })
}

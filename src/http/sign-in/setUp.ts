/** Setting up an authenticator inside a sign-in: the first time, or because a reset demands it. */
import type { Context } from 'koa'
import { otpauthUri, secondsAway } from '../../crypto/totp.ts'
import type { SetUp } from '../../journey.ts'
import { isOwnPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import type { Pages } from '../pages.ts'
import { qrSvg } from '../qr.ts'
import { auditRefusedSignIn } from './audited.ts'
import { startAgainHref } from './begin.ts'
import { cancelForm } from './change.ts'
import { stayForm } from './stay.ts'
import {
  answerFinished,
  around,
  codesUntil,
  doorOf,
  openSetUp,
  placeOf,
  type Progress,
  progressOf,
  to,
  waitForLink,
} from './progress.ts'

type Fault = Pages['set-up']['error']

export async function showSetUp(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (pending?.stage !== 'set-up') return to(ctx, placeOf(desk, progress))
  const setUp = openSetUp(desk, progress)
  if (!setUp) return expired(desk, ctx, progress)
  await page(desk, forms, ctx, progress, setUp, 200, null)
}

export async function confirmSetUp(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  const { fields } = submitted(ctx)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (pending?.stage !== 'set-up') return to(ctx, placeOf(desk, progress))
  const setUp = openSetUp(desk, progress)
  if (!setUp) return expired(desk, ctx, progress)
  // Enrolling raises the epoch, and a session of the old one would take this sign-in with it.
  await desk.interactions.detach(signIn)
  const outcome = await confirmed(desk, ctx, progress, pending, setUp, fields['code'])
  if (outcome.is === 'unreadable') return page(desk, forms, ctx, progress, setUp, 422, outcome.why)
  if (outcome.is === 'refused') {
    if (outcome.refusal.is === 'code-incorrect') return page(desk, forms, ctx, progress, setUp, 422, 'incorrect')
    if (outcome.refusal.is.startsWith('link-')) return backToLetter(desk, ctx, signIn, pending)
    auditRefusedSignIn(desk, ctx, signIn, { accountId: pending.accountId, refusal: outcome.refusal })
    const startAgain = startAgainHref(desk, ctx, signIn.uid)
    return answerRefusal(desk, ctx, outcome.refusal, { ...around(signIn), startAgainHref: startAgain })
  }
  const enrolledAt = 'at' in outcome.event ? outcome.event.at : desk.clock.now()
  const codes: Pending = {
    ...pending,
    epoch: outcome.account.epoch,
    stage: 'codes',
    until: codesUntil(desk, signIn),
    proven: { proof: 'otp', at: enrolledAt },
    fulfilled: ['replace_authenticator', 'new_backup_codes'],
  }
  await desk.interactions.save(signIn, codes)
  return to(ctx, placeOf(desk, { signIn, pending: codes }))
}

/** The mailed link is needed too, and is dead by now, or was not when this began. */
async function backToLetter(desk: Desk, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  const waiting: Pending = { ...pending, ...waitForLink, until: signIn.expiresAt }
  await desk.interactions.save(signIn, waiting)
  return to(ctx, placeOf(desk, { signIn, pending: waiting }))
}

/** In place of the one that works, when that was asked for and proven; else the first, or the one a reset demands. */
function confirmed(
  desk: Desk,
  ctx: Context,
  { signIn }: Progress,
  pending: Pending,
  setUp: SetUp,
  typed: unknown,
): ReturnType<Desk['journey']['enrol']> {
  const [at, by] = [doorOf(signIn, pending), callerOf(ctx, pending.accountId)]
  return signIn.prompt === 'replace_authenticator'
    ? desk.journey.replace(at, setUp, pending.proven?.at ?? 0, typed, by)
    : desk.journey.enrol(at, setUp, typed, by)
}

function expired(desk: Desk, ctx: Context, { signIn, pending }: Progress): void {
  const entry = pending && { issuer: desk.issuerName, account: pending.email }
  const locals = { startAgainHref: startAgainHref(desk, ctx, signIn.uid), reason: 'expired', entry } as const
  answer(desk, ctx, 410, 'interrupted', locals, around(signIn))
}

async function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { signIn, pending }: Progress,
  setUp: SetUp,
  status: number,
  error: Fault,
): Promise<void> {
  if (!pending) return
  const account = await desk.corridor.recall(pending.accountId)
  const { email } = pending
  const forced = account?.factor.is === 'reset' ? { at: account.factor.at, byAdministrator: true } : null
  const locals = await setUpPage(desk, setUp, email, {
    ...forms.to(ctx, `/sign-in/${signIn.uid}/set-up`),
    forced,
    error,
    typed: error === null ? null : submitted(ctx).fields['code'],
    ourTime: error === 'incorrect' ? desk.clock.now() : null,
    until: pending.until,
    left: pending.until - desk.clock.now(),
    stay: stayForm(desk, forms, ctx, signIn, pending),
    replacing: signIn.prompt === 'replace_authenticator',
    cancelHref: isOwnPrompt(signIn.prompt) ? null : `/sign-in/${signIn.uid}`,
    cancel: cancelForm(forms, ctx, signIn),
  })
  answer(desk, ctx, status, 'set-up', locals, around(signIn, email))
}

type Given = Omit<
  Pages['set-up'],
  'qrSvg' | 'secret' | 'otpauthUri' | 'account' | 'issuerName' | 'step' | 'clockAway'
> & {
  /** The code that was sent, as it was typed. */
  readonly typed: unknown
}

/** The set-up page, at either door. */
export async function setUpPage(desk: Desk, setUp: SetUp, email: string, given: Given): Promise<Pages['set-up']> {
  const uri = otpauthUri({ issuer: desk.issuerName, account: email, secret: setUp.secret })
  const { typed, ...rest } = given
  return {
    ...rest,
    clockAway: rest.error === 'incorrect' ? secondsAway(setUp.secret, typed, desk.clock.now()) : null,
    qrSvg: await qrSvg(uri, 'QR code'),
    secret: setUp.secret,
    otpauthUri: uri,
    account: email,
    issuerName: desk.issuerName,
    step: { now: 1, of: 2 },
  }
}

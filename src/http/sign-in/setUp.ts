/** The set-up in a sign-in: the first authenticator, a replacement, or the one that a reset requires. */
import type { Account } from '../../core/account.ts'
import { flowClosed } from '../../core/questions.ts'
import type { SetUp } from '../../service/sealed.ts'
import { callerOf } from '../context.ts'
import { setUpPage } from '../enrolment/setUp.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answer } from '../respond.ts'
import { startAgainHref } from '../startAgain.ts'
import { cancelForm } from './change.ts'
import { moreTimeForm } from './moreTime.ts'
import { codesUntil, enrolmentContextOf, openSetUp, type Step, waitForLink } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { atStage, formTo, frameOf, moveTo, notYouHref } from './stage.ts'

interface SetUpStep extends Step {
  readonly setUp: SetUp
}

const atSetUp = (handle: (step: SetUpStep) => Promise<void>) =>
  atStage('set-up', (step) => {
    const setUp = openSetUp(step)
    return setUp ? handle({ ...step, setUp }) : expired(step)
  })

/** After a set-up elsewhere its QR code leads to no authenticator, so none is shown. */
export const showSetUp = atSetUp(async (step) => {
  const { services, signIn, pending } = step
  const account = await services.accounts.getStored(pending.accountId)
  const replaces = signIn.prompt === 'replace_authenticator'
  const closed = account && !replaces ? flowClosed(account, services.clock.now()) : null
  return closed ? refuseSignIn(step, closed) : page(step, 200, null, account)
})

export const confirmSetUp = atSetUp(async (step) => {
  const { services, signIn, pending } = step
  // Enrolling raises the epoch, and the end of a session of the old one would end this sign-in.
  await services.interactions.detach(signIn)
  const outcome = await confirm(step)
  const again = async (why: Pages['set-up']['error']): Promise<void> =>
    page(step, 422, why, await services.accounts.getStored(pending.accountId))
  if (outcome.is === 'unreadable') return again(outcome.why)
  if (outcome.is === 'refused') {
    const { refusal } = outcome
    if (refusal.is === 'code-incorrect') return again('incorrect')
    // The mailed link is required too: it has ended meanwhile, or it was not required before.
    if (refusal.is.startsWith('link-')) return moveTo(step, { ...pending, ...waitForLink, until: signIn.expiresAt })
    return refuseSignIn(step, refusal)
  }
  await moveTo(step, {
    ...pending,
    epoch: outcome.account.epoch,
    stage: 'codes',
    until: codesUntil(step),
    proven: { proof: 'otp', at: 'at' in outcome.event ? outcome.event.at : services.clock.now() },
    fulfilled: ['replace_authenticator', 'new_backup_codes'],
  })
})

function confirm(step: SetUpStep): ReturnType<Step['services']['enrolments']['enrol']> {
  const { services, ctx, signIn, pending, setUp } = step
  const [at, by] = [enrolmentContextOf(step), callerOf(ctx, pending.accountId)]
  const typed = submitted(ctx).fields['code']
  return signIn.prompt === 'replace_authenticator'
    ? services.enrolments.replace(at, setUp, { provenAt: pending.proven?.at ?? 0, typed }, by)
    : services.enrolments.enrol(at, setUp, typed, by)
}

function expired({ services, ctx, signIn, pending }: Step): void {
  const entry = { issuer: services.issuerName, account: pending.email }
  const locals = { startAgainHref: startAgainHref(services, ctx, signIn.uid), reason: 'expired', entry } as const
  answer(services, ctx, { status: 410, page: 'interrupted', locals, frame: frameOf(signIn) })
}

async function page(
  step: SetUpStep,
  status: number,
  error: Pages['set-up']['error'],
  account: Account | null,
): Promise<void> {
  const { services, ctx, signIn, pending, setUp } = step
  const locals = await setUpPage(services, setUp, pending.email, {
    ...formTo(step, '/set-up'),
    forced: account?.factor.is === 'reset' ? { at: account.factor.at, byAdministrator: true } : null,
    error,
    submitted: error === null ? null : submitted(ctx).fields,
    until: pending.until,
    left: pending.until - services.clock.now(),
    moreTime: moreTimeForm(step),
    replacing: signIn.prompt === 'replace_authenticator',
    anotherHref: notYouHref(step),
    cancel: cancelForm(step),
  })
  answer(services, ctx, { status, page: 'set-up', locals, frame: frameOf(signIn, pending.email) })
}

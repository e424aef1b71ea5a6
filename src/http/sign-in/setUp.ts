/** The set-up in a sign-in: the first authenticator, a replacement, or the one that a reset requires. */
import type { Account } from '../../core/account.ts'
import { passkeysOf } from '../../core/authenticators.ts'
import { flowClosed } from '../../core/questions.ts'
import { type Pending, type Proof, provenBy } from '../../oidc/interactions.ts'
import type { SetUp } from '../../service/sealed.ts'
import { callerOf } from '../context.ts'
import { confirmation, newPasskeyForm, type SetUpFaults, setUpPage } from '../enrolment/setUp.ts'
import { submitted } from '../formTokens.ts'
import { hasAssertion, proofByPasskey, submittedPasskey } from '../passkeyForms.ts'
import { answer } from '../respond.ts'
import { startAgainHref } from '../startAgain.ts'
import { cancelForm } from './change.ts'
import { moreTimeForm } from './moreTime.ts'
import { codesUntil, enrolmentContextOf, openSetUp, type Step, waitForLink } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { atStage, formTo, frameOf, goToStage, moveTo, notYouHref, pathIn, where } from './stage.ts'

interface SetUpStep extends Step {
  readonly setUp: SetUp
}

const withSetUp = (handle: (step: SetUpStep) => Promise<void>) => (step: Step) => {
  const setUp = openSetUp(step)
  return setUp ? handle({ ...step, setUp }) : expired(step)
}

/** After a set-up elsewhere its QR code leads to no authenticator, so none is shown. */
export const showSetUp = atStage('set-up', withSetUp(show))

async function show(step: SetUpStep): Promise<void> {
  const { services, pending } = step
  const account = await services.accounts.getStored(pending.accountId)
  const closed = account && !isReplacing(step) ? flowClosed(account, services.clock.now()) : null
  return closed ? refuseSignIn(step, closed) : page(step, 200, account)
}

/**
 * A second tab of this browser creates a passkey in place of the first one, in the same device. While the codes are not saved, the record
 * keeps the newer one. The answer is the page of the codes in any case.
 */
async function correct(step: Step): Promise<void> {
  const setUp = openSetUp(step)
  if (setUp) await confirmPasskey({ ...step, setUp }, true)
  goToStage(step)
}

const isSecondPasskey = ({ ctx, pending }: Step): boolean => pending.stage === 'codes' && hasAssertion(ctx)

export const confirmSetUp = where(
  (step) => step.pending.stage === 'set-up' || isSecondPasskey(step),
  (step) => (isSecondPasskey(step) ? correct(step) : withSetUp(confirmFirst)(step)),
)

async function confirmFirst(step: SetUpStep): Promise<void> {
  const { services, signIn, pending } = step
  // Enrolling raises the epoch, and the end of a session of the old one would end this sign-in.
  await services.interactions.detach(signIn)
  const isPasskey = hasAssertion(step.ctx) && !isReplacing(step)
  const outcome = confirmation(await (isPasskey ? confirmPasskey(step) : confirm(step)))
  if (outcome.is === 'wrong')
    return page(step, 422, await services.accounts.getStored(pending.accountId), outcome.faults)
  if (outcome.is === 'refused') {
    const { refusal } = outcome
    // The mailed link is required too: it has ended meanwhile, or it was not required before.
    if (refusal.is.startsWith('link-')) return moveTo(step, { ...pending, ...waitForLink, until: signIn.expiresAt })
    return refuseSignIn(step, refusal)
  }
  await moveTo(step, {
    ...pending,
    epoch: outcome.account.epoch,
    stage: 'codes',
    until: codesUntil(step),
    proven: {
      proof: isPasskey ? proofOfSetUp(step, outcome.account) : 'otp',
      at: 'at' in outcome.event ? outcome.event.at : services.clock.now(),
    },
    fulfilled: ['replace_authenticator', 'new_backup_codes'],
  })
}

/** By another app. */
const isReplacing = ({ signIn }: Step): boolean => signIn.prompt === 'replace_authenticator'

function proofOfSetUp({ setUp }: SetUpStep, { factor }: Account): Proof {
  const passkeys = factor.is === 'active' ? passkeysOf(factor) : []
  const isSynced = passkeys.some(({ id, backupEligible }) => id === setUp.authenticatorId && backupEligible)
  return proofByPasskey({ isSuspect: false, isSynced })
}

function confirmPasskey(step: SetUpStep, isSecond = false): ReturnType<Step['services']['enrolments']['enrolPasskey']> {
  const { services, ctx, signIn, pending, setUp } = step
  const given = { ...submittedPasskey(services, ctx, frameOf(signIn)), isSecond }
  return services.enrolments.enrolPasskey(enrolmentContextOf(step), setUp, given, callerOf(ctx, pending.accountId))
}

function confirm(step: SetUpStep): ReturnType<Step['services']['enrolments']['enrol']> {
  const { services, ctx, pending, setUp } = step
  const [at, by] = [enrolmentContextOf(step), callerOf(ctx, pending.accountId)]
  const typed = submitted(ctx).fields['code']
  return isReplacing(step)
    ? services.enrolments.replace(at, setUp, { ...proofFor(pending), typed }, by)
    : services.enrolments.enrol(at, setUp, typed, by)
}

const proofFor = ({ proven }: Pending) => ({
  provenAt: proven?.at ?? 0,
  provenBy: proven && provenBy[proven.proof],
})

function expired({ services, ctx, signIn, pending }: Step): void {
  const entry = { issuer: services.issuerName, account: pending.email }
  const locals = { startAgainHref: startAgainHref(services, ctx, signIn.uid), reason: 'expired', entry } as const
  answer(services, ctx, { status: 410, page: 'interrupted', locals, frame: frameOf(signIn) })
}

async function page(
  step: SetUpStep,
  status: number,
  account: Account | null,
  { error = null, passkey = null }: SetUpFaults = {},
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
    replacing: isReplacing(step),
    passkey: newPasskeyForm(services, ctx, {
      account,
      setUp,
      email: pending.email,
      action: pathIn(step, '/set-up'),
      until: pending.until,
      error: passkey,
    }),
    anotherHref: notYouHref(step),
    cancel: cancelForm(step),
  })
  answer(services, ctx, { status, page: 'set-up', locals, frame: frameOf(signIn, pending.email) })
}

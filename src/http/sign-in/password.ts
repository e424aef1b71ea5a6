/** The first page of a sign-in: who, and their password. No OP session comes of it. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { proofsRefusal, requiredProofs } from '../../core/proofs.ts'
import { flowClosed, isOutdated, isSignInOver, mustEnrol, mustSaveCodes } from '../../core/questions.ts'
import type { Refusal } from '../../core/refusal.ts'
import { isAccountPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import type { Person } from '../../ports.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import type { Pages } from '../pages/locals.ts'
import { auditWrongPassword, judgePassword, tooMany } from '../passwordAttempt.ts'
import { FORGOTTEN_PASSWORD_PATH } from '../paths.ts'
import { type Opened, openedHere } from '../enrolment/openedLink.ts'
import { auditRefusedSignIn } from './audited.ts'
import { signInPath } from '../paths.ts'
import { keepStart, startAgainHref } from '../startAgain.ts'
import { seeOther } from '../redirect.ts'
import {
  answerFinished,
  frame,
  bindBrowser,
  factsOf,
  inSignIn,
  notYouHref,
  openSetUp,
  stagePathOf,
  type Progress,
  progressOf,
  sealSetUp,
  setUpUntil,
  waitForLink,
} from './progress.ts'

type Fault = Pages['sign-in']['error']

export async function showSignIn(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (signIn.prompt === 'consent') return seeOther(ctx, signInPath(services, signIn.uid, '/consent'))
  // A live session that only lacks its second factor is not asked for the password again.
  if ((signIn.prompt === 'two_factor' || isAccountPrompt(signIn.prompt)) && pending)
    return seeOther(ctx, stagePathOf(services, progress))
  // Back from a page that named somebody: whoever the application meant is not who sits here.
  page(services, ctx, signIn, 200, pending ? '' : (signIn.loginHint ?? ''), null)
}

export async function checkPassword(services: Services, ctx: Context): Promise<void> {
  const { fields, browser } = submitted(ctx)
  const email = textOf(fields['email'])
  const password = textOf(fields['password'])
  const isEmpty = email.trim() === '' || password === ''
  // Side by side: the store answers both in one round trip.
  const [progress, judged] = await Promise.all([
    progressOf(services, ctx),
    isEmpty ? null : judgePassword(services, ctx, { email, password, browser }),
  ])
  const { signIn } = progress
  const { person, accepted } = judged?.is === 'right' ? judged : { person: null }
  // Sent twice: the first answer may not have arrived, with the secret in it.
  if (signIn.finished && signIn.isRepeated && person?.id === signIn.finishedBy) bindBrowser(services, ctx, signIn)
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (isAccountPrompt(signIn.prompt)) return seeOther(ctx, stagePathOf(services, progress))
  const again = (error: Fault, status = 422): void => page(services, ctx, signIn, status, email, error)
  if (!judged) return again('empty')
  if (judged.is === 'paused') return again('paused', tooMany(services, ctx, judged.until))
  const account = person && (await services.accounts.getOrCreate(person.id))
  if (!accepted || !account || isOutdated(account, person.passwordGeneration ?? 0)) {
    auditWrongPassword(services, ctx, { email }, signIn.client)
    return again('mismatch')
  }
  accepted()

  const longer = services.interactions.lengthen(ctx, signIn)
  keepStart(services, ctx, { uid: longer.uid, exp: longer.expiresAt, returnTo: longer.returnTo })
  return continueSignIn(services, ctx, { ...progress, signIn: longer }, person, account, services.clock.now())
}

/** Before a set-up on a live session that has its password, freshly: a page, because looking at one makes no secret. */
export async function showBegin(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (pending?.stage !== 'begin') return seeOther(ctx, stagePathOf(services, progress))
  const account = await services.accounts.getStored(pending.accountId)
  const forced = account?.factor.is === 'reset' ? { at: account.factor.at } : null
  const form = services.forms.to(ctx, `/sign-in/${signIn.uid}/begin`)
  const locals = { ...form, forced, notYouHref: notYouHref(services, ctx, signIn) }
  answer(services, ctx, { page: 'begin-set-up', locals, frame: frame(signIn, pending.email) })
}

export async function begin(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  submitted(ctx)
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (pending?.stage !== 'begin') return seeOther(ctx, stagePathOf(services, progress))
  const [person, account] = await Promise.all([
    services.directory.find(pending.accountId),
    services.accounts.getOrCreate(pending.accountId),
  ])
  if (!person || !account || isSignInOver(account, inSignIn(signIn, pending))) {
    auditRefusedSignIn(services, ctx, signIn, { accountId: pending.accountId, refusal: { is: 'sign-in-over' } })
    return answerRefusal(services, ctx, { is: 'sign-in-over' }, frame(signIn))
  }
  return continueSignIn(services, ctx, progress, person, account, pending.authenticatedAt)
}

async function continueSignIn(
  services: Services,
  ctx: Context,
  progress: Progress,
  person: Person,
  account: Account,
  authenticatedAt: number,
): Promise<void> {
  const { signIn } = progress
  const { email, locale } = person
  const browser = services.browsers.digestOf(submitted(ctx).secret)
  const begun = { accountId: account.id, epoch: account.epoch, authenticatedAt, email, locale, proven: null, browser }
  const { pending } = progress
  const isSame = pending?.accountId === account.id && pending.epoch === account.epoch
  const kept = isSame ? (pending.link ?? null) : null
  const proofs = requiredProofs(account, person.roles, services.rules, services.clock.now())
  const link = proofs.both ? (proofsRefusal(proofs) ?? openedHere(services, ctx, account, kept)) : null
  const next = nextStep(services, progress, account, begun, link)
  // Fresh at each password: what this browser had before may be known to the person who used it before.
  if (!next || !('is' in next)) bindBrowser(services, ctx, signIn)
  if (!next) {
    await services.interactions.finish(signIn, factsOf(signIn, begun))
    return answerFinished(services, ctx, signIn)
  }
  if ('is' in next) {
    auditRefusedSignIn(services, ctx, signIn, { accountId: account.id, refusal: next })
    return answerRefusal(services, ctx, next, {
      ...frame(signIn, email),
      accountLocale: locale,
      startAgainHref: startAgainHref(services, ctx, signIn.uid),
    })
  }
  await services.interactions.save(signIn, next)
  return seeOther(ctx, stagePathOf(services, { signIn, pending: next }))
}

type Begun = Omit<Pending, 'stage' | 'sealed' | 'until' | 'link'>

/**
 * What comes after the right password: null, nothing; a refusal; or the next page with what it needs.
 * @param opened what this browser knows of the mailed link; null: it is not needed
 */
function nextStep(
  services: Services,
  progress: Progress,
  account: Account,
  begun: Begun,
  opened: Opened | null,
): Pending | Refusal | null {
  const { signIn, pending } = progress
  if (account.factor.is === 'lost') return { is: 'record-lost' }
  if (!signIn.needsSecondFactor && account.factor.is !== 'reset') return null
  if (mustEnrol(account)) {
    const shut = flowClosed(account, services.clock.now())
    if (shut) return shut
    if (opened?.is === 'password-too-new') return opened
    if (opened && opened.is !== 'opened') return { ...begun, ...waitForLink, until: signIn.expiresAt }
    const link = opened?.link ?? null
    // The same browser keeps its secret: a second password, Back or another tab must not void what was scanned.
    const same = pending?.stage === 'set-up' && pending.accountId === account.id && pending.epoch === account.epoch
    if (same && openSetUp(services, progress)) {
      const { authenticatedAt, browser } = begun
      return { ...pending, authenticatedAt, browser, link }
    }
    const sealed = sealSetUp(services, signIn.uid, services.enrolments.newSetUp())
    return { ...begun, stage: 'set-up', sealed, link, until: setUpUntil(services, signIn) }
  }
  // Codes never saved are shown afresh after the proof; the set is made now, so that a double click shows one and the same.
  const sealed = mustSaveCodes(account) ? sealSetUp(services, signIn.uid, services.enrolments.newSetUp()) : null
  return { ...begun, stage: 'code', sealed, until: signIn.expiresAt }
}

function page(services: Services, ctx: Context, signIn: SignIn, status: number, email: string, error: Fault): void {
  const form = services.forms.to(ctx, `/sign-in/${signIn.uid}`)
  const forgottenHref = services.enrolments.keepsPasswords ? FORGOTTEN_PASSWORD_PATH : null
  answer(services, ctx, {
    status,
    page: 'sign-in',
    locals: { ...form, email, error, forgottenHref },
    frame: frame(signIn),
  })
}

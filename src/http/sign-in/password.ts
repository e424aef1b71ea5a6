/** The first page of a sign-in: who, and their password. No OP session comes of it. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { proofsRefusal, requiredProofs } from '../../core/proofs.ts'
import { doorShut, isOutdated, isSignInOver, mustEnrol, mustSaveCodes } from '../../core/questions.ts'
import type { Refusal } from '../../core/vocabulary.ts'
import { isOwnPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import type { Person } from '../../ports.ts'
import { answer, answerRefusal } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import type { Pages } from '../pages.ts'
import { judgePassword, tooMany } from '../passwordAttempt.ts'
import { passwordDoor } from '../recovery/door.ts'
import { type Opened, openedHere } from '../recovery/opened.ts'
import { auditRefusedSignIn, auditWrongPassword } from './audited.ts'
import { keepStart, startAgainHref } from './begin.ts'
import {
  answerFinished,
  around,
  bindBrowser,
  factsOf,
  inSignIn,
  notYouHref,
  openSetUp,
  pathOf,
  placeOf,
  type Progress,
  progressOf,
  sealSetUp,
  setUpUntil,
  to,
  waitForLink,
} from './progress.ts'

type Fault = Pages['sign-in']['error']

export async function showSignIn(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (signIn.prompt === 'consent') return to(ctx, pathOf(desk, signIn.uid, '/consent'))
  // A live session that only lacks its second factor is not asked for the password again.
  if ((signIn.prompt === 'two_factor' || isOwnPrompt(signIn.prompt)) && pending) return to(ctx, placeOf(desk, progress))
  // Back from a page that named somebody: whoever the application meant is not who sits here.
  page(desk, forms, ctx, signIn, 200, pending ? '' : (signIn.loginHint ?? ''), null)
}

export async function checkPassword(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const { fields, browser } = submitted(ctx)
  const email = textOf(fields['email'])
  const password = textOf(fields['password'])
  const isEmpty = email.trim() === '' || password === ''
  // Side by side: the store answers both in one round trip.
  const [progress, judged] = await Promise.all([
    progressOf(desk, ctx),
    isEmpty ? null : judgePassword(desk, ctx, { email, password, browser }),
  ])
  const { signIn } = progress
  const { person, accepted } = judged?.is === 'right' ? judged : { person: null }
  // Sent twice: the first answer may not have arrived, with the secret in it.
  if (signIn.finished && signIn.isRepeated && person?.id === signIn.finishedBy) bindBrowser(desk, ctx, signIn)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (isOwnPrompt(signIn.prompt)) return to(ctx, placeOf(desk, progress))
  const again = (error: Fault, status = 422): void => page(desk, forms, ctx, signIn, status, email, error)
  if (!judged) return again('empty')
  if (judged.is === 'paused') return again('paused', tooMany(desk, ctx, judged.until))
  const account = person && (await desk.corridor.meet(person.id))
  if (!accepted || !account || isOutdated(account, person.passwordGeneration ?? 0)) {
    auditWrongPassword(desk, ctx, { email }, signIn.client)
    return again('mismatch')
  }
  accepted()

  const longer = desk.interactions.lengthen(ctx, signIn)
  keepStart(desk, ctx, { uid: longer.uid, exp: longer.expiresAt, returnTo: longer.returnTo })
  return goOn(desk, ctx, { ...progress, signIn: longer }, person, account, desk.clock.now())
}

/** Before a set-up on a live session that has its password, freshly: a page, because looking at one makes no secret. */
export async function showBegin(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (pending?.stage !== 'begin') return to(ctx, placeOf(desk, progress))
  const account = await desk.corridor.recall(pending.accountId)
  const forced = account?.factor.is === 'reset' ? { at: account.factor.at } : null
  const form = forms.to(ctx, `/sign-in/${signIn.uid}/begin`)
  const locals = { ...form, forced, notYouHref: notYouHref(desk, ctx, signIn) }
  answer(desk, ctx, 200, 'begin-set-up', locals, around(signIn, pending.email))
}

export async function begin(desk: Desk, _forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  submitted(ctx)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (pending?.stage !== 'begin') return to(ctx, placeOf(desk, progress))
  const [person, account] = await Promise.all([
    desk.directory.find(pending.accountId),
    desk.corridor.meet(pending.accountId),
  ])
  if (!person || !account || isSignInOver(account, inSignIn(signIn, pending))) {
    auditRefusedSignIn(desk, ctx, signIn, { accountId: pending.accountId, refusal: { is: 'sign-in-over' } })
    return answerRefusal(desk, ctx, { is: 'sign-in-over' }, around(signIn))
  }
  return goOn(desk, ctx, progress, person, account, pending.authenticatedAt)
}

async function goOn(
  desk: Desk,
  ctx: Context,
  progress: Progress,
  person: Person,
  account: Account,
  authenticatedAt: number,
): Promise<void> {
  const { signIn } = progress
  const { email, locale } = person
  const browser = desk.browsers.digestOf(submitted(ctx).secret)
  const begun = { accountId: account.id, epoch: account.epoch, authenticatedAt, email, locale, proven: null, browser }
  const { pending } = progress
  const isSame = pending?.accountId === account.id && pending.epoch === account.epoch
  const kept = isSame ? (pending.link ?? null) : null
  const proofs = requiredProofs(account, person.roles, desk.rules, desk.clock.now())
  const link = proofs.both ? (proofsRefusal(proofs) ?? openedHere(desk, ctx, account, kept)) : null
  const next = nextStep(desk, progress, account, begun, link)
  // Fresh at each password: what this browser had before may be known to the person who used it before.
  if (!next || !('is' in next)) bindBrowser(desk, ctx, signIn)
  if (!next) {
    await desk.interactions.finish(signIn, factsOf(signIn, begun))
    return answerFinished(desk, ctx, signIn)
  }
  if ('is' in next) {
    auditRefusedSignIn(desk, ctx, signIn, { accountId: account.id, refusal: next })
    return answerRefusal(desk, ctx, next, {
      ...around(signIn, email),
      accountLocale: locale,
      startAgainHref: startAgainHref(desk, ctx, signIn.uid),
    })
  }
  await desk.interactions.save(signIn, next)
  return to(ctx, placeOf(desk, { signIn, pending: next }))
}

type Begun = Omit<Pending, 'stage' | 'sealed' | 'until' | 'link'>

/**
 * What comes after the right password: null, nothing; a refusal; or the next page with what it needs.
 * @param opened what this browser knows of the mailed link; null: it is not needed
 */
function nextStep(
  desk: Desk,
  progress: Progress,
  account: Account,
  begun: Begun,
  opened: Opened | null,
): Pending | Refusal | null {
  const { signIn, pending } = progress
  if (account.factor.is === 'lost') return { is: 'record-lost' }
  if (!signIn.needsSecondFactor && account.factor.is !== 'reset') return null
  if (mustEnrol(account)) {
    const shut = doorShut(account, desk.clock.now())
    if (shut) return shut
    if (opened?.is === 'password-too-new') return opened
    if (opened && opened.is !== 'opened') return { ...begun, ...waitForLink, until: signIn.expiresAt }
    const link = opened?.link ?? null
    // The same browser keeps its secret: a second password, Back or another tab must not void what was scanned.
    const same = pending?.stage === 'set-up' && pending.accountId === account.id && pending.epoch === account.epoch
    if (same && openSetUp(desk, progress)) {
      const { authenticatedAt, browser } = begun
      return { ...pending, authenticatedAt, browser, link }
    }
    const sealed = sealSetUp(desk, signIn.uid, desk.journey.newSetUp())
    return { ...begun, stage: 'set-up', sealed, link, until: setUpUntil(desk, signIn) }
  }
  // Codes never saved are shown afresh after the proof; the set is made now, so that a double click shows one and the same.
  const sealed = mustSaveCodes(account) ? sealSetUp(desk, signIn.uid, desk.journey.newSetUp()) : null
  return { ...begun, stage: 'code', sealed, until: signIn.expiresAt }
}

function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  signIn: SignIn,
  status: number,
  email: string,
  error: Fault,
): void {
  const form = forms.to(ctx, `/sign-in/${signIn.uid}`)
  const forgottenHref = desk.journey.keepsPasswords ? passwordDoor.path : null
  answer(desk, ctx, status, 'sign-in', { ...form, email, error, forgottenHref }, around(signIn))
}

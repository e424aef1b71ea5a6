/** The challenge: a code of the authenticator, or a backup code. Either finishes the sign-in, or leads to codes still to be saved. */
import type { Context } from 'koa'
import { mustSaveCodes } from '../../core/questions.ts'
import type { Account } from '../../core/account.ts'
import type { Refusal } from '../../core/refusal.ts'
import { isAccountPrompt, type Pending, type Proof, type SignIn } from '../../oidc/interactions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { auditRefusedSignIn } from './audited.ts'
import { isKnownHere } from '../knownBrowser.ts'
import { beginChange } from './beginChange.ts'
import { signInPath } from '../paths.ts'
import { startAgainHref } from '../startAgain.ts'
import { seeOther } from '../redirect.ts'
import {
  answerFinished,
  frame,
  bindBrowser,
  codesUntil,
  complete,
  enrolmentContextOf,
  inSignIn,
  notYouHref,
  openSetUp,
  stagePathOf,
  type Progress,
  progressOf,
  sealSetUp,
} from './progress.ts'

interface Kind {
  readonly name: 'challenge' | 'backup-code'
  readonly path: '/code' | '/backup-code'
  readonly proof: Proof
}
const kinds = {
  challenge: { name: 'challenge', path: '/code', proof: 'otp' },
  'backup-code': { name: 'backup-code', path: '/backup-code', proof: 'backup-code' },
} as const satisfies Record<string, Kind>

/** 16 letters and digits in groups: somebody typed a backup code into the wrong field. */
export const looksLikeBackupCode = (typed: unknown): boolean =>
  typeof typed === 'string' && /^[\dA-Za-z]{16}$/.test(typed.replaceAll(/[\s-]/g, ''))

/** From this many wrong codes in a row the clock may be to blame. */
const CLOCK_WARNING_FROM = 2

type Fault = 'empty' | 'malformed' | 'incorrect' | 'looks-like-backup-code'

export const showCode = (services: Services, ctx: Context): Promise<void> => show(services, ctx, kinds.challenge)
export const showBackupCode = (services: Services, ctx: Context): Promise<void> =>
  show(services, ctx, kinds['backup-code'])
export const checkCode = (services: Services, ctx: Context): Promise<void> => check(services, ctx, kinds.challenge)
export const checkBackupCode = (services: Services, ctx: Context): Promise<void> =>
  check(services, ctx, kinds['backup-code'])

/** A sign-in waits for any proof here; before a change only a backup code is typed on a page of its own. */
const mayProve = (kind: Kind, { signIn, pending }: Progress): boolean =>
  pending?.stage === 'code' ||
  (pending?.stage === 'change' && signIn.prompt !== 'new_backup_codes' && kind.proof === 'backup-code')

async function show(services: Services, ctx: Context, kind: Kind): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (!pending || !mayProve(kind, progress)) return seeOther(ctx, stagePathOf(services, progress))
  page(services, ctx, kind, 200, signIn, pending.email, null, null)
}

async function check(services: Services, ctx: Context, kind: Kind): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  const { fields, form } = submitted(ctx)
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (!pending || !mayProve(kind, progress)) return seeOther(ctx, stagePathOf(services, progress))
  const { accountId, email } = pending
  const typed = fields['code']
  const knownBrowser = isKnownHere(services, ctx, { id: accountId, epoch: pending.epoch })
  const submission = { ...inSignIn(signIn, pending), form, typed, knownBrowser }
  const again = (error: Fault, ourTime: number | null = null): void =>
    page(services, ctx, kind, 422, signIn, email, error, ourTime)

  const by = callerOf(ctx, accountId)
  const prove = kind.proof === 'otp' ? services.enrolments.proveCode : services.enrolments.useBackupCode
  const outcome = await prove(submission, by)
  if (outcome.is === 'unreadable')
    return again(kind.proof === 'otp' && looksLikeBackupCode(typed) ? 'looks-like-backup-code' : outcome.why)
  if (outcome.is === 'refused') {
    if (!isWrongCode(outcome.refusal)) {
      auditRefusedSignIn(services, ctx, signIn, { accountId, refusal: outcome.refusal })
      return answerRefusal(services, ctx, outcome.refusal, {
        ...frame(signIn, email),
        startAgainHref: startAgainHref(services, ctx, signIn.uid),
      })
    }
    return again('incorrect', clockWarning(services, outcome.refusal))
  }
  if (outcome.event.is !== 'code-accepted' && outcome.event.is !== 'backup-code-accepted') return
  const proven = { proof: kind.proof, at: outcome.event.at }
  if (isAccountPrompt(signIn.prompt)) return beginChange(services, ctx, signIn, pending, proven)
  const browser = pending.browser ?? bindBrowser(services, ctx, signIn)
  return continueSignIn(services, ctx, progress, { ...pending, browser, proven }, outcome.account)
}

export const isWrongCode = (refusal: Refusal): boolean =>
  refusal.is === 'code-incorrect' || refusal.is === 'code-replayed'

/** From the second miss on, whatever was typed: a hint that depends on it would tell a guesser which code is good in a minute. */
export const clockWarning = (services: Services, refusal: Refusal): number | null =>
  refusal.is === 'code-incorrect' && refusal.failures >= CLOCK_WARNING_FROM ? services.clock.now() : null

/** Proven. Codes that were never saved come first; otherwise the sign-in is done, in a 200 page that goes on by itself. */
async function continueSignIn(
  services: Services,
  ctx: Context,
  progress: Progress,
  pending: Pending,
  account: Account,
): Promise<void> {
  const { signIn } = progress
  if (mustSaveCodes(account)) {
    const prepared = openSetUp(services, progress)
    const setUp = prepared ?? services.enrolments.newSetUp()
    const renewed = await services.enrolments.renewCodes(
      enrolmentContextOf(signIn, pending),
      setUp,
      callerOf(ctx, account.id),
    )
    if (renewed.is === 'refused') {
      auditRefusedSignIn(services, ctx, signIn, { accountId: account.id, refusal: renewed.refusal })
      return answerRefusal(services, ctx, renewed.refusal, frame(signIn))
    }
    // Somebody was quicker with codes of their own making: theirs are the ones on record, and on their page.
    if (renewed.is === 'repeated' && !prepared) return seeOther(ctx, signInPath(services, signIn.uid))
    const sealed = sealSetUp(services, signIn.uid, setUp)
    const until = codesUntil(services, signIn)
    const codes: Pending = { ...pending, stage: 'codes', sealed, until, fulfilled: ['new_backup_codes'] }
    await services.interactions.save(signIn, codes)
    return seeOther(ctx, stagePathOf(services, { signIn, pending: codes }))
  }
  await complete(services, ctx, signIn, pending)
  return answerFinished(services, ctx, signIn)
}

function page(
  services: Services,
  ctx: Context,
  kind: Kind,
  status: number,
  signIn: SignIn,
  email: string,
  error: Fault | null,
  ourTime: number | null,
): void {
  const path = (part: string): string => `/sign-in/${signIn.uid}${part}`
  const form = services.forms.to(ctx, path(kind.path))
  if (kind.name === 'challenge') {
    const locals = {
      ...form,
      error,
      ourTime,
      backupHref: path('/backup-code'),
      notYouHref: notYouHref(services, ctx, signIn),
    }
    return answer(services, ctx, { status, page: 'challenge', locals, frame: frame(signIn, email) })
  }
  const fault = error === 'empty' || error === null ? error : 'incorrect'
  answer(services, ctx, {
    status,
    page: 'backup-code',
    locals: {
      ...form,
      error: fault,
      challengeHref: path(isAccountPrompt(signIn.prompt) ? '/change' : '/code'),
      notYouHref: notYouHref(services, ctx, signIn),
    },
    frame: frame(signIn, email),
  })
}

/** The challenge: a code of the authenticator, or a backup code. Either finishes the sign-in, or leads to codes still to be saved. */
import type { Context } from 'koa'
import { mustSaveCodes } from '../../core/questions.ts'
import type { Account } from '../../core/account.ts'
import type { Refusal } from '../../core/vocabulary.ts'
import { isOwnPrompt, type Pending, type Proof, type SignIn } from '../../oidc/interactions.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { auditRefusedSignIn } from './audited.ts'
import { isKnownHere } from '../knownBrowser.ts'
import { beginChange } from './beginChange.ts'
import { startAgainHref } from './begin.ts'
import {
  answerFinished,
  around,
  bindBrowser,
  codesUntil,
  complete,
  doorOf,
  inSignIn,
  notYouHref,
  openSetUp,
  pathOf,
  placeOf,
  type Progress,
  progressOf,
  sealSetUp,
  to,
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
const CLOCK_HINT_FROM = 2

type Fault = 'empty' | 'malformed' | 'incorrect' | 'looks-like-backup-code'

export const showCode = (desk: Desk, forms: Forms, ctx: Context): Promise<void> =>
  show(desk, forms, ctx, kinds.challenge)
export const showBackupCode = (desk: Desk, forms: Forms, ctx: Context): Promise<void> =>
  show(desk, forms, ctx, kinds['backup-code'])
export const checkCode = (desk: Desk, forms: Forms, ctx: Context): Promise<void> =>
  check(desk, forms, ctx, kinds.challenge)
export const checkBackupCode = (desk: Desk, forms: Forms, ctx: Context): Promise<void> =>
  check(desk, forms, ctx, kinds['backup-code'])

/** A sign-in waits for any proof here; before a change only a backup code is typed on a page of its own. */
const mayProve = (kind: Kind, { signIn, pending }: Progress): boolean =>
  pending?.stage === 'code' ||
  (pending?.stage === 'change' && signIn.prompt !== 'new_backup_codes' && kind.proof === 'backup-code')

async function show(desk: Desk, forms: Forms, ctx: Context, kind: Kind): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (!pending || !mayProve(kind, progress)) return to(ctx, placeOf(desk, progress))
  page(desk, forms, ctx, kind, 200, signIn, pending.email, null, null)
}

async function check(desk: Desk, forms: Forms, ctx: Context, kind: Kind): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  const { fields, form } = submitted(ctx)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (!pending || !mayProve(kind, progress)) return to(ctx, placeOf(desk, progress))
  const { accountId, email } = pending
  const typed = fields['code']
  const knownBrowser = isKnownHere(desk, ctx, { id: accountId, epoch: pending.epoch })
  const submission = { ...inSignIn(signIn, pending), form, typed, knownBrowser }
  const again = (error: Fault, ourTime: number | null = null): void =>
    page(desk, forms, ctx, kind, 422, signIn, email, error, ourTime)

  const by = callerOf(ctx, accountId)
  const prove = kind.proof === 'otp' ? desk.journey.proveCode : desk.journey.useBackupCode
  const outcome = await prove(submission, by)
  if (outcome.is === 'unreadable')
    return again(kind.proof === 'otp' && looksLikeBackupCode(typed) ? 'looks-like-backup-code' : outcome.why)
  if (outcome.is === 'refused') {
    if (!isWrongCode(outcome.refusal)) {
      auditRefusedSignIn(desk, ctx, signIn, { accountId, refusal: outcome.refusal })
      return answerRefusal(desk, ctx, outcome.refusal, {
        ...around(signIn, email),
        startAgainHref: startAgainHref(desk, ctx, signIn.uid),
      })
    }
    return again('incorrect', clockHint(desk, outcome.refusal))
  }
  if (outcome.event.is !== 'code-accepted' && outcome.event.is !== 'backup-code-accepted') return
  const proven = { proof: kind.proof, at: outcome.event.at }
  if (isOwnPrompt(signIn.prompt)) return beginChange(desk, ctx, signIn, pending, proven)
  const browser = pending.browser ?? bindBrowser(desk, ctx, signIn)
  return goOn(desk, ctx, progress, { ...pending, browser, proven }, outcome.account)
}

export const isWrongCode = (refusal: Refusal): boolean =>
  refusal.is === 'code-incorrect' || refusal.is === 'code-replayed'

/** From the second miss on, whatever was typed: a hint that depends on it would tell a guesser which code is good in a minute. */
export const clockHint = (desk: Desk, refusal: Refusal): number | null =>
  refusal.is === 'code-incorrect' && refusal.failures >= CLOCK_HINT_FROM ? desk.clock.now() : null

/** Proven. Codes that were never saved come first; otherwise the sign-in is done, in a 200 page that goes on by itself. */
async function goOn(desk: Desk, ctx: Context, progress: Progress, pending: Pending, account: Account): Promise<void> {
  const { signIn } = progress
  if (mustSaveCodes(account)) {
    const prepared = openSetUp(desk, progress)
    const setUp = prepared ?? desk.journey.newSetUp()
    const renewed = await desk.journey.renewCodes(doorOf(signIn, pending), setUp, callerOf(ctx, account.id))
    if (renewed.is === 'refused') {
      auditRefusedSignIn(desk, ctx, signIn, { accountId: account.id, refusal: renewed.refusal })
      return answerRefusal(desk, ctx, renewed.refusal, around(signIn))
    }
    // Somebody was quicker with codes of their own making: theirs are the ones on record, and on their page.
    if (renewed.is === 'repeated' && !prepared) return to(ctx, pathOf(desk, signIn.uid))
    const sealed = sealSetUp(desk, signIn.uid, setUp)
    const until = codesUntil(desk, signIn)
    const codes: Pending = { ...pending, stage: 'codes', sealed, until, fulfilled: ['new_backup_codes'] }
    await desk.interactions.save(signIn, codes)
    return to(ctx, placeOf(desk, { signIn, pending: codes }))
  }
  await complete(desk, ctx, signIn, pending)
  return answerFinished(desk, ctx, signIn)
}

function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  kind: Kind,
  status: number,
  signIn: SignIn,
  email: string,
  error: Fault | null,
  ourTime: number | null,
): void {
  const path = (part: string): string => `/sign-in/${signIn.uid}${part}`
  const form = forms.to(ctx, path(kind.path))
  if (kind.name === 'challenge') {
    const locals = {
      ...form,
      error,
      ourTime,
      backupHref: path('/backup-code'),
      notYouHref: notYouHref(desk, ctx, signIn),
    }
    return answer(desk, ctx, status, 'challenge', locals, around(signIn, email))
  }
  const fault = error === 'empty' || error === null ? error : 'incorrect'
  answer(
    desk,
    ctx,
    status,
    'backup-code',
    {
      ...form,
      error: fault,
      challengeHref: path(isOwnPrompt(signIn.prompt) ? '/change' : '/code'),
      notYouHref: notYouHref(desk, ctx, signIn),
    },
    around(signIn, email),
  )
}

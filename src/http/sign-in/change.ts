/** What somebody asked for their own account (`prompt=replace_authenticator`, …): what will happen, and the code it takes. */
import type { Context } from 'koa'
import { codesRemaining } from '../../core/questions.ts'
import { isAccountPrompt, type AccountPrompt, type Pending } from '../../oidc/interactions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { isKnownHere } from '../knownBrowser.ts'
import { beginChange, suffices } from './beginChange.ts'
import { startAgainHref } from '../startAgain.ts'
import { clockWarning, isWrongCode, looksLikeBackupCode } from './code.ts'
import { seeOther } from '../redirect.ts'
import { answerFinished, frame, inSignIn, stagePathOf, type Progress, progressOf } from './progress.ts'

type Fault = Pages['change']['error']

interface ChangeInProgress extends Progress {
  readonly pending: Pending
  readonly prompt: AccountPrompt
}

/** A change that was asked for and is not begun yet; else null. */
function actionOf({ signIn, pending }: Progress): ChangeInProgress | null {
  const { prompt } = signIn
  return pending?.stage === 'change' && isAccountPrompt(prompt) ? { signIn, pending, prompt } : null
}

export async function showChange(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  if (progress.signIn.finished) return answerFinished(services, ctx, progress.signIn)
  const request = actionOf(progress)
  if (!request) return seeOther(ctx, stagePathOf(services, progress))
  await page(services, ctx, request, 200, null)
}

export async function change(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn } = progress
  const { fields, form } = submitted(ctx)
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  const request = actionOf(progress)
  if (!request) return seeOther(ctx, stagePathOf(services, progress))
  const { pending, prompt } = request
  const account = await services.accounts.getStored(pending.accountId)
  if (suffices(prompt, account, pending.proven)) return beginChange(services, ctx, signIn, pending, pending.proven)

  const { accountId, email } = pending
  const typed = fields['code']
  const knownBrowser = isKnownHere(services, ctx, { id: accountId, epoch: pending.epoch })
  const submission = { ...inSignIn(signIn, pending), form, typed, knownBrowser }
  const outcome = await services.enrolments.proveCode(submission, callerOf(ctx, accountId))
  if (outcome.is === 'unreadable')
    return page(services, ctx, request, 422, looksLikeBackupCode(typed) ? 'looks-like-backup-code' : outcome.why)
  if (outcome.is === 'refused') {
    if (isWrongCode(outcome.refusal))
      return page(services, ctx, request, 422, 'incorrect', clockWarning(services, outcome.refusal))
    const startAgain = startAgainHref(services, ctx, signIn.uid)
    return answerRefusal(services, ctx, outcome.refusal, { ...frame(signIn, email), startAgainHref: startAgain })
  }
  const at = outcome.event.is === 'code-accepted' ? outcome.event.at : services.clock.now()
  return beginChange(services, ctx, signIn, pending, { proof: 'otp', at })
}

/** Until it is confirmed nothing has changed, so that going back is all there is to do. */
export async function cancelChange(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  submitted(ctx)
  if (!signIn.finished) {
    const isBegun = pending !== null && ['change', 'password', 'set-up'].includes(pending.stage)
    if (!isBegun || !isAccountPrompt(signIn.prompt)) return seeOther(ctx, stagePathOf(services, progress))
    await services.interactions.deny(signIn)
  }
  return answerFinished(services, ctx, signIn, 'back')
}

const whats = { replace_authenticator: 'replace', new_backup_codes: 'renew', change_password: 'password' } as const

/** Where **Cancel** goes; null: this sign-in cannot do without what it asks for. */
export const cancelForm = (
  services: Services,
  ctx: Context,
  { uid, prompt }: Progress['signIn'],
): Pages['change']['cancel'] => (isAccountPrompt(prompt) ? services.forms.to(ctx, `/sign-in/${uid}/cancel`) : null)

async function page(
  services: Services,
  ctx: Context,
  { signIn, pending, prompt }: ChangeInProgress,
  status: number,
  error: Fault,
  ourTime: number | null = null,
): Promise<void> {
  const account = await services.accounts.getStored(pending.accountId)
  const path = (part: string): string => `/sign-in/${signIn.uid}${part}`
  const locals: Pages['change'] = {
    ...services.forms.to(ctx, path('/change')),
    what: whats[prompt],
    codesLeft: account ? codesRemaining(account) : 0,
    asksCode: !suffices(prompt, account, pending.proven),
    error,
    ourTime,
    backupHref: prompt === 'new_backup_codes' ? null : path('/backup-code'),
    cancel: cancelForm(services, ctx, signIn),
  }
  answer(services, ctx, { status, page: 'change', locals, frame: frame(signIn, pending.email) })
}

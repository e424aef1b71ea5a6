/** What somebody asked for their own account (`prompt=replace_authenticator`, …): what will happen, and the code it takes. */
import type { Context } from 'koa'
import { codesRemaining } from '../../core/questions.ts'
import { isOwnPrompt, type OwnPrompt, type Pending } from '../../oidc/interactions.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import type { Pages } from '../pages.ts'
import { isKnownHere } from '../knownBrowser.ts'
import { beginChange, suffices } from './beginChange.ts'
import { startAgainHref } from './begin.ts'
import { clockHint, isWrongCode, looksLikeBackupCode } from './code.ts'
import { answerFinished, around, inSignIn, placeOf, type Progress, progressOf, to } from './progress.ts'

type Fault = Pages['change']['error']

interface Asked extends Progress {
  readonly pending: Pending
  readonly prompt: OwnPrompt
}

/** A change that was asked for and is not begun yet; else null. */
function askedOf({ signIn, pending }: Progress): Asked | null {
  const { prompt } = signIn
  return pending?.stage === 'change' && isOwnPrompt(prompt) ? { signIn, pending, prompt } : null
}

export async function showChange(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  if (progress.signIn.finished) return answerFinished(desk, ctx, progress.signIn)
  const asked = askedOf(progress)
  if (!asked) return to(ctx, placeOf(desk, progress))
  await page(desk, forms, ctx, asked, 200, null)
}

export async function change(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn } = progress
  const { fields, form } = submitted(ctx)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  const asked = askedOf(progress)
  if (!asked) return to(ctx, placeOf(desk, progress))
  const { pending, prompt } = asked
  const account = await desk.corridor.recall(pending.accountId)
  if (suffices(prompt, account, pending.proven)) return beginChange(desk, ctx, signIn, pending, pending.proven)

  const { accountId, email } = pending
  const typed = fields['code']
  const knownBrowser = isKnownHere(desk, ctx, { id: accountId, epoch: pending.epoch })
  const submission = { ...inSignIn(signIn, pending), form, typed, knownBrowser }
  const outcome = await desk.journey.proveCode(submission, callerOf(ctx, accountId))
  if (outcome.is === 'unreadable')
    return page(desk, forms, ctx, asked, 422, looksLikeBackupCode(typed) ? 'looks-like-backup-code' : outcome.why)
  if (outcome.is === 'refused') {
    if (isWrongCode(outcome.refusal))
      return page(desk, forms, ctx, asked, 422, 'incorrect', clockHint(desk, outcome.refusal))
    const startAgain = startAgainHref(desk, ctx, signIn.uid)
    return answerRefusal(desk, ctx, outcome.refusal, { ...around(signIn, email), startAgainHref: startAgain })
  }
  const at = outcome.event.is === 'code-accepted' ? outcome.event.at : desk.clock.now()
  return beginChange(desk, ctx, signIn, pending, { proof: 'otp', at })
}

/** Until it is confirmed nothing has changed, so that going back is all there is to do. */
export async function cancelChange(desk: Desk, _forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  submitted(ctx)
  if (!signIn.finished) {
    const isBegun = pending !== null && ['change', 'password', 'set-up'].includes(pending.stage)
    if (!isBegun || !isOwnPrompt(signIn.prompt)) return to(ctx, placeOf(desk, progress))
    await desk.interactions.deny(signIn)
  }
  return answerFinished(desk, ctx, signIn, 'back')
}

const whats = { replace_authenticator: 'replace', new_backup_codes: 'renew', change_password: 'password' } as const

/** Where **Cancel** goes; null: this sign-in cannot do without what it asks for. */
export const cancelForm = (
  forms: Forms,
  ctx: Context,
  { uid, prompt }: Progress['signIn'],
): Pages['change']['cancel'] => (isOwnPrompt(prompt) ? forms.to(ctx, `/sign-in/${uid}/cancel`) : null)

async function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { signIn, pending, prompt }: Asked,
  status: number,
  error: Fault,
  ourTime: number | null = null,
): Promise<void> {
  const account = await desk.corridor.recall(pending.accountId)
  const path = (part: string): string => `/sign-in/${signIn.uid}${part}`
  const locals: Pages['change'] = {
    ...forms.to(ctx, path('/change')),
    what: whats[prompt],
    codesLeft: account ? codesRemaining(account) : 0,
    asksCode: !suffices(prompt, account, pending.proven),
    error,
    ourTime,
    backupHref: prompt === 'new_backup_codes' ? null : path('/backup-code'),
    cancel: cancelForm(forms, ctx, signIn),
  }
  answer(desk, ctx, status, 'change', locals, around(signIn, pending.email))
}

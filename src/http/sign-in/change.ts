/** A change of the own account (`prompt=replace_authenticator`, …): the first page and the code. */
import type { Context } from 'koa'
import { codesRemaining, mustReplace } from '../../core/questions.ts'
import { isAccountPrompt, type AccountPrompt } from '../../oidc/interactions.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { isKnownHere } from '../knownBrowser.ts'
import type { Pages } from '../pages/locals.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { answer } from '../respond.ts'
import { beginChange, suffices } from './beginChange.ts'
import { clockWarning, isWrongCode, looksLikeBackupCode } from './code.ts'
import { inSignIn, progressOf, type SignInRequest, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { answerFinished, atStage, formTo, frameOf, goToStage, pathIn } from './stage.ts'

type Fault = Pages['change']['error']

interface Change extends Step {
  readonly prompt: AccountPrompt
}

const atChange = (handle: (change: Change) => Promise<void>) =>
  atStage('change', (step) => {
    const { prompt } = step.signIn
    return isAccountPrompt(prompt) ? handle({ ...step, prompt }) : goToStage(step)
  })

export const showChange = atChange((change) => page(change, 200, null))

export const change = atChange(async (request) => {
  const { services, ctx, signIn, pending, prompt } = request
  const { accountId, proven } = pending
  const { fields, form } = submitted(ctx)
  const account = await services.accounts.getCurrent(accountId)
  if (suffices(prompt, account, proven)) return beginChange(request, prompt, proven)
  const typed = fields['code']
  const knownBrowser = isKnownHere(services, ctx, { id: accountId, epoch: pending.epoch })
  const submission = { ...inSignIn(signIn, pending), form, typed, knownBrowser }
  const outcome = await services.signIns.proveCode(submission, callerOf(ctx, accountId))
  if (outcome.is === 'unreadable')
    return page(request, 422, looksLikeBackupCode(typed) ? 'looks-like-backup-code' : outcome.why)
  if (outcome.is === 'refused')
    return isWrongCode(outcome.refusal)
      ? page(request, 422, 'incorrect', clockWarning(services, outcome.refusal))
      : refuseSignIn(request, outcome.refusal)
  const at = outcome.event.is === 'code-accepted' ? outcome.event.at : services.clock.now()
  return beginChange(request, prompt, { proof: 'otp', at })
})

/** **Cancel**: nothing changes before the confirmation. */
export async function cancelChange(services: Services, ctx: Context): Promise<void> {
  const request = await progressOf(services, ctx)
  const { signIn, pending } = request
  if (!signIn.finished) {
    const isBegun = pending !== null && ['change', 'password', 'set-up'].includes(pending.stage)
    if (!isBegun || !isAccountPrompt(signIn.prompt)) return goToStage(request)
    await services.interactions.deny(signIn)
  }
  answerFinished(request, 'back')
}

const whats = { replace_authenticator: 'replace', new_backup_codes: 'renew', change_password: 'password' } as const

/** **Cancel**; null: the sign-in cannot continue without this step. */
export const cancelForm = (request: SignInRequest): Form | null =>
  isAccountPrompt(request.signIn.prompt) ? formTo(request, '/cancel') : null

async function page(request: Change, status: number, error: Fault, ourTime: number | null = null): Promise<void> {
  const { services, ctx, signIn, pending, prompt } = request
  const account = await services.accounts.getCurrent(pending.accountId)
  const locals: Pages['change'] = {
    ...formTo(request, '/change'),
    what: whats[prompt],
    isWeak: prompt === 'replace_authenticator' && account !== null && mustReplace(account),
    codesLeft: account ? codesRemaining(account) : 0,
    asksCode: !suffices(prompt, account, pending.proven),
    error,
    ourTime,
    backupHref: prompt === 'new_backup_codes' ? null : pathIn(request, '/backup-code'),
    cancel: cancelForm(request),
  }
  answer(services, ctx, { status, page: 'change', locals, frame: frameOf(signIn, pending.email) })
}

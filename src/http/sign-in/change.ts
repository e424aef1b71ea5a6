/** A change of the own account (`prompt=replace_authenticator`, …): the first page and the code. */
import type { Context } from 'koa'
import { totpOf } from '../../core/authenticators.ts'
import { codesRemaining, mustReplace } from '../../core/questions.ts'
import { isAccountPrompt, type AccountPrompt } from '../../oidc/interactions.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { isKnownHere } from '../knownBrowser.ts'
import { hasAssertion, passkeyError, passkeyForm, proofByPasskey } from '../passkeyForms.ts'
import type { Pages } from '../pages/locals.ts'
import type { Form, PasskeyForm } from '../pages/pageMetadata.ts'
import { answer } from '../respond.ts'
import { beginChange, suffices, takesBackupCode } from './beginChange.ts'
import { clockWarning, isWrongCode, looksLikeBackupCode } from './code.ts'
import { provePasskey } from './passkey.ts'
import { inSignIn, progressOf, type SignInRequest, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { answerFinished, atStage, formTo, frameOf, goToStage, pathIn } from './stage.ts'

interface Change extends Step {
  readonly prompt: AccountPrompt
}

const atChange = (handle: (change: Change) => Promise<void>) =>
  atStage('change', (step) => {
    const { prompt } = step.signIn
    return isAccountPrompt(prompt) ? handle({ ...step, prompt }) : goToStage(step)
  })

export const showChange = atChange((change) => page(change, 200))

export const change = atChange(async (request) => {
  const { services, ctx, signIn, pending, prompt } = request
  const { accountId, proven } = pending
  const { fields, form } = submitted(ctx)
  const account = await services.accounts.getCurrent(accountId)
  if (suffices(prompt, account, proven)) return beginChange(request, prompt, proven)
  if (hasAssertion(ctx)) return changeByPasskey(request)
  const typed = fields['code']
  const knownBrowser = isKnownHere(services, ctx, { id: accountId, epoch: pending.epoch })
  const submission = { ...inSignIn(signIn, pending), form, typed, knownBrowser }
  const outcome = await services.signIns.proveCode(submission, callerOf(ctx, accountId))
  if (outcome.is === 'unreadable')
    return page(request, 422, { error: looksLikeBackupCode(typed) ? 'looks-like-backup-code' : outcome.why })
  if (outcome.is === 'refused')
    return isWrongCode(outcome.refusal)
      ? page(request, 422, { error: 'incorrect', ourTime: clockWarning(services, outcome.refusal) })
      : refuseSignIn(request, outcome.refusal)
  const at = outcome.event.is === 'code-accepted' ? outcome.event.at : services.clock.now()
  return beginChange(request, prompt, { proof: 'otp', at })
})

async function changeByPasskey(request: Change): Promise<void> {
  const { prompt } = request
  const outcome = await provePasskey(request, 'change')
  if (outcome.is === 'unaccepted') return page(request, 422, { passkey: passkeyError(outcome.why) })
  if (outcome.is === 'refused') return refuseSignIn(request, outcome.refusal)
  const { event, account } = outcome
  if (event.is !== 'passkey-accepted') return
  const proven = { proof: proofByPasskey(event), at: event.at }
  // It may have been copied, so that it proves no more than a sign-in.
  if (!suffices(prompt, account, proven)) return page(request, 422, { passkey: 'incorrect' })
  return beginChange(request, prompt, proven)
}

/** **Cancel**: nothing changes before the confirmation. */
export async function cancelChange(services: Services, ctx: Context): Promise<void> {
  const request = await progressOf(services, ctx)
  const { signIn, pending } = request
  if (!signIn.finished) {
    const isBegun = pending !== null && ['change', 'password', 'authenticators', 'set-up'].includes(pending.stage)
    if (!isBegun || !isAccountPrompt(signIn.prompt)) return goToStage(request)
    await services.interactions.deny(signIn)
  }
  answerFinished(request, 'back')
}

const whats = {
  replace_authenticator: 'replace',
  new_backup_codes: 'renew',
  manage_authenticators: 'manage',
  change_password: 'password',
} as const

/** **Cancel**; null: the sign-in cannot continue without this step. */
export const cancelForm = (request: SignInRequest): Form | null =>
  isAccountPrompt(request.signIn.prompt) ? formTo(request, '/cancel') : null

interface Faults {
  readonly error?: Pages['change']['error']
  readonly ourTime?: number | null
  readonly passkey?: PasskeyForm['error']
}

async function page(
  request: Change,
  status: number,
  { error = null, ourTime = null, passkey = null }: Faults = {},
): Promise<void> {
  const { services, ctx, signIn, pending, prompt } = request
  const account = await services.accounts.getCurrent(pending.accountId)
  const needsProof = !suffices(prompt, account, pending.proven)
  const begun = needsProof && account ? services.passkeys.begin(account, 'change') : null
  const locals: Pages['change'] = {
    ...formTo(request, '/change'),
    what: whats[prompt],
    isWeak: prompt === 'replace_authenticator' && account !== null && mustReplace(account),
    codesLeft: account ? codesRemaining(account) : 0,
    asksCode: needsProof && (begun === null || (account?.factor.is === 'active' && totpOf(account.factor) !== null)),
    passkey: begun && passkeyForm(services, ctx, { action: pathIn(request, '/change'), begun, error: passkey }),
    error,
    ourTime,
    backupHref: takesBackupCode(prompt) ? pathIn(request, '/backup-code') : null,
    cancel: cancelForm(request),
  }
  answer(services, ctx, { status, page: 'change', locals, frame: frameOf(signIn, pending.email) })
}

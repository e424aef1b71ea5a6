/** The challenge by a passkey. The other proofs have pages of their own. */
import { totpOf } from '../../core/authenticators.ts'
import { isSignInOver } from '../../core/questions.ts'
import type { Context } from 'koa'
import type { Outcome, Prefetched } from '../../accounts/accounts.ts'
import type { Unaccepted } from '../../service/passkeys.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { isKnownHere } from '../knownBrowser.ts'
import { passkeyError, passkeyForm, proofByPasskey, submittedCeremony } from '../passkeyForms.ts'
import type { PasskeyForm } from '../pages/pageMetadata.ts'
import { signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { answer } from '../respond.ts'
import { continueAfterProof } from './continueAfterProof.ts'
import { inSignIn, prefetchAccount, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { atStage, formTo, frameOf, notYouHref, pathIn } from './stage.ts'

type Answer = (step: Step, prefetched: Prefetched | null) => Promise<void>

const challenge = (work: Answer) => (services: Services, ctx: Context) => {
  // With the sign-in itself, in one round trip.
  const prefetched = prefetchAccount(services, ctx)
  return atStage('code', (step) => work(step, prefetched))(services, ctx)
}

export const showPasskey = challenge((step, prefetched) => page(step, null, prefetched))
export const checkPasskey = challenge(check)

async function check(step: Step, prefetched: Prefetched | null): Promise<void> {
  const outcome = await provePasskey(step, 'sign-in', prefetched)
  if (outcome.is === 'unaccepted') return page(step, passkeyError(outcome.why))
  if (outcome.is === 'refused') return refuseSignIn(step, outcome.refusal)
  const { event, account } = outcome
  if (event.is === 'passkey-accepted')
    await continueAfterProof(step, { proof: proofByPasskey(event), at: event.at }, account)
}

/** Proves the submitted assertion. */
export function provePasskey(
  { services, ctx, signIn, pending }: Step,
  purpose: 'sign-in' | 'change',
  prefetched: Prefetched | null = null,
): Promise<Outcome | Unaccepted> {
  const { accountId, epoch } = pending
  const { fields, form } = submitted(ctx)
  const knownBrowser = isKnownHere(services, ctx, { id: accountId, epoch })
  const submission = { ...inSignIn(signIn, pending), form, knownBrowser, typed: fields['assertion'], prefetched }
  const ceremony = submittedCeremony(services, ctx)
  return services.signIns.provePasskey(submission, { purpose, ceremony }, callerOf(ctx, accountId))
}

async function page(step: Step, error: PasskeyForm['error'], prefetched: Prefetched | null = null): Promise<void> {
  const { services, ctx, signIn, pending } = step
  const account = await services.accounts.getStored(pending.accountId, prefetched)
  if (!account || account.factor.is !== 'active' || isSignInOver(account, inSignIn(signIn, pending)))
    return refuseSignIn(step, { is: 'sign-in-over' })
  const begun = services.passkeys.begin(account, 'sign-in')
  // The last one was removed meanwhile.
  if (!begun) return seeOther(ctx, signInPath(services, signIn.uid, '/code'))
  const action = pathIn(step, '/passkey')
  const locals = {
    ...formTo(step, '/passkey'),
    passkey: passkeyForm(services, ctx, { action, begun, error }),
    codeHref: totpOf(account.factor) ? pathIn(step, '/code') : null,
    backupHref: pathIn(step, '/backup-code'),
    notYouHref: notYouHref(step),
  }
  const frame = frameOf(signIn, pending.email)
  answer(services, ctx, { status: error === null ? 200 : 422, page: 'passkey', locals, frame })
}

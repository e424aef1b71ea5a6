import { isAccountPrompt, type Pending } from '../../oidc/interactions.ts'
import type { Refusal } from '../../core/refusal.ts'
import { callerOf } from '../context.ts'
import { answerRefusal, type RefusalOptions } from '../refusalPages.ts'
import { startAgainHref } from '../startAgain.ts'
import type { SignInRequest } from './progress.ts'
import { frameOf } from './stage.ts'

type AfterPassword = Omit<SignInRequest, 'pending'> & { readonly pending: Pick<Pending, 'accountId'> }

/** Ends a sign-in after the correct password, audited with the reason. A refused change of the account is no sign-in. */
export function refuseSignIn(request: AfterPassword, refusal: Refusal, options: RefusalOptions = {}): void {
  const { services, ctx, signIn, pending } = request
  if (!isAccountPrompt(signIn.prompt))
    services.signInLog.record({
      type: 'sign_in.refused',
      accountId: pending.accountId,
      signInId: signIn.uid,
      reason: refusal.is,
      clientId: signIn.client?.id ?? null,
      caller: callerOf(ctx, null),
    })
  const startAgain = startAgainHref(services, ctx, signIn.uid)
  answerRefusal(services, ctx, refusal, { ...frameOf(signIn), startAgainHref: startAgain, ...options })
}

/** What the pages of a sign-in report to the audit. Its end is reported by the provider, which is where a session begins. */
import type { Context } from 'koa'
import type { Refusal } from '../../core/refusal.ts'
import { isAccountPrompt, type SignIn } from '../../oidc/interactions.ts'
import { callerOf, type Services } from '../context.ts'

/** The password was right, and the sign-in ends here all the same. A refused change of the account is no sign-in. */
export function auditRefusedSignIn(
  services: Services,
  ctx: Context,
  { prompt, uid, client }: SignIn,
  { accountId, refusal }: { readonly accountId: string; readonly refusal: Refusal },
): void {
  if (isAccountPrompt(prompt)) return
  services.signInLog.record({
    type: 'sign_in.refused',
    accountId,
    signInId: uid,
    reason: refusal.is,
    clientId: client?.id ?? null,
    caller: callerOf(ctx, null),
  })
}

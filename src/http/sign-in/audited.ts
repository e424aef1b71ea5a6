/** What the pages of a sign-in report to the audit. Its end is reported by the provider, which is where a session begins. */
import type { Context } from 'koa'
import type { Refusal } from '../../core/vocabulary.ts'
import { isOwnPrompt, type SignIn } from '../../oidc/interactions.ts'
import type { SignInEvent } from '../../signInLog.ts'
import { callerOf, type Desk } from '../desk.ts'

type WrongPassword = Extract<SignInEvent, { readonly type: 'password.refused' }>

/** A wrong password, or the email of an unknown person; `client` is null where there is no application. */
export function auditWrongPassword(
  desk: Desk,
  ctx: Context,
  of: WrongPassword['of'],
  client: { readonly id: string } | null = null,
): void {
  const caller = callerOf(ctx, null)
  desk.signInLog.record({ type: 'password.refused', of, clientId: client?.id ?? null, caller })
}

/** The password was right, and the sign-in ends here all the same. A refused change of the account is no sign-in. */
export function auditRefusedSignIn(
  desk: Desk,
  ctx: Context,
  { prompt, uid, client }: SignIn,
  { accountId, refusal }: { readonly accountId: string; readonly refusal: Refusal },
): void {
  if (isOwnPrompt(prompt)) return
  desk.signInLog.record({
    type: 'sign_in.refused',
    accountId,
    signInId: uid,
    reason: refusal.is,
    clientId: client?.id ?? null,
    caller: callerOf(ctx, null),
  })
}

/** What a change of one's own account begins with, once its holder has proven themselves: a new secret, new codes, the old password. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { PENDING_SECONDS } from '../../core/rules.ts'
import type { OwnPrompt, Pending, Proven, SignIn } from '../../oidc/interactions.ts'
import { answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { around, bindBrowser, codesUntil, doorOf, pathOf, placeOf, sealSetUp, to } from './progress.ts'

/**
 * Whether a proof is enough for it. A backup code replaces an authenticator, or whoever lost their phone would need an administrator
 * though they kept what was given them for that day. It makes no further codes: paper must not breed paper. A password alone is changed
 * by whoever has nothing else.
 */
export const suffices = (prompt: OwnPrompt, account: Account | null, proven: Proven | null): boolean =>
  proven === null
    ? prompt === 'change_password' && account?.factor.is === 'none'
    : proven.proof === 'otp' || prompt !== 'new_backup_codes'

export async function beginChange(
  desk: Desk,
  ctx: Context,
  signIn: SignIn,
  before: Pending,
  proven: Proven | null,
): Promise<void> {
  const pending = { ...before, proven, browser: before.browser ?? bindBrowser(desk, ctx, signIn) }
  switch (signIn.prompt) {
    case 'replace_authenticator':
      return beginReplacing(desk, ctx, signIn, pending)
    case 'new_backup_codes':
      return renew(desk, ctx, signIn, pending)
    case 'change_password': {
      const next: Pending = { ...pending, stage: 'password', until: signIn.expiresAt }
      await desk.interactions.save(signIn, next)
      return to(ctx, placeOf(desk, { signIn, pending: next }))
    }
    default:
      throw new TypeError(`${signIn.prompt} changes nothing`)
  }
}

/** The record learns nothing of it until the new one is confirmed: leaving half-way leaves nothing half-on. */
async function beginReplacing(desk: Desk, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  const provenAt = pending.proven?.at ?? 0
  const next: Pending = {
    ...pending,
    stage: 'set-up',
    sealed: sealSetUp(desk, signIn.uid, desk.journey.newSetUp()),
    until: Math.min(provenAt + PENDING_SECONDS, signIn.expiresAt),
  }
  await desk.interactions.save(signIn, next)
  return to(ctx, placeOf(desk, { signIn, pending: next }))
}

async function renew(desk: Desk, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  const setUp = desk.journey.newSetUp()
  const by = callerOf(ctx, pending.accountId)
  const renewed = await desk.journey.renewCodes(doorOf(signIn, pending), setUp, by)
  if (renewed.is === 'refused') return answerRefusal(desk, ctx, renewed.refusal, around(signIn, pending.email))
  // Sent twice: the codes on record are those that the first sending shows.
  if (renewed.is === 'repeated') return to(ctx, pathOf(desk, signIn.uid, '/change'))
  const codes: Pending = {
    ...pending,
    stage: 'codes',
    sealed: sealSetUp(desk, signIn.uid, setUp),
    until: codesUntil(desk, signIn),
    fulfilled: ['new_backup_codes'],
  }
  await desk.interactions.save(signIn, codes)
  return to(ctx, placeOf(desk, { signIn, pending: codes }))
}

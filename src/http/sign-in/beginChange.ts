/** What a change of one's own account begins with, once its holder has proven themselves: a new secret, new codes, the old password. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { PENDING_SECONDS } from '../../core/rules.ts'
import type { AccountPrompt, Pending, Proven, SignIn } from '../../oidc/interactions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { callerOf, type Services } from '../context.ts'
import { signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { frame, bindBrowser, codesUntil, enrolmentContextOf, stagePathOf, sealSetUp } from './progress.ts'

/**
 * Whether a proof is enough for it. A backup code replaces an authenticator, or whoever lost their phone would need an administrator
 * though they kept what was given them for that day. It makes no further codes: paper must not breed paper. A password alone is changed
 * by whoever has nothing else.
 */
export const suffices = (prompt: AccountPrompt, account: Account | null, proven: Proven | null): boolean =>
  proven === null
    ? prompt === 'change_password' && account?.factor.is === 'none'
    : proven.proof === 'otp' || prompt !== 'new_backup_codes'

export async function beginChange(
  services: Services,
  ctx: Context,
  signIn: SignIn,
  before: Pending,
  proven: Proven | null,
): Promise<void> {
  const pending = { ...before, proven, browser: before.browser ?? bindBrowser(services, ctx, signIn) }
  switch (signIn.prompt) {
    case 'replace_authenticator':
      return beginReplacing(services, ctx, signIn, pending)
    case 'new_backup_codes':
      return renew(services, ctx, signIn, pending)
    case 'change_password': {
      const next: Pending = { ...pending, stage: 'password', until: signIn.expiresAt }
      await services.interactions.save(signIn, next)
      return seeOther(ctx, stagePathOf(services, { signIn, pending: next }))
    }
    default:
      throw new TypeError(`${signIn.prompt} changes nothing`)
  }
}

/** The record learns nothing of it until the new one is confirmed: leaving half-way leaves nothing half-on. */
async function beginReplacing(services: Services, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  const provenAt = pending.proven?.at ?? 0
  const next: Pending = {
    ...pending,
    stage: 'set-up',
    sealed: sealSetUp(services, signIn.uid, services.enrolments.newSetUp()),
    until: Math.min(provenAt + PENDING_SECONDS, signIn.expiresAt),
  }
  await services.interactions.save(signIn, next)
  return seeOther(ctx, stagePathOf(services, { signIn, pending: next }))
}

async function renew(services: Services, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  const setUp = services.enrolments.newSetUp()
  const by = callerOf(ctx, pending.accountId)
  const renewed = await services.enrolments.renewCodes(enrolmentContextOf(signIn, pending), setUp, by)
  if (renewed.is === 'refused') return answerRefusal(services, ctx, renewed.refusal, frame(signIn, pending.email))
  // Sent twice: the codes on record are those that the first sending shows.
  if (renewed.is === 'repeated') return seeOther(ctx, signInPath(services, signIn.uid, '/change'))
  const codes: Pending = {
    ...pending,
    stage: 'codes',
    sealed: sealSetUp(services, signIn.uid, setUp),
    until: codesUntil(services, signIn),
    fulfilled: ['new_backup_codes'],
  }
  await services.interactions.save(signIn, codes)
  return seeOther(ctx, stagePathOf(services, { signIn, pending: codes }))
}

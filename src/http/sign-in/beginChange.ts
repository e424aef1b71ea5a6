/** The first step of a change of the own account after the proof: a new secret, new codes, or the page for the password. */
import type { Account } from '../../core/account.ts'
import { PENDING_SECONDS } from '../../core/rules.ts'
import type { AccountPrompt, Pending, Proof, Proven } from '../../oidc/interactions.ts'
import { callerOf } from '../context.ts'
import { signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { bindBrowser, codesUntil, enrolmentContextOf, sealSetUp, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { moveTo } from './stage.ts'

/** A person who used the last backup code for a lost authenticator has no other proof. */
export const takesBackupCode = (prompt: AccountPrompt): boolean =>
  prompt === 'replace_authenticator' || prompt === 'change_password'

const sufficient: { readonly [K in Proof]: boolean } = {
  password: false,
  otp: true,
  passkey: true,
  'synced-passkey': true,
  'suspect-passkey': false,
  'backup-code': false,
}
/**
 * Whether a proof is enough. A backup code may replace a lost authenticator, but not renew the codes. A password alone may change the
 * password of an account without a second factor.
 */
export const suffices = (prompt: AccountPrompt, account: Account | null, proven: Proven | null): boolean =>
  proven === null
    ? prompt === 'change_password' && account?.factor.is === 'none'
    : sufficient[proven.proof] || (proven.proof === 'backup-code' && takesBackupCode(prompt))

export async function beginChange(step: Step, prompt: AccountPrompt, proven: Proven | null): Promise<void> {
  const browser = step.pending.browser ?? bindBrowser(step)
  await changes[prompt]({ ...step, pending: { ...step.pending, proven, browser } })
}

const changes: { readonly [K in AccountPrompt]: (step: Step) => Promise<void> } = {
  replace_authenticator: beginReplacing,
  new_backup_codes: renew,
  manage_authenticators: manage,
  change_password: (step) => moveTo(step, { ...step.pending, stage: 'password', until: step.signIn.expiresAt }),
}

/** The record changes only with the confirmation of the new authenticator. */
async function beginReplacing(step: Step): Promise<void> {
  const { services, signIn, pending } = step
  const sealed = sealSetUp(step, services.sealed.newSetUp())
  const until = Math.min((pending.proven?.at ?? 0) + PENDING_SECONDS, signIn.expiresAt)
  await moveTo(step, { ...pending, stage: 'set-up', sealed, until })
}

/** The set-up holds what a first passkey needs. */
async function manage(step: Step): Promise<void> {
  const { services, signIn, pending } = step
  const sealed = sealSetUp(step, services.sealed.newSetUp(services.passkeys.isOffered))
  const until = Math.min((pending.proven?.at ?? 0) + PENDING_SECONDS, signIn.expiresAt)
  await moveTo(step, { ...pending, stage: 'authenticators', sealed, until })
}

async function renew(step: Step): Promise<void> {
  const { services, ctx, signIn, pending } = step
  const setUp = services.sealed.newSetUp()
  const renewed = await services.enrolments.renewCodes(
    enrolmentContextOf(step),
    setUp,
    callerOf(ctx, pending.accountId),
  )
  if (renewed.is === 'refused') return refuseSignIn(step, renewed.refusal, { startAgainHref: null })
  // Sent twice: the record has the codes of the first answer.
  if (renewed.is === 'repeated') return seeOther(ctx, signInPath(services, signIn.uid, '/change'))
  await moveTo(step, renewedCodes(step, sealSetUp(step, setUp)))
}

/** Renewed codes, shown until they are saved. */
export const renewedCodes = (step: Step, sealed: string): Pending => ({
  ...step.pending,
  stage: 'codes',
  sealed,
  until: codesUntil(step),
  fulfilled: ['new_backup_codes'],
})

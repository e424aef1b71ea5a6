/** The challenge: an authenticator code or a backup code. It completes the sign-in, or leads to backup codes that are not saved yet. */
import type { Context } from 'koa'
import type { Prefetched } from '../../accounts/accounts.ts'
import type { Refusal } from '../../core/refusal.ts'
import { isAccountPrompt } from '../../oidc/interactions.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { isKnownHere } from '../knownBrowser.ts'
import type { Pages } from '../pages/locals.ts'
import { answer } from '../respond.ts'
import { takesBackupCode } from './beginChange.ts'
import { continueAfterProof } from './continueAfterProof.ts'
import { inSignIn, prefetchAccount, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { challengePath, formTo, frameOf, notYouHref, pathIn, where } from './stage.ts'

type Fault = Pages['challenge']['error']

/** A backup code in the field of the authenticator code: 16 letters and digits in groups. */
export const looksLikeBackupCode = (typed: unknown): boolean =>
  typeof typed === 'string' && /^[\dA-Za-z]{16}$/.test(typed.replaceAll(/[\s-]/g, ''))

/** Wrong codes in a row after which the clock may be the cause. Count. */
const CLOCK_WARNING_FROM = 2

/** Proofs of these pages. */
type Typed = 'otp' | 'backup-code'

/** A sign-in accepts any proof at its stage. Before a change only the backup code has its own page. */
const mayProve =
  (proof: Typed) =>
  ({ signIn, pending }: Step): boolean =>
    pending.stage === 'code' ||
    (pending.stage === 'change' &&
      proof === 'backup-code' &&
      isAccountPrompt(signIn.prompt) &&
      takesBackupCode(signIn.prompt))

const show = (proof: Typed) => where(mayProve(proof), (step) => page(step, proof, null))
const check = (proof: Typed) => (services: Services, ctx: Context) => {
  // With the sign-in itself, in one round trip.
  const prefetched = prefetchAccount(services, ctx)
  return where(mayProve(proof), (step) => prove(step, proof, prefetched))(services, ctx)
}

export const showCode = show('otp')
export const checkCode = check('otp')
export const showBackupCode = show('backup-code')
export const checkBackupCode = check('backup-code')

async function prove(step: Step, proof: Typed, prefetched: Prefetched | null): Promise<void> {
  const { services, ctx, signIn, pending } = step
  const { accountId, epoch } = pending
  const { fields, form } = submitted(ctx)
  const typed = fields['code']
  const knownBrowser = isKnownHere(services, ctx, { id: accountId, epoch })
  const submission = { ...inSignIn(signIn, pending), form, typed, knownBrowser, prefetched }
  const { proveCode, useBackupCode } = services.signIns
  const outcome = await (proof === 'otp' ? proveCode : useBackupCode)(submission, callerOf(ctx, accountId))
  if (outcome.is === 'unreadable')
    return page(step, proof, proof === 'otp' && looksLikeBackupCode(typed) ? 'looks-like-backup-code' : outcome.why)
  if (outcome.is === 'refused')
    return isWrongCode(outcome.refusal)
      ? page(step, proof, 'incorrect', clockWarning(services, outcome.refusal))
      : refuseSignIn(step, outcome.refusal)
  const { event } = outcome
  if (event.is !== 'code-accepted' && event.is !== 'backup-code-accepted') return
  await continueAfterProof(step, { proof, at: event.at }, outcome.account)
}

export const isWrongCode = (refusal: Refusal): boolean =>
  refusal.is === 'code-incorrect' || refusal.is === 'code-replayed'

/** From the second wrong code on, for any input: otherwise an attacker would learn which code is valid a minute later. */
export const clockWarning = (services: Services, refusal: Refusal): number | null =>
  refusal.is === 'code-incorrect' && refusal.failures >= CLOCK_WARNING_FROM ? services.clock.now() : null

function page(step: Step, proof: Typed, error: Fault, ourTime: number | null = null): void {
  const { services, ctx, signIn, pending } = step
  const rest = { status: error === null ? 200 : 422, frame: frameOf(signIn, pending.email) }
  if (proof === 'otp') {
    const hrefs = { backupHref: pathIn(step, '/backup-code'), notYouHref: notYouHref(step) }
    const locals = { ...formTo(step, '/code'), error, ourTime, ...hrefs }
    return answer(services, ctx, { page: 'challenge', locals, ...rest })
  }
  const locals: Pages['backup-code'] = {
    ...formTo(step, '/backup-code'),
    error: error === 'empty' || error === null ? error : 'incorrect',
    challengeHref: pathIn(step, isAccountPrompt(signIn.prompt) ? '/change' : challengePath(pending)),
    notYouHref: notYouHref(step),
  }
  answer(services, ctx, { page: 'backup-code', locals, ...rest })
}

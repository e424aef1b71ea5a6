/** What follows a proof of the second factor: the requested change, backup codes that are not saved yet, or the end of the sign-in. */
import type { Account } from '../../core/account.ts'
import { mustSaveCodes } from '../../core/questions.ts'
import { isAccountPrompt, type Proven } from '../../oidc/interactions.ts'
import { callerOf } from '../context.ts'
import { signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { beginChange, renewedCodes } from './beginChange.ts'
import { bindBrowser, complete, enrolmentContextOf, openSetUp, sealSetUp, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { answerFinished, moveTo } from './stage.ts'

export async function continueAfterProof(step: Step, proven: Proven, account: Account): Promise<void> {
  const { signIn, pending } = step
  if (isAccountPrompt(signIn.prompt)) return beginChange(step, signIn.prompt, proven)
  const browser = pending.browser ?? bindBrowser(step)
  await continueSignIn({ ...step, pending: { ...pending, browser, proven } }, account)
}

/** Codes that were never saved are shown first. Otherwise the sign-in is complete. */
async function continueSignIn(step: Step, account: Account): Promise<void> {
  const { services, ctx, signIn } = step
  if (!mustSaveCodes(account)) {
    await complete(step)
    return answerFinished(step)
  }
  const prepared = openSetUp(step)
  const setUp = prepared ?? services.sealed.newSetUp()
  const renewed = await services.enrolments.renewCodes(enrolmentContextOf(step), setUp, callerOf(ctx, account.id))
  if (renewed.is === 'refused') return refuseSignIn(step, renewed.refusal, { startAgainHref: null })
  // Another request renewed the codes first: the record has its codes, and its page shows them.
  if (renewed.is === 'repeated' && !prepared) return seeOther(ctx, signInPath(services, signIn.uid))
  await moveTo(step, renewedCodes(step, sealSetUp(step, setUp)))
}

/**
 * **Check your email**, after the password, where the mailed link is required too. Only the browser that opened the link continues: a
 * thief of the password could otherwise wait until the owner opens it elsewhere.
 */
import type { Account } from '../../core/account.ts'
import type { Refusal } from '../../core/refusal.ts'
import { flowClosed, isSignInOver, isUnfinished } from '../../core/questions.ts'
import { callerOf } from '../context.ts'
import { openedHere } from '../enrolment/openedLink.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answer } from '../respond.ts'
import { inSignIn, sealSetUp, setUpUntil, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { atStage, formTo, frameOf, moveTo, notYouHref } from './stage.ts'

type Page = Pages['check-email']

interface Waiting extends Step {
  readonly account: Account
}

/** While the reset can be completed by this sign-in. */
const whileWaiting = (handle: (waiting: Waiting) => Promise<void> | void) =>
  atStage('link', async (step) => {
    const { services, signIn, pending } = step
    const account = await services.accounts.getStored(pending.accountId)
    const closed: Refusal | null = account ? flowClosed(account, services.clock.now()) : { is: 'record-lost' }
    if (!account || closed || isSignInOver(account, inSignIn(signIn, pending)))
      return refuseSignIn(step, closed ?? { is: 'sign-in-over' })
    await handle({ ...step, account })
  })

export const showCheckEmail = whileWaiting((waiting) => page(waiting, 200, {}))

/** **I have opened the link**. */
export const continueWithLink = whileWaiting(async (waiting) => {
  const { services, ctx, pending, account } = waiting
  const opened = openedHere(services, ctx, account)
  if (opened.is !== 'opened') return page(waiting, 422, { error: faultOf(opened) })
  const person = await services.directory.find(account.id)
  const sealed = sealSetUp(waiting, services.sealed.newSetUp(services.passkeys.areOfferedTo(person)))
  await moveTo(waiting, { ...pending, stage: 'set-up', link: opened.link, sealed, until: setUpUntil(waiting) })
})

/** **Send it again**. The answer is the same when the hourly limit prevents the email. */
export const sendAgain = whileWaiting(async (waiting) => {
  const { services, ctx, signIn, pending } = waiting
  const at = inSignIn(signIn, pending)
  const sent = await services.signIns.sendAgain(at, submitted(ctx).form, callerOf(ctx, at.accountId))
  const isSilent =
    sent.is !== 'refused' || sent.refusal.is === 'too-many-resets' || sent.refusal.is === 'reset-finished'
  if (!isSilent) return refuseSignIn(waiting, sent.refusal)
  page({ ...waiting, account: sent.account }, 200, { said: 'sent' })
})

function faultOf({ is }: Refusal): NonNullable<Page['error']> {
  if (is === 'link-expired') return 'expired'
  if (is === 'link-replaced') return 'replaced'
  return is === 'link-cancelled' ? 'cancelled' : 'not-here'
}

function emailState({ factor, resets, links }: Account, now: number): Page['email'] {
  const reset = resets.find(({ id }) => factor.is === 'reset' && id === factor.resetId)
  if (!reset || !isUnfinished(reset)) return 'revoked'
  const live = links.find(({ resetId, state }) => resetId === reset.id && state.is === 'live')
  if (!live) return 'cancelled'
  return now < live.expiresAt ? 'sent' : 'expired'
}

type Answer = Partial<Pick<Page, 'error' | 'said'>>

function page(waiting: Waiting, status: number, { error = null, said = null }: Answer): void {
  const { services, ctx, signIn, pending, account } = waiting
  const email = emailState(account, services.clock.now())
  const locals: Page = {
    ...formTo(waiting, '/check-email'),
    account: pending.email,
    email,
    error,
    said: email === 'revoked' ? null : said,
    again: email === 'revoked' ? null : formTo(waiting, '/check-email/again'),
    notYouHref: notYouHref(waiting),
  }
  answer(services, ctx, { status, page: 'check-email', locals, frame: frameOf(signIn, pending.email) })
}

/**
 * After the password, where the mailed link is needed too: **Check your email**. It goes on only in a browser that has itself pressed
 * Continue on the live link, or whoever stole the password would wait here until the owner does it elsewhere.
 */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { flowClosed, isSignInOver, isUnfinished } from '../../core/questions.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { Pending, SignIn } from '../../oidc/interactions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { openedHere } from '../enrolment/openedLink.ts'
import { auditRefusedSignIn } from './audited.ts'
import { startAgainHref } from '../startAgain.ts'
import { seeOther } from '../redirect.ts'
import {
  answerFinished,
  frame,
  inSignIn,
  notYouHref,
  stagePathOf,
  progressOf,
  sealSetUp,
  setUpUntil,
} from './progress.ts'

type Page = Pages['check-email']

interface Waiting {
  readonly signIn: SignIn
  readonly pending: Pending
  readonly account: Account
}

export async function showCheckEmail(services: Services, ctx: Context): Promise<void> {
  const waiting = await waitingOf(services, ctx)
  if (waiting) page(services, ctx, waiting, 200, {})
}

/** **I have opened the link**. */
export async function continueWithLink(services: Services, ctx: Context): Promise<void> {
  submitted(ctx)
  const waiting = await waitingOf(services, ctx)
  if (!waiting) return
  const { signIn, pending, account } = waiting
  const opened = openedHere(services, ctx, account)
  if (opened.is !== 'opened') return page(services, ctx, waiting, 422, { error: faultOf(opened) })
  const sealed = sealSetUp(services, signIn.uid, services.enrolments.newSetUp())
  const next: Pending = { ...pending, stage: 'set-up', link: opened.link, sealed, until: setUpUntil(services, signIn) }
  await services.interactions.save(signIn, next)
  return seeOther(ctx, stagePathOf(services, { signIn, pending: next }))
}

/** **Send it again**: the same words whether a letter leaves or the hour has had its share, for the mailbox knows. */
export async function sendAgain(services: Services, ctx: Context): Promise<void> {
  const { form } = submitted(ctx)
  const waiting = await waitingOf(services, ctx)
  if (!waiting) return
  const at = inSignIn(waiting.signIn, waiting.pending)
  const sent = await services.enrolments.sendAgain(at, form, callerOf(ctx, at.accountId))
  const isSilent =
    sent.is !== 'refused' || sent.refusal.is === 'too-many-resets' || sent.refusal.is === 'reset-finished'
  if (!isSilent) return refused(services, ctx, waiting, sent.refusal)
  page(services, ctx, { ...waiting, account: sent.account }, 200, { said: 'sent' })
}

/** Whoever waits for the link here; null: the answer is given, they are somewhere else. */
async function waitingOf(services: Services, ctx: Context): Promise<Waiting | null> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) answerFinished(services, ctx, signIn)
  else if (pending?.stage !== 'link') seeOther(ctx, stagePathOf(services, progress))
  else {
    const account = await services.accounts.getStored(pending.accountId)
    const refusal: Refusal | null = account ? flowClosed(account, services.clock.now()) : { is: 'record-lost' }
    if (account && !refusal && !isSignInOver(account, inSignIn(signIn, pending))) return { signIn, pending, account }
    refused(services, ctx, { signIn, pending }, refusal ?? { is: 'sign-in-over' })
  }
  return null
}

function refused(services: Services, ctx: Context, at: Pick<Waiting, 'signIn' | 'pending'>, refusal: Refusal): void {
  const { signIn, pending } = at
  auditRefusedSignIn(services, ctx, signIn, { accountId: pending.accountId, refusal })
  answerRefusal(services, ctx, refusal, { ...frame(signIn), startAgainHref: startAgainHref(services, ctx, signIn.uid) })
}

function faultOf({ is }: Refusal): NonNullable<Page['error']> {
  if (is === 'link-expired') return 'expired'
  if (is === 'link-replaced') return 'replaced'
  return is === 'link-cancelled' ? 'cancelled' : 'not-here'
}

/** What became of the letter that is waited for. */
function messageOf({ factor, resets, links }: Account, now: number): Page['email'] {
  const reset = resets.find(({ id }) => factor.is === 'reset' && id === factor.resetId)
  if (!reset || !isUnfinished(reset)) return 'revoked'
  const live = links.find(({ resetId, state }) => resetId === reset.id && state.is === 'live')
  if (!live) return 'cancelled'
  return now < live.expiresAt ? 'sent' : 'expired'
}

function page(
  services: Services,
  ctx: Context,
  { signIn, pending, account }: Waiting,
  status: number,
  { error = null, said = null }: Partial<Pick<Page, 'error' | 'said'>>,
): void {
  const path = `/sign-in/${signIn.uid}/check-email`
  const email = messageOf(account, services.clock.now())
  const locals: Page = {
    ...services.forms.to(ctx, path),
    account: pending.email,
    email,
    error,
    said: email === 'revoked' ? null : said,
    again: email === 'revoked' ? null : services.forms.to(ctx, `${path}/again`),
    notYouHref: notYouHref(services, ctx, signIn),
  }
  answer(services, ctx, { status, page: 'check-email', locals, frame: frame(signIn, pending.email) })
}

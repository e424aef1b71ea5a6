/**
 * After the password, where the mailed link is needed too: **Check your email**. It goes on only in a browser that has itself pressed
 * Continue on the live link, or whoever stole the password would wait here until the owner does it elsewhere.
 */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { doorShut, isSignInOver, isUnfinished } from '../../core/questions.ts'
import type { Refusal } from '../../core/vocabulary.ts'
import type { Pending, SignIn } from '../../oidc/interactions.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import type { Pages } from '../pages.ts'
import { openedHere } from '../recovery/opened.ts'
import { auditRefusedSignIn } from './audited.ts'
import { startAgainHref } from './begin.ts'
import {
  answerFinished,
  around,
  inSignIn,
  notYouHref,
  placeOf,
  progressOf,
  sealSetUp,
  setUpUntil,
  to,
} from './progress.ts'

type Page = Pages['check-email']

interface Waiting {
  readonly signIn: SignIn
  readonly pending: Pending
  readonly account: Account
}

export async function showCheckEmail(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const waiting = await waitingOf(desk, ctx)
  if (waiting) page(desk, forms, ctx, waiting, 200, {})
}

/** **I have opened the link**. */
export async function goOnWithLink(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  submitted(ctx)
  const waiting = await waitingOf(desk, ctx)
  if (!waiting) return
  const { signIn, pending, account } = waiting
  const opened = openedHere(desk, ctx, account)
  if (opened.is !== 'opened') return page(desk, forms, ctx, waiting, 422, { error: faultOf(opened) })
  const sealed = sealSetUp(desk, signIn.uid, desk.journey.newSetUp())
  const next: Pending = { ...pending, stage: 'set-up', link: opened.link, sealed, until: setUpUntil(desk, signIn) }
  await desk.interactions.save(signIn, next)
  return to(ctx, placeOf(desk, { signIn, pending: next }))
}

/** **Send it again**: the same words whether a letter leaves or the hour has had its share, for the mailbox knows. */
export async function sendAgain(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const { form } = submitted(ctx)
  const waiting = await waitingOf(desk, ctx)
  if (!waiting) return
  const at = inSignIn(waiting.signIn, waiting.pending)
  const sent = await desk.journey.sendAgain(at, form, callerOf(ctx, at.accountId))
  const isSilent =
    sent.is !== 'refused' || sent.refusal.is === 'too-many-resets' || sent.refusal.is === 'reset-finished'
  if (!isSilent) return refused(desk, ctx, waiting, sent.refusal)
  page(desk, forms, ctx, { ...waiting, account: sent.account }, 200, { said: 'sent' })
}

/** Whoever waits for the link here; null: the answer is given, they are somewhere else. */
async function waitingOf(desk: Desk, ctx: Context): Promise<Waiting | null> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) answerFinished(desk, ctx, signIn)
  else if (pending?.stage !== 'link') to(ctx, placeOf(desk, progress))
  else {
    const account = await desk.corridor.recall(pending.accountId)
    const no: Refusal | null = account ? doorShut(account, desk.clock.now()) : { is: 'record-lost' }
    if (account && !no && !isSignInOver(account, inSignIn(signIn, pending))) return { signIn, pending, account }
    refused(desk, ctx, { signIn, pending }, no ?? { is: 'sign-in-over' })
  }
  return null
}

function refused(desk: Desk, ctx: Context, at: Pick<Waiting, 'signIn' | 'pending'>, refusal: Refusal): void {
  const { signIn, pending } = at
  auditRefusedSignIn(desk, ctx, signIn, { accountId: pending.accountId, refusal })
  answerRefusal(desk, ctx, refusal, { ...around(signIn), startAgainHref: startAgainHref(desk, ctx, signIn.uid) })
}

function faultOf({ is }: Refusal): NonNullable<Page['error']> {
  if (is === 'link-expired') return 'expired'
  if (is === 'link-replaced') return 'replaced'
  return is === 'link-cancelled' ? 'cancelled' : 'not-here'
}

/** What became of the letter that is waited for. */
function letterOf({ factor, resets, links }: Account, now: number): Page['letter'] {
  const reset = resets.find(({ id }) => factor.is === 'reset' && id === factor.resetId)
  if (!reset || !isUnfinished(reset)) return 'revoked'
  const live = links.find(({ resetId, fate }) => resetId === reset.id && fate.is === 'live')
  if (!live) return 'cancelled'
  return now < live.expiresAt ? 'sent' : 'expired'
}

function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { signIn, pending, account }: Waiting,
  status: number,
  { error = null, said = null }: Partial<Pick<Page, 'error' | 'said'>>,
): void {
  const path = `/sign-in/${signIn.uid}/check-email`
  const letter = letterOf(account, desk.clock.now())
  const locals: Page = {
    ...forms.to(ctx, path),
    account: pending.email,
    letter,
    error,
    said: letter === 'revoked' ? null : said,
    again: letter === 'revoked' ? null : forms.to(ctx, `${path}/again`),
    notYouHref: notYouHref(desk, ctx, signIn),
  }
  answer(desk, ctx, status, 'check-email', locals, around(signIn, pending.email))
}

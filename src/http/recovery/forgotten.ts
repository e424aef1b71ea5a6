/** A forgotten password: everybody gets the same answer, for the same work, and a link goes to the address of the account, if there is one. */
import type { Context } from 'koa'
import { answer } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, type Submitted, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import { networkOf } from '../network.ts'
import type { Pages } from '../pages.ts'
import { tooMany } from '../passwordAttempt.ts'
import { to } from '../sign-in/progress.ts'
import { passwordDoor } from './door.ts'

const SENT = `${passwordDoor.path}/sent`

export async function showForgotten(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  page(desk, forms, ctx, 200, null)
}

export async function sendLink(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const sent = submitted(ctx)
  const email = textOf(sent.fields['email'])
  if (email.trim() === '') return page(desk, forms, ctx, 422, 'empty')
  // One form is one asking: sent again, it shows the first result.
  const { count } = await desk.limiter.count('password-link.form', sent.form)
  if (count === 1) {
    const until = await fullUntil(desk, ctx, sent)
    if (until !== null) return page(desk, forms, ctx, tooMany(desk, ctx, until), 'too-many')
    await desk.passwordRequests.add(email, callerOf(ctx, null))
  }
  return to(ctx, desk.base + SENT)
}

/** Counts one asking. From when on there may be another, if this is one too many; it does not depend on who is asked for. */
async function fullUntil(
  { limiter, rules, onLimit }: Desk,
  ctx: Context,
  { browser }: Submitted,
): Promise<number | null> {
  const [network, own] = await Promise.all([
    limiter.count('password-link.network', networkOf(ctx.ip)),
    limiter.count('password-link.browser', browser),
  ])
  const limits = [
    { name: 'password-link.network', counted: network, limit: rules.passwordLinksPerNetwork },
    { name: 'password-link.browser', counted: own, limit: rules.passwordLinksPerBrowser },
  ] as const
  const full = limits.filter(({ counted, limit }) => limit !== null && counted.count > limit)
  for (const { name } of full) onLimit(name)
  return full.length === 0 ? null : Math.max(...full.map(({ counted }) => counted.until))
}

export async function showSent(desk: Desk, _forms: Forms, ctx: Context): Promise<void> {
  answer(desk, ctx, 200, 'link-sent', { againHref: passwordDoor.path, signInHref: desk.signInUrl })
}

function page(desk: Desk, forms: Forms, ctx: Context, status: number, error: Pages['forgotten']['error']): void {
  answer(desk, ctx, status, 'forgotten', { ...forms.to(ctx, passwordDoor.path), error })
}

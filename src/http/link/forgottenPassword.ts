/** A forgotten password: everybody gets the same answer, for the same work, and a link goes to the address of the account, if there is one. */
import type { Context } from 'koa'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { type Submitted, submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import { networkOf } from '../network.ts'
import type { Pages } from '../pages/locals.ts'
import { tooMany } from '../passwordAttempt.ts'
import { seeOther } from '../redirect.ts'
import { passwordFlow } from './linkFlow.ts'

const SENT = `${passwordFlow.path}/sent`

export async function showForgotten(services: Services, ctx: Context): Promise<void> {
  page(services, ctx, 200, null)
}

export async function sendLink(services: Services, ctx: Context): Promise<void> {
  const sent = submitted(ctx)
  const email = textOf(sent.fields['email'])
  if (email.trim() === '') return page(services, ctx, 422, 'empty')
  // One form is one asking: sent again, it shows the first result.
  const { count } = await services.limiter.count('password-link.form', sent.form)
  if (count === 1) {
    const until = await fullUntil(services, ctx, sent)
    if (until !== null) return page(services, ctx, tooMany(services, ctx, until), 'too-many')
    await services.passwordRequests.add(email, callerOf(ctx, null))
  }
  return seeOther(ctx, services.base + SENT)
}

/** Counts one asking. From when on there may be another, if this is one too many; it does not depend on who is asked for. */
async function fullUntil(
  { limiter, rules, onLimit }: Services,
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

export async function showSent(services: Services, ctx: Context): Promise<void> {
  answer(services, ctx, { page: 'link-sent', locals: { againHref: passwordFlow.path, signInHref: services.signInUrl } })
}

function page(services: Services, ctx: Context, status: number, error: Pages['forgotten']['error']): void {
  answer(services, ctx, { status, page: 'forgotten', locals: { ...services.forms.to(ctx, passwordFlow.path), error } })
}

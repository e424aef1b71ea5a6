/** Requests a link to another password. The answer and the work are the same for every email, known or not. */
import type { Context } from 'koa'
import { typedEmail } from '../../email.ts'
import { textOf } from '../body.ts'
import { callerOf, type Services } from '../context.ts'
import { type Submitted, submitted } from '../formTokens.ts'
import { addressOf } from '../clientAddress.ts'
import { limitNetwork } from '../../core/ipAddress.ts'
import { HOUR } from '../../core/rules.ts'
import type { Pages } from '../pages/locals.ts'
import { tooMany } from '../passwordAttempt.ts'
import { FORGOTTEN_PASSWORD_PATH } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { answer } from '../respond.ts'

export async function showForgotten(services: Services, ctx: Context): Promise<void> {
  page(services, ctx, { status: 200, email: '', error: null })
}

export async function showForgottenAgain(services: Services, ctx: Context): Promise<void> {
  page(services, ctx, { status: 200, email: textOf(submitted(ctx).fields['email']), error: null })
}

export async function sendLink(services: Services, ctx: Context): Promise<void> {
  const sent = submitted(ctx)
  const email = textOf(sent.fields['email'])
  if (email.trim() === '') return page(services, ctx, { status: 422, email, error: 'empty' })
  // The same form sent again shows the first result.
  const { count } = await services.limiter.count('password-link.form', sent.form)
  if (count === 1) {
    const until = await fullUntil(services, ctx, sent)
    if (until !== null) return page(services, ctx, { status: tooMany(services, ctx, until), email, error: 'too-many' })
    await services.passwordRequests.add(typedEmail(email) ?? email, callerOf(ctx, null))
  }
  seeOther(ctx, `${services.base}${FORGOTTEN_PASSWORD_PATH}/sent${signInQuery(ctx)}`)
}

/** Counts one request, for any email. The time of the next possible one if there are too many; null: there are not. */
async function fullUntil({ limiter, rules, onLimit }: Services, ctx: Context, sent: Submitted): Promise<number | null> {
  const [network, browser] = await Promise.all([
    limiter.count('password-link.network', limitNetwork(addressOf(ctx))),
    limiter.count('password-link.browser', sent.browser),
  ])
  const limits = [
    { name: 'password-link.network', counted: network, limit: rules.passwordLinksPerNetwork },
    { name: 'password-link.browser', counted: browser, limit: rules.passwordLinksPerBrowser },
  ] as const
  const full = limits.filter(({ counted, limit }) => limit !== null && counted.count > limit)
  for (const { name } of full) onLimit(name)
  return full.length === 0 ? null : Math.max(...full.map(({ counted }) => counted.until))
}

export async function showSent(services: Services, ctx: Context): Promise<void> {
  const seconds = services.rules.passwordLinkLifetimeSeconds
  const isHours = seconds % HOUR === 0
  const valid = { unit: isHours ? 'hours' : 'minutes', count: Math.floor(seconds / (isHours ? HOUR : 60)) } as const
  const againHref = FORGOTTEN_PASSWORD_PATH + signInQuery(ctx)
  const locals = { againHref, signInHref: signInHref(services, ctx), valid }
  answer(services, ctx, { page: 'link-sent', locals })
}

/** The sign-in that this page was opened from, as `forgottenHref` names it; null: none. Its page is for its own browser only. */
function signInIn(ctx: Context): string | null {
  const { 'sign-in': uid } = ctx.query
  return typeof uid === 'string' && /^[\w-]{1,64}$/.test(uid) ? uid : null
}

const signInQuery = (ctx: Context): string => {
  const uid = signInIn(ctx)
  return uid === null ? '' : `?sign-in=${uid}`
}

const signInHref = (services: Services, ctx: Context): string => {
  const uid = signInIn(ctx)
  return uid === null ? services.signInUrl : `/sign-in/${uid}`
}

type Shown = Pick<Pages['forgotten'], 'email' | 'error'> & { readonly status: number }

function page(services: Services, ctx: Context, { status, ...shown }: Shown): void {
  const form = services.forms.to(ctx, FORGOTTEN_PASSWORD_PATH)
  const action = form.action + signInQuery(ctx)
  const locals = { ...form, ...shown, action, signInHref: signInHref(services, ctx) }
  answer(services, ctx, { status, page: 'forgotten', locals })
}

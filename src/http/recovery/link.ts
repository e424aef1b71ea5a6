/** The mailed link. Opening it changes nothing, however often and by whomever; pressing Continue does not use it up either. */
import type { Context } from 'koa'
import { newId } from '../../crypto/tokens.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import type { Forms } from '../forms.ts'
import { to } from '../sign-in/progress.ts'
import { mayReturn, readTicket, untilOf, writeTicket } from './ticket.ts'

const tokenOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['token'])

export async function showLink(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const token = tokenOf(ctx)
  const bearer = await desk.journey.bearer(token)
  if (bearer.is === 'dead') return answerRefusal(desk, ctx, bearer.refusal)
  const person = await desk.directory.find(bearer.account.id)
  if (person?.status !== 'active') return answerRefusal(desk, ctx, { is: 'link-unknown' })
  const page = {
    ...forms.to(ctx, `/two-factor/reset/${token}`),
    maskedEmail: masked(person.email),
    expiresAt: bearer.expiresAt,
  }
  answer(desk, ctx, 200, 'link', page, { accountLocale: person.locale })
}

export async function openLink(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const bearer = await desk.journey.bearer(tokenOf(ctx))
  if (bearer.is === 'dead') return answerRefusal(desk, ctx, bearer.refusal)
  const { account, resetId, digest } = bearer
  if (!(await mayReturn(desk, account.id))) return answerRefusal(desk, ctx, { is: 'link-unknown' })
  const opened = await desk.journey.openLink(account.id, digest, callerOf(ctx, null))
  if (opened.is === 'refused') return answerRefusal(desk, ctx, opened.refusal)
  // Two tabs, one secret: a ticket that is still good is kept.
  const kept = readTicket(desk, ctx, resetId)
  const same = kept?.stage === 'set-up' && kept.link === digest && kept.epoch === opened.account.epoch
  if (!same)
    writeTicket(desk, ctx, resetId, {
      accountId: account.id,
      link: digest,
      epoch: opened.account.epoch,
      holder: newId(),
      stage: 'set-up',
      setUp: desk.journey.newSetUp(),
      until: untilOf(desk, 'set-up'),
    })
  // From here on no address holds the token any more.
  return to(ctx, `${desk.base}/two-factor/${resetId}/set-up`)
}

/** `a…@example.com`: enough to recognise one's own, not enough to learn another's. */
const masked = (email: string): string => {
  const at = email.lastIndexOf('@')
  return `${String.fromCodePoint(email.codePointAt(0) ?? 0x20)}…${email.slice(at)}`
}

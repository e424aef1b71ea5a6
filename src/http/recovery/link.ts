/** The mailed link. Opening it changes nothing, however often and by whomever; pressing Continue does not use it up either. */
import type { Context } from 'koa'
import { newId } from '../../crypto/tokens.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import type { Pages } from '../pages.ts'
import { to } from '../sign-in/progress.ts'
import type { AtDoor } from './door.ts'
import { mayEnter, pageOf, readTicket, type Ticket, untilOf, writeTicket } from './ticket.ts'

const tokenOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['token'])

export const showLink: AtDoor = (door) => async (desk, forms, ctx) => {
  const token = tokenOf(ctx)
  const { purpose } = door
  const bearer = await desk.journey.bearer(token, purpose)
  if (bearer.is === 'dead') return answerRefusal(desk, ctx, bearer.refusal, { purpose })
  const person = await desk.directory.find(bearer.account.id)
  if (person?.status !== door.status) return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose })
  const page = {
    ...forms.to(ctx, `${door.linkPath}/${token}`),
    purpose,
    maskedEmail: masked(person.email),
    expiresAt: bearer.expiresAt,
    other: await otherHere(desk, ctx, person.id),
  }
  answer(desk, ctx, 200, 'link', page, { accountLocale: person.locale })
}

export const openLink: AtDoor = (door) => async (desk, _forms, ctx) => {
  const { purpose } = door
  const bearer = await desk.journey.bearer(tokenOf(ctx), purpose)
  if (bearer.is === 'dead') return answerRefusal(desk, ctx, bearer.refusal, { purpose })
  const { account, resetId: id, digest } = bearer
  if (!(await mayEnter(desk, door, account.id))) return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose })
  const opened = await desk.journey.openLink(account.id, digest, callerOf(ctx, null))
  if (opened.is === 'refused') return answerRefusal(desk, ctx, opened.refusal, { purpose })
  // Two tabs, one secret: a ticket that is still good is kept.
  const kept = readTicket(desk, ctx, door, id)
  const isSame = kept !== null && kept.link === digest && kept.epoch === opened.account.epoch
  if (isSame && (kept.stage === 'password' || kept.stage === 'set-up'))
    return to(ctx, desk.base + pageOf(door, id, kept.stage))
  const ticket: Ticket = {
    accountId: account.id,
    link: digest,
    epoch: opened.account.epoch,
    holder: newId(),
    stage: purpose === 'invitation' && desk.directory.setPassword ? 'password' : 'set-up',
    setUp: desk.journey.newSetUp(),
    until: untilOf(desk, 'set-up'),
  }
  writeTicket(desk, ctx, door, id, ticket)
  // From here on no address holds the token any more.
  return to(ctx, desk.base + pageOf(door, id, ticket.stage))
}

/** Whoever else is signed in in this browser: the link changes nothing about that, so they may take one for the other. */
async function otherHere(desk: Desk, ctx: Context, accountId: string): Promise<Pages['link']['other']> {
  const id = await desk.sessions.here(ctx)
  const other = id === null || id === accountId ? null : await desk.directory.find(id)
  return other && { email: other.email, signOutHref: desk.sessions.endUrl() }
}

/** `a…@example.com`: enough to recognise one's own, not enough to learn another's. */
const masked = (email: string): string => {
  const at = email.lastIndexOf('@')
  return `${String.fromCodePoint(email.codePointAt(0) ?? 0x20)}…${email.slice(at)}`
}

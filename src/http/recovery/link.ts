/** The mailed link. Opening it changes nothing, however often and by whomever; pressing Continue does not use it up either. */
import type { Context } from 'koa'
import { proofsRefusal, requiredProofs } from '../../core/proofs.ts'
import { doorShut } from '../../core/questions.ts'
import { newId } from '../../crypto/tokens.ts'
import type { Bearer } from '../../linkJourney.ts'
import type { Person } from '../../ports.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import type { Forms } from '../forms.ts'
import type { Pages } from '../pages.ts'
import { to } from '../sign-in/progress.ts'
import type { AtDoor, LinkDoor } from './door.ts'
import { goSignIn, noteOpened } from './opened.ts'
import { pageOf, readTicket, type Ticket, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

const tokenOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['token'])

export const showLink: AtDoor = (door) => async (desk, forms, ctx) => {
  const token = tokenOf(ctx)
  const { purpose } = door
  const bearer = await desk.journey.bearer(token, purpose)
  if (bearer.is === 'dead') return answerDead(desk, forms, ctx, door, bearer)
  const person = await desk.directory.find(bearer.account.id)
  if (person?.status !== door.status) return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose })
  const page = {
    ...forms.to(ctx, `${door.linkPath}/${token}`),
    purpose,
    maskedEmail: masked(person.email),
    expiresAt: bearer.expiresAt,
    asksPassword: requiredProofs(bearer.account, person.roles, desk.rules, desk.clock.now()).both,
    other: await otherHere(desk, ctx, person.id),
  }
  answer(desk, ctx, 200, 'link', page, { accountLocale: person.locale })
}

export const openLink: AtDoor = (door) => async (desk, forms, ctx) => {
  const { purpose } = door
  const bearer = await desk.journey.bearer(tokenOf(ctx), purpose)
  if (bearer.is === 'dead') return answerDead(desk, forms, ctx, door, bearer)
  const { account, resetId: id, digest } = bearer
  const person = await whoMayEnter(desk, door, account.id)
  if (!person) return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose })
  const opened = await desk.journey.openLink(account.id, digest, callerOf(ctx, null))
  if (opened.is === 'refused') return answerRefusal(desk, ctx, opened.refusal, { purpose })
  const { epoch } = opened.account
  const proofs = requiredProofs(opened.account, person.roles, desk.rules, desk.clock.now())
  const tooNew = proofsRefusal(proofs)
  if (tooNew) return answerRefusal(desk, ctx, tooNew, { purpose, accountLocale: person.locale })
  const isStrict = proofs.both
  if (isStrict && !desk.directory.authenticate) return goSignIn(desk, ctx, id, { link: digest, epoch })
  if (isStrict) noteOpened(desk, ctx, id, digest, epoch)
  const ticket = ticketAfter(desk, ctx, door, id, { accountId: account.id, link: digest, epoch }, isStrict)
  // From here on no address holds the token any more.
  return to(ctx, desk.base + pageOf(door, id, ticket.stage))
}

function ticketAfter(
  desk: Desk,
  ctx: Context,
  door: LinkDoor,
  id: string,
  opened: Pick<Ticket, 'accountId' | 'link' | 'epoch'>,
  isStrict: boolean,
): Ticket {
  // Two tabs, one secret: a ticket that is still good is kept.
  const kept = readTicket(desk, ctx, door, id)
  const isSame = kept !== null && kept.link === opened.link && kept.epoch === opened.epoch
  const isAtPassword = kept?.stage === 'password'
  if (isSame && (isAtPassword || (kept.stage === 'set-up' && (kept.password || !isStrict)))) return kept
  const ticket: Ticket = {
    ...opened,
    holder: newId(),
    stage: isStrict || choosesPassword(desk, door) ? 'password' : 'set-up',
    setUp: isStrict || door.purpose === 'password' ? null : desk.journey.newSetUp(),
    password: false,
    newPassword: null,
    until: untilOf(desk, 'set-up'),
  }
  writeTicket(desk, ctx, door, id, ticket)
  return ticket
}

const choosesPassword = ({ directory }: Desk, { purpose }: LinkDoor): boolean =>
  purpose === 'password' || (purpose === 'invitation' && directory.setPassword !== undefined)

type Dead = Extract<Bearer, { is: 'dead' }>

/** Expired, and only that: its bearer may ask for its successor. */
async function renewable(desk: Desk, { purpose }: LinkDoor, { refusal, whose }: Dead): Promise<Person | null> {
  if (purpose !== 'reset' || refusal.is !== 'link-expired' || !whose || doorShut(whose.account, desk.clock.now()))
    return null
  const person = await desk.directory.find(whose.account.id)
  return person?.status === 'active' ? person : null
}

async function answerDead(desk: Desk, forms: Forms, ctx: Context, door: LinkDoor, dead: Dead): Promise<void> {
  const person = await renewable(desk, door, dead)
  const renew = person && forms.to(ctx, `${door.linkPath}/${tokenOf(ctx)}/renewal`)
  const accountLocale = person?.locale ?? null
  answerRefusal(desk, ctx, dead.refusal, { purpose: door.purpose, renew, accountLocale })
}

/** Says the same whether a letter leaves or the hour has had its share: the mailbox knows. */
export const renewLink: AtDoor = (door) => async (desk, forms, ctx) => {
  const bearer = await desk.journey.bearer(tokenOf(ctx), door.purpose)
  if (bearer.is === 'live') return to(ctx, `${desk.base}${door.linkPath}/${tokenOf(ctx)}`)
  const person = await renewable(desk, door, bearer)
  if (!person || !bearer.whose) return answerDead(desk, forms, ctx, door, bearer)
  const { resetId, digest } = bearer.whose
  const renewed = await desk.journey.renewLink(person.id, resetId, digest, callerOf(ctx, null))
  if (renewed.is === 'refused' && renewed.refusal.is !== 'too-many-resets')
    return answerRefusal(desk, ctx, renewed.refusal, { purpose: door.purpose })
  answer(desk, ctx, 200, 'link-renewed', { maskedEmail: masked(person.email) }, { accountLocale: person.locale })
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

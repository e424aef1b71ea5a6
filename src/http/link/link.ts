/** The mailed link. Opening it changes nothing, however often and by whomever; pressing Continue does not use it up either. */
import type { Context } from 'koa'
import { proofsRefusal, requiredProofs } from '../../core/proofs.ts'
import { flowClosed } from '../../core/questions.ts'
import { newId } from '../../crypto/tokens.ts'
import type { Bearer } from '../../service/links.ts'
import type { Person } from '../../ports.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import type { Pages } from '../pages/locals.ts'
import { seeOther } from '../redirect.ts'
import type { LinkHandler, LinkFlow } from './linkFlow.ts'
import { noteOpened } from '../enrolment/openedLink.ts'
import { signInInstead } from './signInInstead.ts'
import { pageOf, readTicket, type Ticket, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

const tokenOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['token'])

export const showLink: LinkHandler = (flow) => async (services, ctx) => {
  const token = tokenOf(ctx)
  const { purpose } = flow
  const bearer = await services.enrolments.bearer(token, purpose)
  if (bearer.is === 'dead') return answerDead(services, ctx, flow, bearer)
  const person = await services.directory.find(bearer.account.id)
  if (person?.status !== flow.status) return answerRefusal(services, ctx, { is: 'link-unknown' }, { purpose })
  const page = {
    ...services.forms.to(ctx, `${flow.linkPath}/${token}`),
    purpose,
    maskedEmail: masked(person.email),
    expiresAt: bearer.expiresAt,
    asksPassword: requiredProofs(bearer.account, person.roles, services.rules, services.clock.now()).both,
    other: await otherHere(services, ctx, person.id),
  }
  answer(services, ctx, { page: 'link', locals: page, frame: { accountLocale: person.locale } })
}

export const openLink: LinkHandler = (flow) => async (services, ctx) => {
  const { purpose } = flow
  const bearer = await services.enrolments.bearer(tokenOf(ctx), purpose)
  if (bearer.is === 'dead') return answerDead(services, ctx, flow, bearer)
  const { account, resetId: id, digest } = bearer
  const person = await whoMayEnter(services, flow, account.id)
  if (!person) return answerRefusal(services, ctx, { is: 'link-unknown' }, { purpose })
  const opened = await services.enrolments.openLink(account.id, digest, callerOf(ctx, null))
  if (opened.is === 'refused') return answerRefusal(services, ctx, opened.refusal, { purpose })
  const { epoch } = opened.account
  const proofs = requiredProofs(opened.account, person.roles, services.rules, services.clock.now())
  const tooNew = proofsRefusal(proofs)
  if (tooNew) return answerRefusal(services, ctx, tooNew, { purpose, accountLocale: person.locale })
  const isStrict = proofs.both
  if (isStrict && !services.directory.authenticate) return signInInstead(services, ctx, id, { link: digest, epoch })
  if (isStrict) noteOpened(services, ctx, id, { link: digest, epoch })
  const ticket = ticketAfter(services, ctx, flow, id, { accountId: account.id, link: digest, epoch }, isStrict)
  // From here on no address holds the token any more.
  return seeOther(ctx, services.base + pageOf(flow, id, ticket.stage))
}

function ticketAfter(
  services: Services,
  ctx: Context,
  flow: LinkFlow,
  id: string,
  opened: Pick<Ticket, 'accountId' | 'link' | 'epoch'>,
  isStrict: boolean,
): Ticket {
  // Two tabs, one secret: a ticket that is still good is kept.
  const kept = readTicket(services, ctx, flow, id)
  const isSame = kept !== null && kept.link === opened.link && kept.epoch === opened.epoch
  const isAtPassword = kept?.stage === 'password'
  if (isSame && (isAtPassword || (kept.stage === 'set-up' && (kept.password || !isStrict)))) return kept
  const ticket: Ticket = {
    ...opened,
    binding: newId(),
    stage: isStrict || choosesPassword(services, flow) ? 'password' : 'set-up',
    setUp: isStrict || flow.purpose === 'password' ? null : services.enrolments.newSetUp(),
    password: false,
    newPassword: null,
    until: untilOf(services, 'set-up'),
  }
  writeTicket(services, ctx, flow, id, ticket)
  return ticket
}

const choosesPassword = ({ directory }: Services, { purpose }: LinkFlow): boolean =>
  purpose === 'password' || (purpose === 'invitation' && directory.setPassword !== undefined)

type Dead = Extract<Bearer, { is: 'dead' }>

/** Expired, and only that: its bearer may ask for its successor. */
async function renewable(services: Services, { purpose }: LinkFlow, { refusal, whose }: Dead): Promise<Person | null> {
  if (purpose !== 'reset' || refusal.is !== 'link-expired' || !whose || flowClosed(whose.account, services.clock.now()))
    return null
  const person = await services.directory.find(whose.account.id)
  return person?.status === 'active' ? person : null
}

async function answerDead(services: Services, ctx: Context, flow: LinkFlow, dead: Dead): Promise<void> {
  const person = await renewable(services, flow, dead)
  const renew = person && services.forms.to(ctx, `${flow.linkPath}/${tokenOf(ctx)}/renewal`)
  const accountLocale = person?.locale ?? null
  answerRefusal(services, ctx, dead.refusal, { purpose: flow.purpose, renew, accountLocale })
}

/** Says the same whether a letter leaves or the hour has had its share: the mailbox knows. */
export const renewLink: LinkHandler = (flow) => async (services, ctx) => {
  const bearer = await services.enrolments.bearer(tokenOf(ctx), flow.purpose)
  if (bearer.is === 'live') return seeOther(ctx, `${services.base}${flow.linkPath}/${tokenOf(ctx)}`)
  const person = await renewable(services, flow, bearer)
  if (!person || !bearer.whose) return answerDead(services, ctx, flow, bearer)
  const { resetId, digest } = bearer.whose
  const renewed = await services.enrolments.renewLink(person.id, resetId, digest, callerOf(ctx, null))
  if (renewed.is === 'refused' && renewed.refusal.is !== 'too-many-resets')
    return answerRefusal(services, ctx, renewed.refusal, { purpose: flow.purpose })
  answer(services, ctx, {
    page: 'link-renewed',
    locals: { maskedEmail: masked(person.email) },
    frame: { accountLocale: person.locale },
  })
}

/** Whoever else is signed in in this browser: the link changes nothing about that, so they may take one for the other. */
async function otherHere(services: Services, ctx: Context, accountId: string): Promise<Pages['link']['other']> {
  const id = await services.sessions.here(ctx)
  const other = id === null || id === accountId ? null : await services.directory.find(id)
  return other && { email: other.email, signOutHref: services.sessions.endUrl() }
}

/** `a…@example.com`: enough to recognise one's own, not enough to learn another's. */
const masked = (email: string): string => {
  const at = email.lastIndexOf('@')
  return `${String.fromCodePoint(email.codePointAt(0) ?? 0x20)}…${email.slice(at)}`
}

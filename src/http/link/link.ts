/** The mailed link. Neither a GET, which mail scanners send, nor **Continue** uses it up. */
import type { Context } from 'koa'
import { proofsRefusal, requiredProofs } from '../../core/proofs.ts'
import { renewalRefusal } from '../../core/renewal.ts'
import { newId } from '../../crypto/tokens.ts'
import type { Person } from '../../ports.ts'
import type { LinkLookup } from '../../service/links.ts'
import { callerOf } from '../context.ts'
import { noteOpened } from '../enrolment/openedLink.ts'
import type { Pages } from '../pages/locals.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { seeOther } from '../redirect.ts'
import { answer } from '../respond.ts'
import type { LinkHandler, LinkRequest } from './linkFlow.ts'
import { signInInstead } from './signInInstead.ts'
import { goToStage, isAdmitted, refuse } from './stage.ts'
import { readTicket, type Ticket, type TicketRequest, untilOf, writeTicket } from './ticket.ts'

type Live = Extract<LinkLookup, { is: 'live' }>
type Dead = Extract<LinkLookup, { is: 'dead' }>

const tokenOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['token'])
const linkPathOf = ({ flow, ctx }: LinkRequest): string => `${flow.linkPath}/${tokenOf(ctx)}`

/** Runs a handler for a live link. For a dead link the answer is the page with the reason. */
const withLink =
  (handle: (request: LinkRequest, link: Live) => Promise<void>): LinkHandler =>
  (flow) =>
  async (services, ctx) => {
    const request = { services, ctx, flow }
    const link = await services.links.find(tokenOf(ctx), flow.purpose)
    if (link.is === 'dead') answerDead(request, link)
    else await handle(request, link)
  }

export const showLink = withLink(async (request, { account, person, expiresAt }) => {
  const { services, ctx, flow } = request
  if (person?.status !== flow.status) return refuse(request, { is: 'link-unknown' }, { accountId: account.id })
  const locals: Pages['link'] = {
    ...linkForm(request),
    purpose: flow.purpose,
    maskedEmail: masked(person.email),
    expiresAt,
    asksPassword: requiredProofs(account, person.roles, services.rules, services.clock.now()).both,
    other: await signedInHere(request, person.id),
  }
  answer(services, ctx, { page: 'link', locals, frame: { accountLocale: person.locale } })
})

export const openLink = withLink(async (request, { account, person, resetId: id, digest: link }) => {
  const { services, ctx } = request
  if (!isAdmitted(request, person, account.id)) return
  const opened = await services.links.openLink(account, link, callerOf(ctx, null))
  if (opened.is === 'refused') return refuse(request, opened.refusal, { accountId: account.id })
  const { epoch } = opened.account
  const proofs = requiredProofs(opened.account, person.roles, services.rules, services.clock.now())
  const tooNew = proofsRefusal(proofs)
  if (tooNew) return refuse(request, tooNew, { accountId: account.id, accountLocale: person.locale })
  if (proofs.both && !services.directory.authenticate) return signInInstead(services, ctx, id, { link, epoch })
  if (proofs.both) noteOpened(services, ctx, id, { link, epoch })
  const ticket = ticketFor(
    { ...request, id },
    { accountId: account.id, link, epoch },
    { person, asksPassword: proofs.both },
  )
  // No further address contains the token.
  goToStage({ ...request, id }, ticket.stage)
})

/** A second tab keeps a valid ticket, and with it the secret. */
function ticketFor(
  request: TicketRequest,
  opened: Pick<Ticket, 'accountId' | 'link' | 'epoch'>,
  { person, asksPassword }: { readonly person: Person; readonly asksPassword: boolean },
): Ticket {
  const { services, flow } = request
  const kept = readTicket(request)
  const isSame = kept !== null && kept.link === opened.link && kept.epoch === opened.epoch
  const isAtPassword = kept?.stage === 'password'
  if (isSame && (isAtPassword || (kept.stage === 'set-up' && (kept.password || !asksPassword)))) return kept
  const ticket: Ticket = {
    ...opened,
    binding: newId(),
    stage: asksPassword || choosesPassword(request) ? 'password' : 'set-up',
    setUp:
      asksPassword || flow.purpose === 'password'
        ? null
        : services.sealed.newSetUp(services.passkeys.areOfferedTo(person)),
    password: false,
    newPassword: null,
    until: untilOf(services, 'set-up'),
  }
  writeTicket(request, ticket)
  return ticket
}

const choosesPassword = ({ services, flow }: LinkRequest): boolean =>
  flow.purpose === 'password' || (flow.purpose === 'invitation' && services.directory.setPassword !== undefined)

const linkForm = (request: LinkRequest, page = ''): Form =>
  request.services.forms.to(request.ctx, linkPathOf(request) + page)

/** The person who may request another link in place of an expired one; null: there is none. */
function mayRenew({ services, flow }: LinkRequest, { whose }: Dead): Person | null {
  if (!whose || renewalRefusal(whose.account, whose.digest, services.clock.now())) return null
  return whose.person?.status === flow.status ? whose.person : null
}

function answerDead(request: LinkRequest, dead: Dead): void {
  const person = mayRenew(request, dead)
  const renew = person && linkForm(request, '/renewal')
  const accountId = dead.whose?.account.id ?? null
  refuse(request, dead.refusal, { renew, accountId, accountLocale: person?.locale ?? null })
}

/** The answer is the same when the hourly limit prevents the email, so that only the owner of the mailbox learns it. */
export const renewLink: LinkHandler = (flow) => async (services, ctx) => {
  const request = { services, ctx, flow }
  const dead = await services.links.find(tokenOf(ctx), flow.purpose)
  if (dead.is === 'live') return seeOther(ctx, services.base + linkPathOf(request))
  const person = mayRenew(request, dead)
  if (!person || !dead.whose) return answerDead(request, dead)
  const renewed = await services.links.renewLink(dead.whose, flow.purpose, callerOf(ctx, null))
  if (renewed.is === 'refused' && renewed.refusal.is !== 'too-many-resets') return refuse(request, renewed.refusal)
  const locals = { purpose: flow.purpose, maskedEmail: masked(person.email), signInHref: services.signInUrl }
  const frame = { accountLocale: person.locale, path: linkPathOf(request), search: '' }
  answer(services, ctx, { page: 'link-renewed', locals, frame })
}

/** Another person who is signed in in this browser: the link does not change that session, and the page warns of it. */
async function signedInHere({ services, ctx }: LinkRequest, accountId: string): Promise<Pages['link']['other']> {
  const id = (await services.sessions.here(ctx))?.accountId ?? null
  const other = id === null || id === accountId ? null : await services.directory.find(id)
  return other && { email: other.email, signOutHref: services.sessions.endUrl() }
}

/** `a…@example.com`: a person recognises their own address and does not learn another's. */
const masked = (email: string): string => {
  const at = email.lastIndexOf('@')
  return `${String.fromCodePoint(email.codePointAt(0) ?? 0x20)}…${email.slice(at)}`
}

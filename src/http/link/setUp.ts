/** Setting up by the mailed link: QR, code, backup codes, done. It signs nobody in. */
import type { Context } from 'koa'
import { codesHidden } from '../../core/questions.ts'
import type { Person } from '../../ports.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answerFile } from '../enrolment/backupCodes.ts'
import { seeOther } from '../redirect.ts'
import { setUpPage } from '../enrolment/setUp.ts'
import type { LinkHandler, LinkFlow } from './linkFlow.ts'
import { atStage, ticketOwner, noTicket, type Stage } from './stage.ts'
import { signInInstead } from './signInInstead.ts'
import { moreTimeForm } from './moreTime.ts'
import { enrolmentContextOf, linkIdOf, pageOf, readTicket, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

/** The codes are worth nothing any more: a newer reset, or a newer set at a sign-in. */
const voided = (services: Services, ctx: Context, reason: 'reset' | 'elsewhere'): void =>
  answer(services, ctx, { status: 409, page: 'interrupted', locals: { startAgainHref: null, reason, byLink: 'reset' } })

export const showLinkSetUp = atStage('set-up', (stage) => page(stage, 200, null))

export const confirmLinkSetUp = atStage('set-up', async (stage) => {
  const { services, ctx, flow, id, ticket } = stage
  const { purpose } = flow
  const { fields } = submitted(ctx)
  if (!ticket.setUp) return noTicket(services, ctx, flow)
  if (!(await whoMayEnter(services, flow, ticket.accountId)))
    return answerRefusal(services, ctx, { is: 'link-unknown' }, { purpose })
  const outcome = await services.enrolments.enrol(
    enrolmentContextOf(ticket),
    ticket.setUp,
    fields['code'],
    callerOf(ctx, null),
  )
  if (outcome.is === 'unreadable') return page(stage, 422, outcome.why)
  if (outcome.is === 'refused') {
    if (outcome.refusal.is === 'code-incorrect') return page(stage, 422, 'incorrect')
    // They were given a role meanwhile: the password comes first after all.
    if (outcome.refusal.is === 'password-missing') return askPassword(stage)
    return answerRefusal(services, ctx, outcome.refusal, { purpose })
  }
  const { epoch } = outcome.account
  writeTicket(services, ctx, flow, id, {
    ...ticket,
    epoch,
    stage: 'codes',
    newPassword: null,
    until: untilOf(services, 'codes'),
  })
  return seeOther(ctx, services.base + pageOf(flow, id, 'codes'))
})

export const showLinkBackupCodes = atStage('codes', (stage) => codesPage(stage, 200, null))

export const downloadLinkBackupCodes: LinkHandler = (flow) => async (services, ctx) => {
  const ticket = readTicket(services, ctx, flow, linkIdOf(ctx))
  if (ticket?.stage !== 'codes' || !ticket.setUp) return noTicket(services, ctx, flow)
  const reason = codesHidden(await services.accounts.getStored(ticket.accountId), enrolmentContextOf(ticket))
  if (reason === 'saved') return seeOther(ctx, services.base + pageOf(flow, linkIdOf(ctx), 'codes'))
  if (reason) return voided(services, ctx, reason)
  answerFile(services, ctx, ticket.setUp.codes)
}

export const saveLinkBackupCodes = atStage('codes', async (stage) => {
  const { services, ctx, flow, id, ticket } = stage
  const { fields } = submitted(ctx)
  if (fields['saved'] !== 'yes') return codesPage(stage, 422, 'unticked')
  const reason = codesHidden(await services.accounts.getStored(ticket.accountId), enrolmentContextOf(ticket))
  if (reason && reason !== 'saved') return voided(services, ctx, reason)
  const saved = await services.enrolments.saveCodes(enrolmentContextOf(ticket))
  if (saved.is === 'refused') return answerRefusal(services, ctx, saved.refusal, { purpose: flow.purpose })
  writeTicket(services, ctx, flow, id, { ...ticket, stage: 'done', setUp: null, until: untilOf(services, 'done') })
  return seeOther(ctx, services.base + pageOf(flow, id, 'done'))
})

export const showLinkDone = atStage('done', async ({ services, ctx, ticket }) => {
  donePage(services, ctx, await services.directory.find(ticket.accountId))
})

function donePage(services: Services, ctx: Context, person: Person | null): void {
  const accountLocale = person?.locale ?? null
  answer(services, ctx, {
    page: 'done',
    locals: { continueTo: null, signInHref: services.signInUrl },
    frame: { accountLocale },
  })
}

function askPassword({ services, ctx, flow, id, ticket }: Stage): void {
  if (!services.directory.authenticate) return signInInstead(services, ctx, id, ticket)
  writeTicket(services, ctx, flow, id, {
    ...ticket,
    stage: 'password',
    setUp: null,
    until: untilOf(services, 'password'),
  })
  seeOther(ctx, services.base + pageOf(flow, id, 'password'))
}

/** Choosing a password is the first step of an invitation, where there is one to choose. */
const stepOf = (services: Services, { purpose }: LinkFlow, step: 1 | 2): { now: number; of: number } =>
  purpose === 'invitation' && services.directory.setPassword ? { now: step + 1, of: 3 } : { now: step, of: 2 }

async function page(stage: Stage, status: number, error: Pages['set-up']['error']): Promise<void> {
  const { services, ctx, flow, id, ticket } = stage
  const binding = await ticketOwner(stage)
  if (!binding) return
  if (!ticket.setUp) return noTicket(services, ctx, flow)
  const { person } = binding
  const { factor } = binding.account
  const locals = await setUpPage(services, ticket.setUp, person.email, {
    ...services.forms.to(ctx, pageOf(flow, id, 'set-up')),
    forced: factor.is === 'reset' ? { at: factor.at, byAdministrator: true } : null,
    error,
    typed: error === null ? null : submitted(ctx).fields['code'],
    ourTime: error === 'incorrect' ? services.clock.now() : null,
    until: ticket.until,
    left: ticket.until - services.clock.now(),
    moreTime: await moreTimeForm(stage),
    cancelHref: null,
  })
  const step = stepOf(services, flow, 1)
  answer(services, ctx, {
    status,
    page: 'set-up',
    locals: { ...locals, step },
    frame: { person, accountLocale: person.locale },
  })
}

async function codesPage(
  { services, ctx, flow, id, ticket }: Stage,
  status: number,
  error: 'unticked' | null,
): Promise<void> {
  const person = await services.directory.find(ticket.accountId)
  if (!ticket.setUp || !person) return noTicket(services, ctx, flow)
  const account = await services.accounts.getStored(ticket.accountId)
  const reason = codesHidden(account, enrolmentContextOf(ticket))
  if (reason === 'saved') return donePage(services, ctx, person)
  if (reason) return voided(services, ctx, reason)
  const locals = {
    ...services.forms.to(ctx, pageOf(flow, id, 'codes')),
    codes: ticket.setUp.codes,
    downloadHref: `${pageOf(flow, id, 'codes')}.txt`,
    account: person.email,
    at: account?.factor.is === 'active' ? account.factor.backupCodes.issuedAt : services.clock.now(),
    until: ticket.until,
    step: stepOf(services, flow, 2),
    reason: 'set-up' as const,
    error,
  }
  answer(services, ctx, { status, page: 'backup-codes', locals, frame: { person, accountLocale: person.locale } })
}

/** The last pages of a mailed link: the backup codes and the confirmation. */
import type { Account } from '../../core/account.ts'
import { codesHidden } from '../../core/questions.ts'
import type { Person } from '../../ports.ts'
import { answerFile, kindOf } from '../enrolment/backupCodes.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answer } from '../respond.ts'
import type { LinkHandler, LinkRequest } from './linkFlow.ts'
import { atStage, goToStage, moveTo, noTicket, refuse, type Stage, stepOf } from './stage.ts'
import { enrolmentContextOf, linkIdOf, pageOf, readTicket, type Ticket } from './ticket.ts'

export const showLinkBackupCodes = atStage('codes', (stage) => page(stage, 200, null))

export const downloadLinkBackupCodes: LinkHandler = (flow) => async (services, ctx) => {
  const request = { services, ctx, flow, id: linkIdOf(ctx) }
  const ticket = readTicket(request)
  if (ticket?.stage !== 'codes' || !ticket.setUp) return noTicket(request)
  const reason = hiddenBecause(ticket, await accountOf(request, ticket))
  if (reason === 'saved') return goToStage(request, 'codes')
  if (reason) return interrupted(request, reason)
  answerFile(services, ctx, ticket.setUp.codes)
}

export const saveLinkBackupCodes = atStage('codes', async (stage) => {
  const { services, ctx, ticket } = stage
  if (submitted(ctx).fields['saved'] !== 'yes') return page(stage, 422, 'unticked')
  const account = await accountOf(stage, ticket)
  const reason = hiddenBecause(ticket, account)
  if (reason && reason !== 'saved') return interrupted(stage, reason)
  const saved = await services.enrolments.saveCodes(enrolmentContextOf(ticket), account)
  if (saved.is === 'refused') return refuse(stage, saved.refusal)
  moveTo(stage, 'done', { setUp: null })
})

export const showLinkDone = atStage('done', async (stage) => {
  const { services, ticket } = stage
  const [person, account] = await Promise.all([services.directory.find(ticket.accountId), accountOf(stage, ticket)])
  donePage(stage, person, account)
})

const accountOf = ({ services }: LinkRequest, { accountId }: Ticket): Promise<Account | null> =>
  services.accounts.getStored(accountId)

const hiddenBecause = (ticket: Ticket, account: Account | null) => codesHidden(account, enrolmentContextOf(ticket))

/** A newer reset, or a newer set from a sign-in, has replaced the codes. */
const interrupted = ({ services, ctx }: LinkRequest, reason: 'reset' | 'elsewhere'): void =>
  answer(services, ctx, {
    status: 409,
    page: 'interrupted',
    locals: { startAgainHref: null, reason, byLink: 'reset', signInHref: services.signInUrl },
  })

function donePage({ services, ctx }: LinkRequest, person: Person | null, account: Account | null): void {
  const locals = { continueTo: null, signInHref: services.signInUrl, kind: kindOf(account) }
  answer(services, ctx, { page: 'done', locals, frame: { accountLocale: person?.locale ?? null } })
}

async function page(stage: Stage, status: number, error: Pages['backup-codes']['error']): Promise<void> {
  const { services, ctx, ticket } = stage
  const [person, account] = await Promise.all([services.directory.find(ticket.accountId), accountOf(stage, ticket)])
  if (!ticket.setUp || !person) return noTicket(stage)
  const reason = hiddenBecause(ticket, account)
  if (reason === 'saved') return donePage(stage, person, account)
  if (reason) return interrupted(stage, reason)
  const locals: Pages['backup-codes'] = {
    ...services.forms.to(ctx, pageOf(stage, 'codes')),
    codes: ticket.setUp.codes,
    downloadHref: `${pageOf(stage, 'codes')}.txt`,
    account: person.email,
    at: account?.factor.is === 'active' ? account.factor.backupCodes.issuedAt : services.clock.now(),
    until: ticket.until,
    step: stepOf(stage, 2),
    reason: 'set-up',
    error,
  }
  answer(services, ctx, { status, page: 'backup-codes', locals, frame: { person, accountLocale: person.locale } })
}

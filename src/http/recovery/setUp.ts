/** Setting up by the mailed link: QR, code, backup codes, done. It signs nobody in. */
import type { Context } from 'koa'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import type { Pages } from '../pages.ts'
import { answerFile, voidedBy } from '../sign-in/backupCodes.ts'
import { to } from '../sign-in/progress.ts'
import { setUpPage } from '../sign-in/setUp.ts'
import { doorOf, mayReturn, readTicket, resetIdOf, type Ticket, ticketRefusal, untilOf, writeTicket } from './ticket.ts'

const place = (desk: Desk, resetId: string, stage: Ticket['stage']): string =>
  `${desk.base}/two-factor/${resetId}/${{ 'set-up': 'set-up', codes: 'backup-codes', done: 'done' }[stage]}`

/** No ticket, or one that has run out: the letter still holds the link. */
const noTicket = (desk: Desk, ctx: Context): void =>
  answer(desk, ctx, 410, 'interrupted', { startAgainHref: null, reason: 'expired' })

/** The codes are worth nothing any more: a newer reset, or a newer set at a sign-in. */
const voided = (desk: Desk, ctx: Context, reason: 'reset' | 'elsewhere'): void =>
  answer(desk, ctx, 409, 'interrupted', { startAgainHref: null, reason })

export async function showLinkSetUp(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const resetId = resetIdOf(ctx)
  const ticket = readTicket(desk, ctx, resetId)
  if (!ticket) return noTicket(desk, ctx)
  if (ticket.stage !== 'set-up') return to(ctx, place(desk, resetId, ticket.stage))
  await page(desk, forms, ctx, resetId, ticket, 200, null)
}

export async function confirmLinkSetUp(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const resetId = resetIdOf(ctx)
  const { fields } = submitted(ctx)
  const ticket = readTicket(desk, ctx, resetId)
  if (!ticket?.setUp) return noTicket(desk, ctx)
  if (ticket.stage !== 'set-up') return to(ctx, place(desk, resetId, ticket.stage))
  if (!(await mayReturn(desk, ticket.accountId))) return answerRefusal(desk, ctx, { is: 'link-unknown' })
  const outcome = await desk.journey.enrol(doorOf(ticket), ticket.setUp, fields['code'], callerOf(ctx, null))
  if (outcome.is === 'unreadable') return page(desk, forms, ctx, resetId, ticket, 422, outcome.why)
  if (outcome.is === 'refused') {
    if (outcome.refusal.is === 'code-incorrect') return page(desk, forms, ctx, resetId, ticket, 422, 'incorrect')
    return answerRefusal(desk, ctx, outcome.refusal)
  }
  const { epoch } = outcome.account
  writeTicket(desk, ctx, resetId, { ...ticket, epoch, stage: 'codes', until: untilOf(desk, 'codes') })
  return to(ctx, place(desk, resetId, 'codes'))
}

export async function showLinkBackupCodes(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const resetId = resetIdOf(ctx)
  const ticket = readTicket(desk, ctx, resetId)
  if (!ticket) return noTicket(desk, ctx)
  if (ticket.stage !== 'codes') return to(ctx, place(desk, resetId, ticket.stage))
  await codesPage(desk, forms, ctx, resetId, ticket, 200, null)
}

export async function downloadLinkBackupCodes(desk: Desk, ctx: Context): Promise<void> {
  const ticket = readTicket(desk, ctx, resetIdOf(ctx))
  if (ticket?.stage !== 'codes' || !ticket.setUp) return noTicket(desk, ctx)
  const reason = voidedBy(await desk.corridor.recall(ticket.accountId), doorOf(ticket))
  if (reason) return voided(desk, ctx, reason)
  answerFile(desk, ctx, ticket.setUp.codes)
}

export async function saveLinkBackupCodes(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const resetId = resetIdOf(ctx)
  const { fields } = submitted(ctx)
  const ticket = readTicket(desk, ctx, resetId)
  if (!ticket) return noTicket(desk, ctx)
  if (ticket.stage !== 'codes') return to(ctx, place(desk, resetId, ticket.stage))
  if (fields['saved'] !== 'yes') return codesPage(desk, forms, ctx, resetId, ticket, 422, 'unticked')
  const reason = voidedBy(await desk.corridor.recall(ticket.accountId), doorOf(ticket))
  if (reason) return voided(desk, ctx, reason)
  const saved = await desk.journey.saveCodes(ticket.accountId, ticket.epoch)
  if (saved.is === 'refused') return answerRefusal(desk, ctx, saved.refusal)
  writeTicket(desk, ctx, resetId, { ...ticket, stage: 'done', setUp: null, until: untilOf(desk, 'done') })
  return to(ctx, place(desk, resetId, 'done'))
}

export async function showLinkDone(desk: Desk, ctx: Context): Promise<void> {
  const resetId = resetIdOf(ctx)
  const ticket = readTicket(desk, ctx, resetId)
  if (!ticket) return noTicket(desk, ctx)
  if (ticket.stage !== 'done') return to(ctx, place(desk, resetId, ticket.stage))
  const person = await desk.directory.find(ticket.accountId)
  const accountLocale = person?.locale ?? null
  answer(desk, ctx, 200, 'done', { continueTo: null, signInHref: desk.signInUrl }, { accountLocale })
}

async function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  resetId: string,
  ticket: Ticket,
  status: number,
  error: Pages['set-up']['error'],
): Promise<void> {
  const [account, person] = await Promise.all([
    desk.corridor.recall(ticket.accountId),
    desk.directory.find(ticket.accountId),
  ])
  const no = ticketRefusal(account, ticket, desk.clock.now())
  if (no) return answerRefusal(desk, ctx, no)
  if (!ticket.setUp || account?.factor.is !== 'reset' || !person) return noTicket(desk, ctx)
  const locals = await setUpPage(desk, ticket.setUp, person.email, {
    ...forms.to(ctx, `/two-factor/${resetId}/set-up`),
    forced: { at: account.factor.at, byAdministrator: true },
    error,
    ourTime: error === 'incorrect' ? desk.clock.now() : null,
    until: ticket.until,
    cancelHref: null,
  })
  answer(desk, ctx, status, 'set-up', locals, { person, accountLocale: person.locale })
}

async function codesPage(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  resetId: string,
  ticket: Ticket,
  status: number,
  error: 'unticked' | null,
): Promise<void> {
  const person = await desk.directory.find(ticket.accountId)
  if (!ticket.setUp || !person) return noTicket(desk, ctx)
  const account = await desk.corridor.recall(ticket.accountId)
  const reason = voidedBy(account, doorOf(ticket))
  if (reason) return voided(desk, ctx, reason)
  const locals = {
    ...forms.to(ctx, `/two-factor/${resetId}/backup-codes`),
    codes: ticket.setUp.codes,
    downloadHref: `/two-factor/${resetId}/backup-codes.txt`,
    account: person.email,
    at: account?.factor.is === 'active' ? account.factor.backupCodes.issuedAt : desk.clock.now(),
    step: { now: 2, of: 2 },
    reason: 'set-up' as const,
    error,
  }
  answer(desk, ctx, status, 'backup-codes', locals, { person, accountLocale: person.locale })
}

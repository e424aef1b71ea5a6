/** Setting up by the mailed link: QR, code, backup codes, done. It signs nobody in. */
import type { Context } from 'koa'
import { codesHidden } from '../../core/questions.ts'
import type { Person } from '../../ports.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { submitted } from '../forms.ts'
import type { Pages } from '../pages.ts'
import { answerFile } from '../sign-in/backupCodes.ts'
import { to } from '../sign-in/progress.ts'
import { setUpPage } from '../sign-in/setUp.ts'
import type { AtDoor, LinkDoor } from './door.ts'
import { atStage, holderOf, noTicket, type Stage } from './stage.ts'
import { goSignIn } from './opened.ts'
import { stayForm } from './stay.ts'
import { doorOf, linkIdOf, pageOf, readTicket, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

/** The codes are worth nothing any more: a newer reset, or a newer set at a sign-in. */
const voided = (desk: Desk, ctx: Context, reason: 'reset' | 'elsewhere'): void =>
  answer(desk, ctx, 409, 'interrupted', { startAgainHref: null, reason, byLink: 'reset' })

export const showLinkSetUp = atStage('set-up', (stage) => page(stage, 200, null))

export const confirmLinkSetUp = atStage('set-up', async (stage) => {
  const { desk, ctx, door, id, ticket } = stage
  const { purpose } = door
  const { fields } = submitted(ctx)
  if (!ticket.setUp) return noTicket(desk, ctx, door)
  if (!(await whoMayEnter(desk, door, ticket.accountId)))
    return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose })
  const outcome = await desk.journey.enrol(doorOf(ticket), ticket.setUp, fields['code'], callerOf(ctx, null))
  if (outcome.is === 'unreadable') return page(stage, 422, outcome.why)
  if (outcome.is === 'refused') {
    if (outcome.refusal.is === 'code-incorrect') return page(stage, 422, 'incorrect')
    // They were given a role meanwhile: the password comes first after all.
    if (outcome.refusal.is === 'password-missing') return askPassword(stage)
    return answerRefusal(desk, ctx, outcome.refusal, { purpose })
  }
  const { epoch } = outcome.account
  writeTicket(desk, ctx, door, id, {
    ...ticket,
    epoch,
    stage: 'codes',
    newPassword: null,
    until: untilOf(desk, 'codes'),
  })
  return to(ctx, desk.base + pageOf(door, id, 'codes'))
})

export const showLinkBackupCodes = atStage('codes', (stage) => codesPage(stage, 200, null))

export const downloadLinkBackupCodes: AtDoor = (door) => async (desk, _forms, ctx) => {
  const ticket = readTicket(desk, ctx, door, linkIdOf(ctx))
  if (ticket?.stage !== 'codes' || !ticket.setUp) return noTicket(desk, ctx, door)
  const reason = codesHidden(await desk.corridor.recall(ticket.accountId), doorOf(ticket))
  if (reason === 'saved') return to(ctx, desk.base + pageOf(door, linkIdOf(ctx), 'codes'))
  if (reason) return voided(desk, ctx, reason)
  answerFile(desk, ctx, ticket.setUp.codes)
}

export const saveLinkBackupCodes = atStage('codes', async (stage) => {
  const { desk, ctx, door, id, ticket } = stage
  const { fields } = submitted(ctx)
  if (fields['saved'] !== 'yes') return codesPage(stage, 422, 'unticked')
  const reason = codesHidden(await desk.corridor.recall(ticket.accountId), doorOf(ticket))
  if (reason && reason !== 'saved') return voided(desk, ctx, reason)
  const saved = await desk.journey.saveCodes(doorOf(ticket))
  if (saved.is === 'refused') return answerRefusal(desk, ctx, saved.refusal, { purpose: door.purpose })
  writeTicket(desk, ctx, door, id, { ...ticket, stage: 'done', setUp: null, until: untilOf(desk, 'done') })
  return to(ctx, desk.base + pageOf(door, id, 'done'))
})

export const showLinkDone = atStage('done', async ({ desk, ctx, ticket }) => {
  donePage(desk, ctx, await desk.directory.find(ticket.accountId))
})

function donePage(desk: Desk, ctx: Context, person: Person | null): void {
  const accountLocale = person?.locale ?? null
  answer(desk, ctx, 200, 'done', { continueTo: null, signInHref: desk.signInUrl }, { accountLocale })
}

function askPassword({ desk, ctx, door, id, ticket }: Stage): void {
  if (!desk.directory.authenticate) return goSignIn(desk, ctx, id, ticket)
  writeTicket(desk, ctx, door, id, { ...ticket, stage: 'password', setUp: null, until: untilOf(desk, 'password') })
  to(ctx, desk.base + pageOf(door, id, 'password'))
}

/** Choosing a password is the first step of an invitation, where there is one to choose. */
const stepOf = (desk: Desk, { purpose }: LinkDoor, step: 1 | 2): { now: number; of: number } =>
  purpose === 'invitation' && desk.directory.setPassword ? { now: step + 1, of: 3 } : { now: step, of: 2 }

async function page(stage: Stage, status: number, error: Pages['set-up']['error']): Promise<void> {
  const { desk, forms, ctx, door, id, ticket } = stage
  const holder = await holderOf(stage)
  if (!holder) return
  if (!ticket.setUp) return noTicket(desk, ctx, door)
  const { person } = holder
  const { factor } = holder.account
  const locals = await setUpPage(desk, ticket.setUp, person.email, {
    ...forms.to(ctx, pageOf(door, id, 'set-up')),
    forced: factor.is === 'reset' ? { at: factor.at, byAdministrator: true } : null,
    error,
    typed: error === null ? null : submitted(ctx).fields['code'],
    ourTime: error === 'incorrect' ? desk.clock.now() : null,
    until: ticket.until,
    left: ticket.until - desk.clock.now(),
    stay: await stayForm(stage),
    cancelHref: null,
  })
  const step = stepOf(desk, door, 1)
  answer(desk, ctx, status, 'set-up', { ...locals, step }, { person, accountLocale: person.locale })
}

async function codesPage(
  { desk, forms, ctx, door, id, ticket }: Stage,
  status: number,
  error: 'unticked' | null,
): Promise<void> {
  const person = await desk.directory.find(ticket.accountId)
  if (!ticket.setUp || !person) return noTicket(desk, ctx, door)
  const account = await desk.corridor.recall(ticket.accountId)
  const reason = codesHidden(account, doorOf(ticket))
  if (reason === 'saved') return donePage(desk, ctx, person)
  if (reason) return voided(desk, ctx, reason)
  const locals = {
    ...forms.to(ctx, pageOf(door, id, 'codes')),
    codes: ticket.setUp.codes,
    downloadHref: `${pageOf(door, id, 'codes')}.txt`,
    account: person.email,
    at: account?.factor.is === 'active' ? account.factor.backupCodes.issuedAt : desk.clock.now(),
    until: ticket.until,
    step: stepOf(desk, door, 2),
    reason: 'set-up' as const,
    error,
  }
  answer(desk, ctx, status, 'backup-codes', locals, { person, accountLocale: person.locale })
}

/** The set-up by a mailed link. It does not sign in. */
import { callerOf } from '../context.ts'
import { setUpPage } from '../enrolment/setUp.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answer } from '../respond.ts'
import { moreTimeForm } from './moreTime.ts'
import { signInInstead } from './signInInstead.ts'
import { admit, atStage, moveTo, noTicket, refuse, type Stage, stepOf, ticketOwner } from './stage.ts'
import { enrolmentContextOf, pageOf } from './ticket.ts'

export const showLinkSetUp = atStage('set-up', (stage) => page(stage, 200, null))

export const confirmLinkSetUp = atStage('set-up', async (stage) => {
  const { services, ctx, ticket } = stage
  const { setUp, accountId } = ticket
  if (!setUp) return noTicket(stage)
  if (!(await admit(stage, accountId))) return
  const typed = submitted(ctx).fields['code']
  const outcome = await services.enrolments.enrol(enrolmentContextOf(ticket), setUp, typed, callerOf(ctx, null))
  if (outcome.is === 'unreadable') return page(stage, 422, outcome.why)
  if (outcome.is === 'refused') {
    const { refusal } = outcome
    if (refusal.is === 'code-incorrect') return page(stage, 422, 'incorrect')
    // The person got a role meanwhile, so that the password is required first.
    return refusal.is === 'password-missing' ? askPassword(stage) : refuse(stage, refusal)
  }
  moveTo(stage, 'codes', { epoch: outcome.account.epoch, newPassword: null })
})

function askPassword(stage: Stage): void {
  const { services, ctx, id, ticket } = stage
  if (!services.directory.authenticate) return signInInstead(services, ctx, id, ticket)
  moveTo(stage, 'password', { setUp: null })
}

async function page(stage: Stage, status: number, error: Pages['set-up']['error']): Promise<void> {
  const { services, ctx, ticket } = stage
  const owner = await ticketOwner(stage)
  if (!owner) return
  if (!ticket.setUp) return noTicket(stage)
  const { person } = owner
  const { factor } = owner.account
  const locals = await setUpPage(services, ticket.setUp, person.email, {
    ...services.forms.to(ctx, pageOf(stage, 'set-up')),
    forced: factor.is === 'reset' ? { at: factor.at, byAdministrator: true } : null,
    error,
    submitted: error === null ? null : submitted(ctx).fields,
    until: ticket.until,
    left: ticket.until - services.clock.now(),
    moreTime: moreTimeForm(stage, owner.account),
    anotherHref: null,
  })
  const frame = { person, accountLocale: person.locale }
  answer(services, ctx, { status, page: 'set-up', locals: { ...locals, step: stepOf(stage, 1) }, frame })
}

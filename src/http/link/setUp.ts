/** The set-up by a mailed link. It does not sign in. */
import type { Person } from '../../ports.ts'
import type { SetUp } from '../../service/sealed.ts'
import { callerOf } from '../context.ts'
import { confirmation, newPasskeyForm, type SetUpFaults, setUpPage } from '../enrolment/setUp.ts'
import { submitted } from '../formTokens.ts'
import { hasAssertion, submittedPasskey } from '../passkeyForms.ts'
import { answer } from '../respond.ts'
import { moreTimeForm } from './moreTime.ts'
import { signInInstead } from './signInInstead.ts'
import type { LinkHandler } from './linkFlow.ts'
import { admit, atStage, goToStage, moveTo, noTicket, refuse, type Stage, stepOf, ticketOwner } from './stage.ts'
import { enrolmentContextOf, linkIdOf, pageOf, readTicket } from './ticket.ts'

export const showLinkSetUp = atStage('set-up', (stage) => page(stage, 200))

/** As `confirmSetUp` of a sign-in: a second tab may have created a passkey in place of the first one. */
export const confirmLinkSetUp: LinkHandler = (flow) => async (services, ctx) => {
  const request = { services, ctx, flow, id: linkIdOf(ctx) }
  const ticket = readTicket(request)
  if (ticket?.stage !== 'codes' || !hasAssertion(ctx)) return confirmFirst(flow)(services, ctx)
  const person = await services.directory.find(ticket.accountId)
  if (ticket.setUp && person) await confirmPasskey({ ...request, ticket, setUp: ticket.setUp, person, isSecond: true })
  goToStage(request, 'codes')
}

interface SetUpStage extends Stage {
  readonly setUp: SetUp
  readonly person: Person
  readonly isSecond?: boolean
}

function confirmPasskey({ services, ctx, ticket, setUp, person, isSecond = false }: SetUpStage) {
  const given = { ...submittedPasskey(services, ctx, languagesOf(person)), isSecond }
  return services.enrolments.enrolPasskey(enrolmentContextOf(ticket), setUp, given, callerOf(ctx, null))
}

const confirmFirst = atStage('set-up', async (stage) => {
  const { services, ctx, ticket } = stage
  const { setUp, accountId } = ticket
  if (!setUp) return noTicket(stage)
  const person = await admit(stage, accountId)
  if (!person) return
  const typed = submitted(ctx).fields['code']
  const outcome = confirmation(
    await (hasAssertion(ctx)
      ? confirmPasskey({ ...stage, setUp, person })
      : services.enrolments.enrol(enrolmentContextOf(ticket), setUp, typed, callerOf(ctx, null))),
  )
  if (outcome.is === 'wrong') return page(stage, 422, outcome.faults)
  if (outcome.is === 'refused') {
    const { refusal } = outcome
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

const languagesOf = ({ locale }: Person) => ({ accountLocale: locale })

async function page(stage: Stage, status: number, { error = null, passkey = null }: SetUpFaults = {}): Promise<void> {
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
    passkey: newPasskeyForm(services, ctx, {
      account: owner.account,
      setUp: ticket.setUp,
      email: person.email,
      action: pageOf(stage, 'set-up'),
      until: ticket.until,
      error: passkey,
    }),
    anotherHref: null,
  })
  const frame = { person, ...languagesOf(person) }
  answer(services, ctx, { status, page: 'set-up', locals: { ...locals, step: stepOf(stage, 1) }, frame })
}

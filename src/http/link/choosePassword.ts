/** Choosing a password: the first step of an invitation, and all there is to do when it was forgotten. Neither signs anybody in. */
import { passwordFault } from '../../core/passwordPolicy.ts'
import { commonPasswords } from '../../crypto/commonPasswords.ts'
import type { Person } from '../../ports.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf } from '../context.ts'
import { type Submitted, submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import type { Pages } from '../pages/locals.ts'
import { seeOther } from '../redirect.ts'
import { atStage, ticketOwner, noTicket, type Stage } from './stage.ts'
import { pageOf, type Ticket, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

export const showChoosePassword = atStage('password', (stage) => page(stage, 200, null))

/** The first password of an invited account: kept in this browser's ticket, and written when this browser confirms its code. */
export const choosePassword = atStage('password', async (stage) => {
  const { services, ctx, flow } = stage
  const binding = await ticketOwner(stage)
  if (!binding) return
  const { fields } = submitted(ctx)
  const fault = await faultOf(stage, binding.person, fields)
  if (fault) return page(stage, 422, fault)
  const isPending = binding.person.status === flow.status
  const newPassword = isPending ? await services.directory.hashPassword?.(textOf(fields['password'])) : undefined
  if (newPassword === undefined) return answerRefusal(services, ctx, { is: 'link-unknown' }, { purpose: flow.purpose })
  return nextStage(stage, 'set-up', newPassword)
})

/** Another password in place of a forgotten one. Whether the link is still good is decided by the very swap that spends it. */
export const changeForgotten = atStage('password', async (stage) => {
  const { services, ctx, flow, ticket } = stage
  const { accountId, link: digest } = ticket
  const { fields, form } = submitted(ctx)
  const person = await services.directory.find(accountId)
  if (!person) return noTicket(services, ctx, flow)
  if (!(await whoMayEnter(services, flow, accountId)))
    return answerRefusal(services, ctx, { is: 'link-unknown' }, { purpose: flow.purpose })
  const fault = await faultOf(stage, person, fields)
  if (fault) return page(stage, 422, fault)
  const chosen = { accountId, right: { is: 'link', digest }, password: textOf(fields['password']), form } as const
  const changed = await services.enrolments.changePassword(chosen, callerOf(ctx, null))
  if (changed.is === 'refused') return answerRefusal(services, ctx, changed.refusal, { purpose: flow.purpose })
  return nextStage(stage, 'done')
})

type Fault = Pages['choose-password']['error']

const faultOf = async ({ services }: Stage, { email, name }: Person, fields: Submitted['fields']): Promise<Fault> =>
  passwordFault(textOf(fields['password']), [email, name, services.brand.name], await commonPasswords())

function nextStage(
  { services, ctx, flow, id, ticket }: Stage,
  stage: Ticket['stage'],
  newPassword: string | null = null,
): void {
  writeTicket(services, ctx, flow, id, { ...ticket, stage, newPassword, until: untilOf(services, stage) })
  seeOther(ctx, services.base + pageOf(flow, id, stage))
}

async function page(stage: Stage, status: number, error: Fault): Promise<void> {
  const { services, ctx, flow, id } = stage
  const binding = await ticketOwner(stage)
  if (!binding) return
  const { email, locale } = binding.person
  const isFirst = flow.purpose === 'invitation'
  const step = isFirst ? { now: 1, of: 3 } : null
  const locals = { ...services.forms.to(ctx, pageOf(flow, id, 'password')), email, step, isFirst, error }
  answer(services, ctx, { status, page: 'choose-password', locals, frame: { accountLocale: locale } })
}

/** Choosing a password: the first step of an invitation, and all there is to do when it was forgotten. Neither signs anybody in. */
import { passwordFault } from '../../core/passwordPolicy.ts'
import { commonPasswords } from '../../crypto/commonPasswords.ts'
import type { Person } from '../../ports.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf } from '../desk.ts'
import { type Submitted, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import type { Pages } from '../pages.ts'
import { to } from '../sign-in/progress.ts'
import { atStage, holderOf, noTicket, type Stage } from './stage.ts'
import { pageOf, type Ticket, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

export const showChoosePassword = atStage('password', (stage) => page(stage, 200, null))

/** The first password of an invited account: kept in this browser's ticket, and written when this browser confirms its code. */
export const choosePassword = atStage('password', async (stage) => {
  const { desk, ctx, door } = stage
  const holder = await holderOf(stage)
  if (!holder) return
  const { fields } = submitted(ctx)
  const fault = await faultOf(stage, holder.person, fields)
  if (fault) return page(stage, 422, fault)
  const isPending = holder.person.status === door.status
  const newPassword = isPending ? await desk.directory.hashPassword?.(textOf(fields['password'])) : undefined
  if (newPassword === undefined) return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose: door.purpose })
  return goOn(stage, 'set-up', newPassword)
})

/** Another password in place of a forgotten one. Whether the link is still good is decided by the very swap that spends it. */
export const changeForgotten = atStage('password', async (stage) => {
  const { desk, ctx, door, ticket } = stage
  const { accountId, link: digest } = ticket
  const { fields, form } = submitted(ctx)
  const person = await desk.directory.find(accountId)
  if (!person) return noTicket(desk, ctx, door)
  if (!(await whoMayEnter(desk, door, accountId)))
    return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose: door.purpose })
  const fault = await faultOf(stage, person, fields)
  if (fault) return page(stage, 422, fault)
  const chosen = { accountId, right: { is: 'link', digest }, password: textOf(fields['password']), form } as const
  const changed = await desk.journey.changePassword(chosen, callerOf(ctx, null))
  if (changed.is === 'refused') return answerRefusal(desk, ctx, changed.refusal, { purpose: door.purpose })
  return goOn(stage, 'done')
})

type Fault = Pages['choose-password']['error']

const faultOf = async ({ desk }: Stage, { email, name }: Person, fields: Submitted['fields']): Promise<Fault> =>
  passwordFault(textOf(fields['password']), [email, name, desk.brand.name], await commonPasswords())

function goOn({ desk, ctx, door, id, ticket }: Stage, stage: Ticket['stage'], newPassword: string | null = null): void {
  writeTicket(desk, ctx, door, id, { ...ticket, stage, newPassword, until: untilOf(desk, stage) })
  to(ctx, desk.base + pageOf(door, id, stage))
}

async function page(stage: Stage, status: number, error: Fault): Promise<void> {
  const { desk, forms, ctx, door, id } = stage
  const holder = await holderOf(stage)
  if (!holder) return
  const { email, locale } = holder.person
  const isFirst = door.purpose === 'invitation'
  const step = isFirst ? { now: 1, of: 3 } : null
  const locals = { ...forms.to(ctx, pageOf(door, id, 'password')), email, step, isFirst, error }
  answer(desk, ctx, status, 'choose-password', locals, { accountLocale: locale })
}

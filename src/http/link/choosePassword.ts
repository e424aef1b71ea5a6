/** Choosing a password: the first step of an invitation, the only step after a forgotten password. Neither signs in. */
import { passwordFault } from '../../core/passwordPolicy.ts'
import { commonPasswords } from '../../crypto/commonPasswords.ts'
import type { Person } from '../../ports.ts'
import { textOf } from '../body.ts'
import { callerOf } from '../context.ts'
import { type Submitted, submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answer } from '../respond.ts'
import { admit, atStage, moveTo, noTicket, refuse, type Stage, ticketOwner } from './stage.ts'
import { pageOf } from './ticket.ts'

export const showChoosePassword = atStage('password', (stage) => page(stage, 200, null))

/** The first password of an invited account, kept in the ticket until the code is confirmed. */
export const choosePassword = atStage('password', async (stage) => {
  const { services, ctx, flow } = stage
  const owner = await ticketOwner(stage)
  if (!owner) return
  const { fields } = submitted(ctx)
  const fault = await faultOf(stage, owner.person, fields)
  if (fault) return page(stage, 422, fault)
  const isPending = owner.person.status === flow.status
  const newPassword = isPending ? await services.directory.hashPassword?.(textOf(fields['password'])) : undefined
  if (newPassword === undefined) return refuse(stage, { is: 'link-unknown' })
  moveTo(stage, 'set-up', { newPassword })
})

/** Replaces a forgotten password. The swap that uses up the link decides whether it is still valid. */
export const changeForgotten = atStage('password', async (stage) => {
  const { services, ctx, ticket } = stage
  const { accountId, link: digest } = ticket
  const { fields, form } = submitted(ctx)
  const person = await services.directory.find(accountId)
  if (!person) return noTicket(stage)
  if (!(await admit(stage, accountId))) return
  const fault = await faultOf(stage, person, fields)
  if (fault) return page(stage, 422, fault)
  const chosen = { accountId, right: { is: 'link', digest }, password: textOf(fields['password']), form } as const
  const changed = await services.passwords.changePassword(chosen, callerOf(ctx, null))
  if (changed.is === 'refused') return refuse(stage, changed.refusal)
  moveTo(stage, 'done', { newPassword: null })
})

type Fault = Pages['choose-password']['error']

const faultOf = async ({ services }: Stage, { email, name }: Person, fields: Submitted['fields']): Promise<Fault> =>
  passwordFault(textOf(fields['password']), [email, name, services.brand.name], await commonPasswords())

async function page(stage: Stage, status: number, error: Fault): Promise<void> {
  const { services, ctx, flow } = stage
  const owner = await ticketOwner(stage)
  if (!owner) return
  const { email, locale } = owner.person
  const isFirst = flow.purpose === 'invitation'
  const step = isFirst ? { now: 1, of: 3 } : null
  const locals = { ...services.forms.to(ctx, pageOf(stage, 'password')), email, step, isFirst, error }
  answer(services, ctx, { status, page: 'choose-password', locals, frame: { accountLocale: locale } })
}

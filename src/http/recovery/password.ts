/** Choosing a password, the first step of an invitation. It opens nothing by itself: the account is pending until a code is confirmed. */
import { passwordFault } from '../../core/passwordRules.ts'
import { answer, answerRefusal } from '../answer.ts'
import { submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import type { Pages } from '../pages.ts'
import { to } from '../sign-in/progress.ts'
import { atStage, noTicket, type Stage } from './stage.ts'
import { pageOf, ticketRefusal, untilOf, writeTicket } from './ticket.ts'

export const showChoosePassword = atStage('password', (stage) => page(stage, 200, null))

export const choosePassword = atStage('password', async (stage) => {
  const { desk, ctx, door, id, ticket } = stage
  const { purpose } = door
  const password = textOf(submitted(ctx).fields['password'])
  const [account, person] = await Promise.all([
    desk.corridor.recall(ticket.accountId),
    desk.directory.find(ticket.accountId),
  ])
  const no = ticketRefusal(door, account, ticket, desk.clock.now())
  if (no) return answerRefusal(desk, ctx, no, { purpose })
  if (!person) return noTicket(desk, ctx)
  const fault = passwordFault(password, [person.email, person.name, desk.brand.name])
  if (fault) return page(stage, 422, fault)
  // Only while nobody can sign in with it: a ticket kept back must not change the password of whoever has completed the account.
  const hash = await desk.directory.hashPassword?.(password)
  const setting = { generation: ticket.epoch, status: 'pending' } as const
  const kept = hash === undefined ? null : await desk.directory.setPassword?.(person.id, hash, setting)
  if (!kept) return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose })
  writeTicket(desk, ctx, door, id, { ...ticket, stage: 'set-up', until: untilOf(desk, 'set-up') })
  return to(ctx, desk.base + pageOf(door, id, 'set-up'))
})

async function page(
  { desk, forms, ctx, door, id, ticket }: Stage,
  status: number,
  error: Pages['choose-password']['error'],
): Promise<void> {
  const [account, person] = await Promise.all([
    desk.corridor.recall(ticket.accountId),
    desk.directory.find(ticket.accountId),
  ])
  const no = ticketRefusal(door, account, ticket, desk.clock.now())
  if (no) return answerRefusal(desk, ctx, no, { purpose: door.purpose })
  if (!person) return noTicket(desk, ctx)
  const locals = { ...forms.to(ctx, pageOf(door, id, 'password')), email: person.email, step: { now: 1, of: 3 }, error }
  answer(desk, ctx, status, 'choose-password', locals, { accountLocale: person.locale })
}

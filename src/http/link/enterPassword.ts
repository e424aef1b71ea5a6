/**
 * Where the mailed link alone is not enough: the password, before there is anything to scan. The letter proves the mailbox, and a mailbox
 * that somebody else reads must not be the way to the accounts that reset others.
 */
import { isOutdated } from '../../core/questions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import type { Pages } from '../pages/locals.ts'
import { auditWrongPassword, judgePassword, tooMany } from '../passwordAttempt.ts'
import { seeOther } from '../redirect.ts'
import { atStage, ticketOwner, type Stage } from './stage.ts'
import { pageOf, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

export const showEnterPassword = atStage('password', (stage) => page(stage, 200, null))

export const enterPassword = atStage('password', async (stage) => {
  const { services, ctx, flow, id, ticket } = stage
  const { fields, browser } = submitted(ctx)
  const password = textOf(fields['password'])
  if (password === '') return page(stage, 422, 'empty')
  const binding = await ticketOwner(stage)
  if (!binding) return
  const { account } = binding
  const person = await whoMayEnter(services, flow, account.id)
  if (!person) return answerRefusal(services, ctx, { is: 'link-unknown' }, { purpose: flow.purpose })
  const judged = await judgePassword(services, ctx, { email: person.email, password, browser })
  if (judged.is === 'paused') return page(stage, tooMany(services, ctx, judged.until), 'paused')
  const known = judged.is === 'right' ? judged.person : null
  if (known?.id !== person.id || isOutdated(account, known.passwordGeneration ?? 0)) {
    auditWrongPassword(services, ctx, { accountId: person.id })
    return page(stage, 422, 'mismatch')
  }
  if (judged.is === 'right') judged.accepted()
  // The secret is made now and not before: whoever bears the link alone holds none.
  const setUp = services.enrolments.newSetUp()
  const until = untilOf(services, 'set-up')
  writeTicket(services, ctx, flow, id, { ...ticket, stage: 'set-up', setUp, until, password: true })
  return seeOther(ctx, services.base + pageOf(flow, id, 'set-up'))
})

async function page(stage: Stage, status: number, error: Pages['enter-password']['error']): Promise<void> {
  const { services, ctx, flow, id } = stage
  const binding = await ticketOwner(stage)
  if (!binding) return
  const { email, locale } = binding.person
  const locals = { ...services.forms.to(ctx, pageOf(flow, id, 'password')), email, error }
  answer(services, ctx, { status, page: 'enter-password', locals, frame: { accountLocale: locale } })
}

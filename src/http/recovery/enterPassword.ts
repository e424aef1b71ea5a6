/**
 * Where the mailed link alone is not enough: the password, before there is anything to scan. The letter proves the mailbox, and a mailbox
 * that somebody else reads must not be the way to the accounts that reset others.
 */
import { isOutdated } from '../../core/questions.ts'
import { answer, answerRefusal } from '../answer.ts'
import { submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import type { Pages } from '../pages.ts'
import { judgePassword, tooMany } from '../passwordAttempt.ts'
import { auditWrongPassword } from '../sign-in/audited.ts'
import { to } from '../sign-in/progress.ts'
import { atStage, holderOf, type Stage } from './stage.ts'
import { pageOf, untilOf, whoMayEnter, writeTicket } from './ticket.ts'

export const showEnterPassword = atStage('password', (stage) => page(stage, 200, null))

export const enterPassword = atStage('password', async (stage) => {
  const { desk, ctx, door, id, ticket } = stage
  const { fields, browser } = submitted(ctx)
  const password = textOf(fields['password'])
  if (password === '') return page(stage, 422, 'empty')
  const holder = await holderOf(stage)
  if (!holder) return
  const { account } = holder
  const person = await whoMayEnter(desk, door, account.id)
  if (!person) return answerRefusal(desk, ctx, { is: 'link-unknown' }, { purpose: door.purpose })
  const judged = await judgePassword(desk, ctx, { email: person.email, password, browser })
  if (judged.is === 'paused') return page(stage, tooMany(desk, ctx, judged.until), 'paused')
  const known = judged.is === 'right' ? judged.person : null
  if (known?.id !== person.id || isOutdated(account, known.passwordGeneration ?? 0)) {
    auditWrongPassword(desk, ctx, { accountId: person.id })
    return page(stage, 422, 'mismatch')
  }
  if (judged.is === 'right') judged.accepted()
  // The secret is made now and not before: whoever bears the link alone holds none.
  const setUp = desk.journey.newSetUp()
  const until = untilOf(desk, 'set-up')
  writeTicket(desk, ctx, door, id, { ...ticket, stage: 'set-up', setUp, until, password: true })
  return to(ctx, desk.base + pageOf(door, id, 'set-up'))
})

async function page(stage: Stage, status: number, error: Pages['enter-password']['error']): Promise<void> {
  const { desk, forms, ctx, door, id } = stage
  const holder = await holderOf(stage)
  if (!holder) return
  const { email, locale } = holder.person
  const locals = { ...forms.to(ctx, pageOf(door, id, 'password')), email, error }
  answer(desk, ctx, status, 'enter-password', locals, { accountLocale: locale })
}

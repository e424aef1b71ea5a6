/** Asks for the password before the set-up, where the link is not enough: a stolen mailbox must not open accounts that reset others. */
import { isOutdated } from '../../core/questions.ts'
import { textOf } from '../body.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { auditRefusedPassword, judgePassword, tooMany } from '../passwordAttempt.ts'
import { answer } from '../respond.ts'
import { admit, atStage, moveTo, type Stage, ticketOwner } from './stage.ts'
import { pageOf } from './ticket.ts'

export const showEnterPassword = atStage('password', (stage) => page(stage, 200, null))

export const enterPassword = atStage('password', async (stage) => {
  const { services, ctx } = stage
  const { fields, browser } = submitted(ctx)
  const password = textOf(fields['password'])
  if (password === '') return page(stage, 422, 'empty')
  const owner = await ticketOwner(stage)
  if (!owner) return
  const { account } = owner
  const person = await admit(stage, account.id)
  if (!person) return
  const judged = await judgePassword(services, ctx, { email: person.email, password, browser })
  const refused = { of: { accountId: person.id }, judged }
  if (judged.is === 'paused') {
    auditRefusedPassword(services, ctx, refused)
    return page(stage, tooMany(services, ctx, judged.until), 'paused')
  }
  const known = judged.is === 'right' ? judged.person : null
  if (known?.id !== person.id || isOutdated(account, known.passwordGeneration ?? 0)) {
    auditRefusedPassword(services, ctx, refused)
    return page(stage, 422, 'mismatch')
  }
  if (judged.is === 'right') judged.accepted()
  // The secret is made after the password, so that a stolen link alone shows none.
  moveTo(stage, 'set-up', { setUp: services.sealed.newSetUp(services.passkeys.areOfferedTo(person)), password: true })
})

async function page(stage: Stage, status: number, error: Pages['enter-password']['error']): Promise<void> {
  const { services, ctx } = stage
  const owner = await ticketOwner(stage)
  if (!owner) return
  const { email, locale } = owner.person
  const locals = { ...services.forms.to(ctx, pageOf(stage, 'password')), email, error }
  answer(services, ctx, { status, page: 'enter-password', locals, frame: { accountLocale: locale } })
}

/** Another password, in a sign-in that has its second factor: the old one is asked for once more. @see ASVS 6.2.3 */
import type { Context } from 'koa'
import { passwordFault } from '../../core/passwordPolicy.ts'
import { commonPasswords } from '../../crypto/commonPasswords.ts'
import type { Pending } from '../../oidc/interactions.ts'
import { answer, answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import type { Pages } from '../pages.ts'
import { judgePassword, tooMany } from '../passwordAttempt.ts'
import { auditWrongPassword } from './audited.ts'
import { startAgainHref } from './begin.ts'
import { cancelForm } from './change.ts'
import {
  answerFinished,
  around,
  complete,
  inSignIn,
  pathOf,
  placeOf,
  type Progress,
  progressOf,
  to,
} from './progress.ts'

type Fault = Pages['change-password']['error']

export async function showChangePassword(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (pending?.stage !== 'password') return to(ctx, placeOf(desk, progress))
  page(desk, forms, ctx, progress, pending, 200, null)
}

export async function changePassword(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  const { fields, form, browser } = submitted(ctx)
  if (signIn.finished) return to(ctx, pathOf(desk, signIn.uid, '/done'))
  if (pending?.stage !== 'password') return to(ctx, placeOf(desk, progress))
  const { accountId } = pending
  const person = await desk.directory.find(accountId)
  // As it is now: it may have been changed since this sign-in began, which ends no sign-in.
  const email = person?.email ?? pending.email
  const password = textOf(fields['password'])
  const fault = passwordFault(password, [email, person?.name ?? '', desk.brand.name], await commonPasswords())
  if (fault) return page(desk, forms, ctx, progress, pending, 422, fault)
  const current = { email, password: textOf(fields['current_password']), browser }
  const judged = desk.directory.authenticate ? await judgePassword(desk, ctx, current) : null
  const isRight = judged?.is === 'right' && judged.person.id === accountId
  if (!isRight && !(await isSentAgain(desk, accountId, form))) {
    if (judged?.is === 'paused')
      return page(desk, forms, ctx, progress, pending, tooMany(desk, ctx, judged.until), 'paused')
    auditWrongPassword(desk, ctx, { accountId }, signIn.client)
    return page(desk, forms, ctx, progress, pending, 422, 'mismatch')
  }
  if (judged?.is === 'right') judged.accepted()
  const { epoch, since } = inSignIn(signIn, pending)
  const right = { is: 'sign-in', epoch, since } as const
  // It raises the epoch, and a session of the old one would take this sign-in with it.
  await desk.interactions.detach(signIn)
  const by = callerOf(ctx, accountId)
  const changed = await desk.journey.changePassword({ accountId, right, password, form }, by)
  if (changed.is === 'refused') {
    const startAgain = startAgainHref(desk, ctx, signIn.uid)
    return answerRefusal(desk, ctx, changed.refusal, { ...around(signIn, pending.email), startAgainHref: startAgain })
  }
  const facts = { ...pending, epoch: changed.account.epoch, authenticatedAt: desk.clock.now() }
  await complete(desk, ctx, signIn, { ...facts, fulfilled: ['change_password'] })
  return to(ctx, pathOf(desk, signIn.uid, '/done'))
}

/** The first sending of this form has changed it: what was the current one then is none any more. */
const isSentAgain = async (desk: Desk, accountId: string, form: string): Promise<boolean> =>
  (await desk.corridor.recall(accountId))?.password?.form === form

function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { signIn }: Progress,
  { email }: Pending,
  status: number,
  error: Fault,
): void {
  const form = forms.to(ctx, `/sign-in/${signIn.uid}/password`)
  const locals = { ...form, email, error, cancel: cancelForm(forms, ctx, signIn) }
  answer(desk, ctx, status, 'change-password', locals, around(signIn, email))
}

/** Another password, in a sign-in that has its second factor: the old one is asked for once more. @see ASVS 6.2.3 */
import type { Context } from 'koa'
import { passwordFault } from '../../core/passwordPolicy.ts'
import { commonPasswords } from '../../crypto/commonPasswords.ts'
import type { Pending } from '../../oidc/interactions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import type { Pages } from '../pages/locals.ts'
import { auditWrongPassword, judgePassword, tooMany } from '../passwordAttempt.ts'
import { signInPath } from '../paths.ts'
import { startAgainHref } from '../startAgain.ts'
import { cancelForm } from './change.ts'
import { seeOther } from '../redirect.ts'
import { answerFinished, frame, complete, inSignIn, stagePathOf, type Progress, progressOf } from './progress.ts'

type Fault = Pages['change-password']['error']

export async function showChangePassword(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (pending?.stage !== 'password') return seeOther(ctx, stagePathOf(services, progress))
  page(services, ctx, progress, pending, 200, null)
}

export async function changePassword(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  const { fields, form, browser } = submitted(ctx)
  if (signIn.finished) return seeOther(ctx, signInPath(services, signIn.uid, '/done'))
  if (pending?.stage !== 'password') return seeOther(ctx, stagePathOf(services, progress))
  const { accountId } = pending
  const person = await services.directory.find(accountId)
  // As it is now: it may have been changed since this sign-in began, which ends no sign-in.
  const email = person?.email ?? pending.email
  const password = textOf(fields['password'])
  const fault = passwordFault(password, [email, person?.name ?? '', services.brand.name], await commonPasswords())
  if (fault) return page(services, ctx, progress, pending, 422, fault)
  const current = { email, password: textOf(fields['current_password']), browser }
  const judged = services.directory.authenticate ? await judgePassword(services, ctx, current) : null
  const isRight = judged?.is === 'right' && judged.person.id === accountId
  if (!isRight && !(await isSentAgain(services, accountId, form))) {
    if (judged?.is === 'paused')
      return page(services, ctx, progress, pending, tooMany(services, ctx, judged.until), 'paused')
    auditWrongPassword(services, ctx, { accountId }, signIn.client)
    return page(services, ctx, progress, pending, 422, 'mismatch')
  }
  if (judged?.is === 'right') judged.accepted()
  const { epoch, since } = inSignIn(signIn, pending)
  const right = { is: 'sign-in', epoch, since } as const
  // It raises the epoch, and a session of the old one would take this sign-in with it.
  await services.interactions.detach(signIn)
  const by = callerOf(ctx, accountId)
  const changed = await services.enrolments.changePassword({ accountId, right, password, form }, by)
  if (changed.is === 'refused') {
    const startAgain = startAgainHref(services, ctx, signIn.uid)
    return answerRefusal(services, ctx, changed.refusal, {
      ...frame(signIn, pending.email),
      startAgainHref: startAgain,
    })
  }
  const facts = { ...pending, epoch: changed.account.epoch, authenticatedAt: services.clock.now() }
  await complete(services, ctx, signIn, { ...facts, fulfilled: ['change_password'] })
  return seeOther(ctx, signInPath(services, signIn.uid, '/done'))
}

/** The first sending of this form has changed it: what was the current one then is none any more. */
const isSentAgain = async (services: Services, accountId: string, form: string): Promise<boolean> =>
  (await services.accounts.getStored(accountId))?.password?.form === form

function page(
  services: Services,
  ctx: Context,
  { signIn }: Progress,
  { email }: Pending,
  status: number,
  error: Fault,
): void {
  const form = services.forms.to(ctx, `/sign-in/${signIn.uid}/password`)
  const locals = { ...form, email, error, cancel: cancelForm(services, ctx, signIn) }
  answer(services, ctx, { status, page: 'change-password', locals, frame: frame(signIn, email) })
}

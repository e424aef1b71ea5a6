/** Changes the password, in a sign-in with a second factor. The current one is required. @see ASVS 6.2.3 */
import { passwordFault } from '../../core/passwordPolicy.ts'
import { commonPasswords } from '../../crypto/commonPasswords.ts'
import { textOf } from '../body.ts'
import { callerOf } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { auditRefusedPassword, judgePassword, tooMany } from '../passwordAttempt.ts'
import { answer } from '../respond.ts'
import { cancelForm } from './change.ts'
import { complete, inSignIn, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { atStage, formTo, frameOf, goToDone } from './stage.ts'

export const showChangePassword = atStage('password', (step) => page(step, 200, null))

export const changePassword = atStage(
  'password',
  async (step) => {
    const { services, ctx, signIn } = step
    const { accountId } = step.pending
    const { fields, form, browser } = submitted(ctx)
    const person = await services.directory.find(accountId)
    // The current address: a change of it does not end the sign-in.
    const email = person?.email ?? step.pending.email
    const password = textOf(fields['password'])
    const fault = passwordFault(password, [email, person?.name ?? '', services.brand.name], await commonPasswords())
    if (fault) return page(step, 422, fault)
    const current = { email, password: textOf(fields['current_password']), browser }
    const judged = services.directory.authenticate ? await judgePassword(services, ctx, current) : null
    const isRight = judged?.is === 'right' && judged.person.id === accountId
    if (!isRight && !(await isSentAgain(step, form))) {
      auditRefusedPassword(services, ctx, { of: { accountId }, judged, client: signIn.client })
      if (judged?.is === 'paused') return page(step, tooMany(services, ctx, judged.until), 'paused')
      return page(step, 422, 'mismatch')
    }
    if (judged?.is === 'right') judged.accepted()
    await change(step, password, form)
  },
  goToDone,
)

/** The first submission of this form has changed the password already, so that the typed one is outdated. */
const isSentAgain = async ({ services, pending }: Step, form: string): Promise<boolean> =>
  (await services.accounts.getStored(pending.accountId))?.password?.form === form

async function change(step: Step, password: string, form: string): Promise<void> {
  const { services, ctx, signIn, pending } = step
  const { accountId } = pending
  const { epoch, since } = inSignIn(signIn, pending)
  const right = { is: 'sign-in', epoch, since } as const
  // The change raises the epoch, and the end of a session of the old one would end this sign-in.
  await services.interactions.detach(signIn)
  const chosen = { accountId, right, password, form }
  const changed = await services.passwords.changePassword(chosen, callerOf(ctx, accountId))
  if (changed.is === 'refused') return refuseSignIn(step, changed.refusal)
  const facts = { ...pending, epoch: changed.account.epoch, authenticatedAt: services.clock.now() }
  await complete({ ...step, pending: { ...facts, fulfilled: ['change_password'] } })
  goToDone(step)
}

function page(step: Step, status: number, error: Pages['change-password']['error']): void {
  const { services, ctx, signIn, pending } = step
  const { email } = pending
  const locals = { ...formTo(step, '/password'), email, error, cancel: cancelForm(step) }
  answer(services, ctx, { status, page: 'change-password', locals, frame: frameOf(signIn, email) })
}

/** The page before a set-up in a live session with a fresh password, because a GET must not make a secret. */
import { isSignInOver } from '../../core/questions.ts'
import { answer } from '../respond.ts'
import { continueAfterPassword } from './afterPassword.ts'
import { inSignIn } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { atStage, formTo, frameOf, notYouHref } from './stage.ts'

export const showBegin = atStage('begin', async (step) => {
  const { services, ctx, signIn, pending } = step
  const account = await services.accounts.getCurrent(pending.accountId)
  const forced = account?.factor.is === 'reset' ? { at: account.factor.at } : null
  const locals = { ...formTo(step, '/begin'), forced, notYouHref: notYouHref(step) }
  answer(services, ctx, { page: 'begin-set-up', locals, frame: frameOf(signIn, pending.email) })
})

export const begin = atStage('begin', async (step) => {
  const { services, signIn, pending } = step
  const [person, account] = await Promise.all([
    services.directory.find(pending.accountId),
    services.accounts.getOrCreate(pending.accountId),
  ])
  if (!person || !account || isSignInOver(account, inSignIn(signIn, pending)))
    return refuseSignIn(step, { is: 'sign-in-over' }, { startAgainHref: null })
  await continueAfterPassword(step, { person, account, authenticatedAt: pending.authenticatedAt })
})

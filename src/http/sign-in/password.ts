/** The first page of a sign-in: email and password. It makes no session at the provider. */
import type { Context } from 'koa'
import { typedEmail } from '../../email.ts'
import { isOutdated } from '../../core/questions.ts'
import { isAccountPrompt } from '../../oidc/interactions.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { auditRefusedPassword, judgePassword, tooMany } from '../passwordAttempt.ts'
import { FORGOTTEN_PASSWORD_PATH, signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { answer } from '../respond.ts'
import { continueAfterPassword } from './afterPassword.ts'
import { bindBrowser, progressOf, type SignInRequest } from './progress.ts'
import { answerFinished, formTo, frameOf, goToStage } from './stage.ts'

export const showSignIn = (services: Services, ctx: Context): Promise<void> => show(services, ctx, null)

/** With the email that was typed, and without the password. */
export const showSignInAgain = (services: Services, ctx: Context): Promise<void> =>
  show(services, ctx, textOf(submitted(ctx).fields['email']))

async function show(services: Services, ctx: Context, typed: string | null): Promise<void> {
  const request = await progressOf(services, ctx)
  const { signIn, pending } = request
  if (signIn.finished) return answerFinished(request)
  if (signIn.prompt === 'consent') return seeOther(ctx, signInPath(services, signIn.uid, '/consent'))
  // A live session that lacks only its second factor needs no password.
  if ((signIn.prompt === 'two_factor' || isAccountPrompt(signIn.prompt)) && pending) return goToStage(request)
  // After **Not you?** the hint of the application is wrong.
  page(request, { status: 200, email: typed ?? (pending ? '' : (signIn.loginHint ?? '')), error: null })
}

export async function checkPassword(services: Services, ctx: Context): Promise<void> {
  const { fields, browser } = submitted(ctx)
  const email = textOf(fields['email'])
  const password = textOf(fields['password'])
  const isEmpty = email.trim() === '' || password === ''
  // In parallel: the store answers both in one round trip.
  const [request, judged] = await Promise.all([
    progressOf(services, ctx),
    isEmpty ? null : judgePassword(services, ctx, { email, password, browser }),
  ])
  const { signIn } = request
  const right = judged?.is === 'right' ? judged : null
  const person = right?.person ?? null
  // Sent twice: the first answer, with the secret, may be lost.
  if (signIn.finished && signIn.isRepeated && person?.id === signIn.finishedBy) bindBrowser(request)
  if (signIn.finished) return answerFinished(request)
  if (isAccountPrompt(signIn.prompt)) return goToStage(request)
  if (!judged) return page(request, { status: 422, email, error: 'empty' })
  const refused = { of: { email }, judged, client: signIn.client }
  if (judged.is === 'paused') {
    auditRefusedPassword(services, ctx, refused)
    return page(request, { status: tooMany(services, ctx, judged.until), email, error: 'paused' })
  }
  const account = right && (await services.accounts.getOrCreate(right.person.id, right.prefetched))
  if (!right || !person || !account || isOutdated(account, person.passwordGeneration ?? 0)) {
    auditRefusedPassword(services, ctx, refused)
    return page(request, { status: 422, email, error: 'mismatch' })
  }
  right.accepted()

  const longer = services.interactions.lengthen(ctx, signIn)
  const authenticatedAt = services.clock.now()
  await continueAfterPassword({ ...request, signIn: longer }, { person, account, authenticatedAt })
}

type Answer = Pick<Pages['sign-in'], 'email' | 'error'> & { readonly status: number }

function page(request: SignInRequest, { status, email: typed, ...locals }: Answer): void {
  const { services, ctx, signIn } = request
  const forgottenHref = services.passwords.keepsPasswords ? `${FORGOTTEN_PASSWORD_PATH}?sign-in=${signIn.uid}` : null
  const frame = frameOf(signIn)
  answer(services, ctx, {
    status,
    page: 'sign-in',
    locals: { ...formTo(request), ...locals, email: typedEmail(typed) ?? typed, forgottenHref },
    frame,
  })
}

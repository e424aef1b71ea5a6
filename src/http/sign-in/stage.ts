/** The stages of a sign-in and their pages. */
import type { Context } from 'koa'
import { isAccountPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import type { Services } from '../context.ts'
import type { Form } from '../pages/pageMetadata.ts'
import { signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { answer, type PageFrame } from '../respond.ts'
import { asAnotherHref } from '../startAgain.ts'
import { progressOf, type SignInRequest, type Step } from './progress.ts'

type Handler = (services: Services, ctx: Context) => Promise<void>

/** Runs a handler at its stage. A finished sign-in continues; one at another stage is redirected to the page of that stage. */
export const where =
  (
    isHere: (step: Step) => boolean,
    handle: (step: Step) => Promise<void> | void,
    whenFinished: (request: SignInRequest) => void = (request) => answerFinished(request),
  ): Handler =>
  async (services, ctx) => {
    const request = await progressOf(services, ctx)
    const { signIn, pending } = request
    if (signIn.finished) return whenFinished(request)
    if (!pending || !isHere({ ...request, pending })) return goToStage(request)
    await handle({ ...request, pending })
  }

export const atStage = (
  stage: Pending['stage'],
  handle: (step: Step) => Promise<void> | void,
  whenFinished?: (request: SignInRequest) => void,
): Handler => where(({ pending }) => pending.stage === stage, handle, whenFinished)

const stagePages = {
  begin: '/begin',
  code: '/code',
  change: '/change',
  password: '/password',
  authenticators: '/authenticators',
  link: '/check-email',
  'set-up': '/set-up',
  codes: '/backup-codes',
} as const satisfies Record<Pending['stage'], string>

const pageOf = (pending: Pending): string =>
  pending.stage === 'code' ? challengePath(pending) : stagePages[pending.stage]

/** The page of the first proof that is asked for. */
export const challengePath = ({ hasPasskey }: Pick<Pending, 'hasPasskey'>) => (hasPasskey ? '/passkey' : '/code')

/** Redirects to the page of the current stage. */
export const goToStage = ({ services, ctx, signIn, pending }: SignInRequest): void =>
  seeOther(ctx, signInPath(services, signIn.uid, pending ? pageOf(pending) : ''))

export const goToDone = ({ services, ctx, signIn }: SignInRequest): void =>
  seeOther(ctx, signInPath(services, signIn.uid, '/done'))

/** Saves the progress and redirects to its page. */
export async function moveTo(request: SignInRequest, pending: Pending): Promise<void> {
  await request.services.interactions.save(request.signIn, pending)
  goToStage({ ...request, pending })
}

/** Finished in another tab, or **Back** was pressed: the page only continues. */
export function answerFinished({ services, ctx, signIn }: SignInRequest, kind: 'sign-in' | 'back' = 'sign-in'): void {
  const locals = { href: signIn.returnTo, client: signIn.client?.name ?? null, kind }
  answer(services, ctx, { page: 'continue', locals, frame: frameOf(signIn) })
}

export const frameOf = (signIn: SignIn, email: string | null = null): PageFrame => ({
  uiLocales: signIn.uiLocales,
  accountLocale: signIn.pending?.locale ?? null,
  client: signIn.client,
  person: email ? { email } : null,
})

/** A page of the sign-in, below the issuer. */
export const pathIn = ({ signIn }: SignInRequest, page = ''): string => `/sign-in/${signIn.uid}${page}`

export const formTo = (request: SignInRequest, page = ''): Form =>
  request.services.forms.to(request.ctx, pathIn(request, page))

/** The address of **Not you?**. A change of the own account has **Cancel** instead. */
export function notYouHref(request: SignInRequest): string | null {
  const { services, ctx, signIn } = request
  if (isAccountPrompt(signIn.prompt)) return null
  return signIn.prompt === 'login' ? pathIn(request) : asAnotherHref(services, ctx, signIn.uid)
}

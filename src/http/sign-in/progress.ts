/** Where a sign-in stands, and the page that belongs there. Shared by the handlers of this folder. */
import type { Context } from 'koa'
import { mustEnrol } from '../../core/questions.ts'
import { CODES_SHOWN_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import type { Use } from '../../crypto/purposes.ts'
import { digest } from '../../crypto/tokens.ts'
import type { EnrolmentContext } from '../../service/enrolment.ts'
import type { SetUp } from '../../service/sealed.ts'
import { type BoundFacts, isAccountPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import { type PageFrame, answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { formSecretOf, submitted } from '../formTokens.ts'
import { rememberHere } from '../knownBrowser.ts'
import { setUpSchema } from '../enrolment/setUp.ts'
import { signInIdOf, signInPath } from '../paths.ts'
import { asAnotherHref } from '../startAgain.ts'

export interface Progress {
  readonly signIn: SignIn
  /** What is proven so far; null: nothing, the password comes first. */
  readonly pending: Pending | null
}

/** Loads a sign-in; what a live session still lacks begins where its password left off. */
export async function progressOf(services: Services, ctx: Context): Promise<Progress> {
  const signIn = await services.interactions.details(ctx.req, ctx.res, signInIdOf(ctx), formSecretOf(ctx))
  // The answer to the first sending may not have arrived. At the password page the secret waits for the password.
  if (signIn.isRepeated && ctx.path !== signInPath(services, signIn.uid)) bindBrowser(services, ctx, signIn)
  if (signIn.pending) return { signIn, pending: signIn.pending }
  if ((signIn.prompt !== 'two_factor' && !isAccountPrompt(signIn.prompt)) || !signIn.session)
    return { signIn, pending: null }
  const { accountId, stamp, loginAt, proven } = signIn.session
  const [email, account] = await Promise.all([emailOf(services, accountId), services.accounts.getStored(accountId)])
  const isSetUp = account !== null && mustEnrol(account)
  const begun = {
    accountId,
    email,
    epoch: stamp.epoch,
    authenticatedAt: loginAt,
    sealed: null,
    until: signIn.expiresAt,
    browser: signIn.browser,
  }
  if (isAccountPrompt(signIn.prompt)) return { signIn, pending: { ...begun, stage: 'change', proven } }
  // A page left open is no password: whoever finds it later is asked for one.
  if (isSetUp && !signIn.session.isFresh) return { signIn, pending: null }
  return { signIn, pending: { ...begun, stage: isSetUp ? 'begin' : 'code', proven: null } }
}

/** Gives this browser the secret of the sign-in; what its progress keeps of it. Only together with a proof. */
export const bindBrowser = (services: Services, ctx: Context, { id }: SignIn): string =>
  services.browsers.give(ctx.req, ctx.res, { signInId: id, secret: submitted(ctx).secret })

/** The page that a sign-in at this stage is to be on. */
export function stagePathOf(services: Services, { signIn, pending }: Progress): string {
  const pages = {
    begin: '/begin',
    code: '/code',
    change: '/change',
    password: '/password',
    link: '/check-email',
    'set-up': '/set-up',
    codes: '/backup-codes',
  } as const
  return signInPath(services, signIn.uid, pending ? pages[pending.stage] : '')
}

/** Finished in another tab, or Back was pressed: nothing to ask any more, only the way on. */
export function answerFinished(
  services: Services,
  ctx: Context,
  signIn: SignIn,
  kind: 'sign-in' | 'back' = 'sign-in',
): void {
  const page = { href: signIn.returnTo, client: signIn.client?.name ?? null, kind }
  answer(services, ctx, { page: 'continue', locals: page, frame: frame(signIn) })
}

export const frame = (signIn: SignIn, email?: string | null): PageFrame => ({
  uiLocales: signIn.uiLocales,
  accountLocale: signIn.pending?.locale ?? null,
  client: signIn.client,
  person: email ? { email } : null,
})

/** Where **Not you?** leads; a change of one's own account is somebody's who is signed in, and is left by **Cancel**. */
export function notYouHref(services: Services, ctx: Context, { prompt, uid }: SignIn): string | null {
  if (isAccountPrompt(prompt)) return null
  return prompt === 'login' ? `/sign-in/${uid}` : asAnotherHref(services, ctx, uid)
}

export async function emailOf(services: Services, accountId: string): Promise<string> {
  return (await services.directory.find(accountId))?.email ?? ''
}

const useOf = (uid: string): Use<'browser'> => ({ for: 'set-up', interaction: uid })

export const sealSetUp = (services: Services, uid: string, setUp: SetUp): string =>
  services.sealing.seal(JSON.stringify(setUp), useOf(uid))

/** What this browser is setting up or was shown, while it may still see it. */
export function openSetUp(services: Services, { signIn, pending }: Progress): SetUp | null {
  if (!pending?.sealed || services.clock.now() >= pending.until) return null
  const text = services.sealing.tryOpen(pending.sealed, useOf(signIn.uid))
  return text === null ? null : setUpSchema.parse(JSON.parse(text))
}

export const setUpUntil = (services: Services, signIn: SignIn): number =>
  Math.min(services.clock.now() + PENDING_SECONDS, signIn.expiresAt)
export const codesUntil = (services: Services, signIn: SignIn): number =>
  Math.min(services.clock.now() + CODES_SHOWN_SECONDS, signIn.expiresAt)

function boundTo({ browser }: Pending): string {
  if (browser === null) throw new TypeError('progress of a sign-in that belongs to no browser')
  return browser
}

/**
 * The sign-in that something is asked in. A change of the account that has left its session counts from the code given for it, any other
 * sign-in from its password; in a live session of the same person neither is looked at, since it ends with that.
 */
export const inSignIn = ({ prompt, session }: SignIn, { accountId, epoch, authenticatedAt, proven }: Begun) => {
  const begunAt = isAccountPrompt(prompt) ? (proven?.at ?? authenticatedAt) : authenticatedAt
  return { accountId, epoch, since: session?.accountId === accountId ? null : begunAt }
}
type Begun = Pick<Pending, 'accountId' | 'epoch' | 'authenticatedAt' | 'proven'>

export const enrolmentContextOf = (signIn: SignIn, pending: Pending): EnrolmentContext => ({
  flow: 'sign-in',
  ...inSignIn(signIn, pending),
  binding: digest({ for: 'sign-in-browser', interaction: signIn.uid, browser: boundTo(pending) }),
  link: pending.link ?? null,
  // No sign-in gets as far as a door without it: ours asks first, and what a host's own page asks for counts as that.
  password: true,
})

/** What a sign-in becomes that needs the mailed link too: nothing to scan before it was opened in this browser. */
export const waitForLink = { stage: 'link', sealed: null, link: null } as const

export const factsOf = (signIn: SignIn, pending: Begun & Pick<Pending, 'fulfilled' | 'browser'>): BoundFacts => {
  const { accountId, epoch, authenticatedAt, proven, fulfilled = [], browser } = pending
  const since = inSignIn(signIn, pending).since ?? authenticatedAt
  return { accountId, epoch, authenticatedAt, since, proven, fulfilled, browser }
}

/** Completes a sign-in. With a second factor its browser is known for the account from now on. */
export async function complete(services: Services, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  await services.interactions.finish(signIn, factsOf(signIn, pending))
  if (pending.proven) rememberHere(services, ctx, { id: pending.accountId, epoch: pending.epoch })
}

/** The progress of a sign-in, and the cookies of its browser. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import type { Prefetched } from '../../accounts/accounts.ts'
import { mustEnrol } from '../../core/questions.ts'
import { CODES_SHOWN_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import type { Use } from '../../crypto/purposes.ts'
import { digest } from '../../crypto/tokens.ts'
import { type BoundFacts, isAccountPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import type { EnrolmentContext } from '../../service/enrolment.ts'
import type { SetUp } from '../../service/sealed.ts'
import type { Services } from '../context.ts'
import { setUpSchema } from '../enrolment/setUp.ts'
import { formSecretOf, submitted } from '../formTokens.ts'
import { rememberHere } from '../knownBrowser.ts'
import { signInIdOf, signInPath } from '../paths.ts'
import { keepStart } from '../startAgain.ts'

/** A request to a page of a sign-in. */
export interface SignInRequest {
  readonly services: Services
  readonly ctx: Context
  readonly signIn: SignIn
  /** What is proven so far; null: nothing. */
  readonly pending: Pending | null
}

/** After the password is proven. */
export interface Step extends SignInRequest {
  readonly pending: Pending
}

/** Loads a sign-in. A live session that lacks its second factor starts after the password. */
export async function progressOf(services: Services, ctx: Context): Promise<SignInRequest> {
  const signIn = await services.interactions.details(ctx.req, ctx.res, signInIdOf(ctx), formSecretOf(ctx))
  if (ctx.method === 'GET') keepStart(services, ctx, signIn)
  const request = { services, ctx, signIn }
  // The answer to the first submission may be lost. The password page sets the secret with the password only.
  if (signIn.isRepeated && ctx.path !== signInPath(services, signIn.uid)) bindBrowser(request)
  return { ...request, pending: signIn.pending ?? (await ofSession(services, signIn)) }
}

/** Begins to read the record of a sign-in; null: another process has saved the sign-in. */
export function prefetchAccount(services: Services, ctx: Context): Prefetched | null {
  const id = services.interactions.accountOf(signInIdOf(ctx))
  return id === undefined ? null : services.accounts.prefetch(id)
}

/** The proofs of the live session; null: none that is accepted here. */
async function ofSession(services: Services, signIn: SignIn): Promise<Pending | null> {
  const { prompt, session, expiresAt, browser } = signIn
  if ((prompt !== 'two_factor' && !isAccountPrompt(prompt)) || !session) return null
  const { accountId, stamp, loginAt, proven } = session
  const [email, account] = await Promise.all([emailOf(services, accountId), services.accounts.getCurrent(accountId)])
  const isSetUp = account !== null && mustEnrol(account)
  const begun = {
    accountId,
    email,
    epoch: stamp.epoch,
    authenticatedAt: loginAt,
    sealed: null,
    until: expiresAt,
    browser,
  }
  if (isAccountPrompt(prompt)) return { ...begun, stage: 'change', proven }
  // An open browser does not prove the password: a person who finds it later must enter one.
  if (isSetUp && !session.isFresh) return null
  if (isSetUp || !account) return { ...begun, stage: isSetUp ? 'begin' : 'code', proven: null }
  return { ...begun, stage: 'code', ...challengeOf({ services }, account), proven: null }
}

/** Whether the challenge asks for a passkey first. */
export const challengeOf = (
  { services }: Pick<SignInRequest, 'services'>,
  account: Account,
): Pick<Pending, 'hasPasskey'> => (services.passkeys.isUsable(account) ? { hasPasskey: true } : {})

export async function emailOf(services: Services, accountId: string): Promise<string> {
  return (await services.directory.find(accountId))?.email ?? ''
}

/** Sets the secret of the sign-in in this browser. Call it only with a proof. Returns the digest for the progress. */
export const bindBrowser = ({ services, ctx, signIn }: Omit<SignInRequest, 'pending'>): string =>
  services.browsers.give(ctx.req, ctx.res, { signInId: signIn.id, secret: submitted(ctx).secret })

const useOf = ({ signIn }: SignInRequest): Use<'browser'> => ({ for: 'set-up', interaction: signIn.uid })

export const sealSetUp = (request: SignInRequest, setUp: SetUp): string =>
  request.services.sealing.seal(JSON.stringify(setUp), useOf(request))

/** The set-up of this browser, while it may be shown. */
export function openSetUp(request: SignInRequest): SetUp | null {
  const { services, pending } = request
  if (!pending?.sealed || services.clock.now() >= pending.until) return null
  const text = services.sealing.tryOpen(pending.sealed, useOf(request))
  return text === null ? null : setUpSchema.parse(JSON.parse(text))
}

export const setUpUntil = ({ services, signIn }: SignInRequest): number =>
  Math.min(services.clock.now() + PENDING_SECONDS, signIn.expiresAt)
export const codesUntil = ({ services, signIn }: SignInRequest): number =>
  Math.min(services.clock.now() + CODES_SHOWN_SECONDS, signIn.expiresAt)

type Proofs = Pick<Pending, 'accountId' | 'epoch' | 'authenticatedAt' | 'proven'>

/**
 * The sign-in of a command. `since`: the time of the code for a change of the account, else of the password; null in a live session of the
 * same person, whose end ends the sign-in too.
 */
export function inSignIn({ prompt, session }: SignIn, { accountId, epoch, authenticatedAt, proven }: Proofs) {
  const begunAt = isAccountPrompt(prompt) ? (proven?.at ?? authenticatedAt) : authenticatedAt
  return { accountId, epoch, since: session?.accountId === accountId ? null : begunAt }
}

export function enrolmentContextOf({ signIn, pending }: Pick<Step, 'signIn' | 'pending'>): EnrolmentContext {
  const { browser, link = null } = pending
  if (browser === null) throw new TypeError('progress of a sign-in that belongs to no browser')
  return {
    flow: 'sign-in',
    ...inSignIn(signIn, pending),
    binding: digest({ for: 'sign-in-browser', interaction: signIn.uid, browser }),
    link,
    // Proven by our page, or by the host's own.
    password: true,
  }
}

/** A sign-in that requires the mailed link too: no secret is made before this browser has opened the link. */
export const waitForLink = { stage: 'link', sealed: null, link: null } as const

export function factsOf(signIn: SignIn, pending: Proofs & Pick<Pending, 'fulfilled' | 'browser'>): BoundFacts {
  const { accountId, epoch, authenticatedAt, proven, fulfilled = [], browser } = pending
  const since = inSignIn(signIn, pending).since ?? authenticatedAt
  return { accountId, epoch, authenticatedAt, since, proven, fulfilled, browser }
}

/** Completes a sign-in. With a second factor the browser becomes known for the account. */
export async function complete({ services, ctx, signIn, pending }: Step): Promise<void> {
  await services.interactions.finish(signIn, factsOf(signIn, pending))
  if (pending.proven) rememberHere(services, ctx, { id: pending.accountId, epoch: pending.epoch })
}

/** Where a sign-in stands, and the page that belongs there. Shared by the handlers of this folder. */
import type { Context } from 'koa'
import { z } from 'zod'
import { mustEnrol } from '../../core/questions.ts'
import { CODES_SHOWN_SECONDS, PENDING_SECONDS } from '../../core/rules.ts'
import type { Use } from '../../crypto/purposes.ts'
import { digest } from '../../crypto/tokens.ts'
import type { AtDoor, SetUp } from '../../journey.ts'
import { type BoundFacts, isOwnPrompt, type Pending, type SignIn } from '../../oidc/interactions.ts'
import { type Around, answer } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { formSecretOf, submitted } from '../forms.ts'
import { rememberHere } from '../knownBrowser.ts'
import { asAnotherHref } from './begin.ts'

export const setUpSchema = z.object({
  authenticatorId: z.string(),
  secret: z.string(),
  codes: z.array(z.string()).readonly(),
})

export interface Progress {
  readonly signIn: SignIn
  /** What is proven so far; null: nothing, the password comes first. */
  readonly pending: Pending | null
}

/** Loads a sign-in; what a live session still lacks begins where its password left off. */
export async function progressOf(desk: Desk, ctx: Context): Promise<Progress> {
  const signIn = await desk.interactions.details(ctx.req, ctx.res, uidOf(ctx), formSecretOf(ctx))
  // The answer to the first sending may not have arrived. At the password page the secret waits for the password.
  if (signIn.isRepeated && ctx.path !== pathOf(desk, signIn.uid)) bindBrowser(desk, ctx, signIn)
  if (signIn.pending) return { signIn, pending: signIn.pending }
  if ((signIn.prompt !== 'two_factor' && !isOwnPrompt(signIn.prompt)) || !signIn.session)
    return { signIn, pending: null }
  const { accountId, stamp, loginAt, proven } = signIn.session
  const [email, account] = await Promise.all([emailOf(desk, accountId), desk.corridor.recall(accountId)])
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
  if (isOwnPrompt(signIn.prompt)) return { signIn, pending: { ...begun, stage: 'change', proven } }
  // A page left open is no password: whoever finds it later is asked for one.
  if (isSetUp && !signIn.session.isFresh) return { signIn, pending: null }
  return { signIn, pending: { ...begun, stage: isSetUp ? 'begin' : 'code', proven: null } }
}

/** Gives this browser the secret of the sign-in; what its progress keeps of it. Only together with a proof. */
export const bindBrowser = (desk: Desk, ctx: Context, { id }: SignIn): string =>
  desk.browsers.give(ctx.req, ctx.res, { signInId: id, secret: submitted(ctx).secret })

export const uidOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['uid'])

/** Below the sign-in's own address, where its cookie is sent. */
export const pathOf = (desk: Desk, uid: string, page = ''): string => `${desk.base}/sign-in/${uid}${page}`

export function to(ctx: Context, path: string): void {
  ctx.redirect(path)
  ctx.status = 303
}

/** The page that a sign-in at this stage is to be on. */
export function placeOf(desk: Desk, { signIn, pending }: Progress): string {
  const pages = {
    begin: '/begin',
    code: '/code',
    change: '/change',
    password: '/password',
    link: '/check-email',
    'set-up': '/set-up',
    codes: '/backup-codes',
  } as const
  return pathOf(desk, signIn.uid, pending ? pages[pending.stage] : '')
}

/** Finished in another tab, or Back was pressed: nothing to ask any more, only the way on. */
export function answerFinished(desk: Desk, ctx: Context, signIn: SignIn, kind: 'sign-in' | 'back' = 'sign-in'): void {
  const page = { href: signIn.returnTo, client: signIn.client?.name ?? null, kind }
  answer(desk, ctx, 200, 'continue', page, around(signIn))
}

export const around = (signIn: SignIn, email?: string | null): Around => ({
  uiLocales: signIn.uiLocales,
  accountLocale: signIn.pending?.locale ?? null,
  client: signIn.client,
  person: email ? { email } : null,
})

/** Where **Not you?** leads; a change of one's own account is somebody's who is signed in, and is left by **Cancel**. */
export function notYouHref(desk: Desk, ctx: Context, { prompt, uid }: SignIn): string | null {
  if (isOwnPrompt(prompt)) return null
  return prompt === 'login' ? `/sign-in/${uid}` : asAnotherHref(desk, ctx, uid)
}

export async function emailOf(desk: Desk, accountId: string): Promise<string> {
  return (await desk.directory.find(accountId))?.email ?? ''
}

const useOf = (uid: string): Use<'browser'> => ({ for: 'set-up', interaction: uid })

export const sealSetUp = (desk: Desk, uid: string, setUp: SetUp): string =>
  desk.sealing.seal(JSON.stringify(setUp), useOf(uid))

/** What this browser is setting up or was shown, while it may still see it. */
export function openSetUp(desk: Desk, { signIn, pending }: Progress): SetUp | null {
  if (!pending?.sealed || desk.clock.now() >= pending.until) return null
  const text = desk.sealing.tryOpen(pending.sealed, useOf(signIn.uid))
  return text === null ? null : setUpSchema.parse(JSON.parse(text))
}

export const setUpUntil = (desk: Desk, signIn: SignIn): number =>
  Math.min(desk.clock.now() + PENDING_SECONDS, signIn.expiresAt)
export const codesUntil = (desk: Desk, signIn: SignIn): number =>
  Math.min(desk.clock.now() + CODES_SHOWN_SECONDS, signIn.expiresAt)

function boundTo({ browser }: Pending): string {
  if (browser === null) throw new TypeError('progress of a sign-in that belongs to no browser')
  return browser
}

/**
 * The sign-in that something is asked in. A change of the account that has left its session counts from the code given for it, any other
 * sign-in from its password; in a live session of the same person neither is looked at, since it ends with that.
 */
export const inSignIn = ({ prompt, session }: SignIn, { accountId, epoch, authenticatedAt, proven }: Begun) => {
  const begunAt = isOwnPrompt(prompt) ? (proven?.at ?? authenticatedAt) : authenticatedAt
  return { accountId, epoch, since: session?.accountId === accountId ? null : begunAt }
}
type Begun = Pick<Pending, 'accountId' | 'epoch' | 'authenticatedAt' | 'proven'>

export const doorOf = (signIn: SignIn, pending: Pending): AtDoor => ({
  door: 'sign-in',
  ...inSignIn(signIn, pending),
  holder: digest({ for: 'sign-in-browser', interaction: signIn.uid, browser: boundTo(pending) }),
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
export async function complete(desk: Desk, ctx: Context, signIn: SignIn, pending: Pending): Promise<void> {
  await desk.interactions.finish(signIn, factsOf(signIn, pending))
  if (pending.proven) rememberHere(desk, ctx, { id: pending.accountId, epoch: pending.epoch })
}

/** The page for each refusal that ends a flow. A wrong code has none: its form is shown again. */
import type { Context } from 'koa'
import type { Purpose } from '../core/link.ts'
import type { Refusal } from '../core/refusal.ts'
import { newId } from '../crypto/tokens.ts'
import type { Services } from './context.ts'
import type { Pages } from './pages/locals.ts'
import type { Form } from './pages/pageMetadata.ts'
import { FORGOTTEN_PASSWORD_PATH } from './paths.ts'
import { answer, errorPage, type PageFrame, type PageName, type Reply } from './respond.ts'
import { secondsUntil } from './retryAfter.ts'

interface Situation {
  readonly services: Services
  readonly ctx: Context
  /** The address of **Start again**; null: this browser has not kept the request. */
  readonly startAgainHref: string | null
  readonly purpose: Purpose
  /** Requests another link; null: only an administrator can. */
  readonly renew: Form | null
}

type RefusalOf<K extends Refusal['is']> = Extract<Refusal, { readonly is: K }>
type AnyReply = { [K in PageName]: Reply<K> }[PageName]
type PageOf<K extends Refusal['is']> = (refusal: RefusalOf<K>, situation: Situation) => AnyReply

/** The sign-in that was under way, or a new one. */
const signInOf = ({ services, startAgainHref }: Situation): string => startAgainHref ?? services.signInUrl

const forgottenHref = ({ passwords }: Services): string | null =>
  passwords.keepsPasswords ? FORGOTTEN_PASSWORD_PATH : null

const interrupted = (_: Refusal, { services, startAgainHref }: Situation): AnyReply => ({
  status: 409,
  page: 'interrupted',
  locals: { startAgainHref, reason: 'reset', signInHref: services.signInUrl },
})

const setUpClosed = (locals: Pages['set-up-closed']): AnyReply => ({ status: 403, page: 'set-up-closed', locals })

type DeadLink = Pick<Pages['dead-link'], 'why' | 'at' | 'renew' | 'viaSignIn'>

const deadLink = ({ services, purpose }: Situation, status: number, link: DeadLink): AnyReply => {
  const againHref = purpose === 'password' ? FORGOTTEN_PASSWORD_PATH : null
  return { status, page: 'dead-link', locals: { purpose, signInHref: services.signInUrl, againHref, ...link } }
}

const pages: { readonly [K in Refusal['is']]: PageOf<K> } = {
  'link-expired': ({ at }, here) => deadLink(here, 410, { why: 'expired', at, renew: here.renew }),
  'link-used': ({ at, via }, here) =>
    deadLink(here, 410, { why: 'used', at, renew: here.renew, viaSignIn: via === 'sign-in' }),
  'link-replaced': ({ at }, here) => deadLink(here, 410, { why: 'replaced', at, renew: here.renew }),
  'link-cancelled': ({ at }, here) => deadLink(here, 410, { why: 'cancelled', at, renew: here.renew }),
  'link-unknown': (_, here) => deadLink(here, 404, { why: 'unknown', at: null, renew: null }),
  'set-up-elsewhere': (_, here) => ({
    status: 409,
    page: 'set-up-elsewhere',
    locals: { signInHref: signInOf(here) },
  }),
  paused: ({ until }, { services, startAgainHref }) => ({
    status: 429,
    page: 'paused',
    locals: { until, startAgainHref, forgottenHref: forgottenHref(services) },
    retryAfter: secondsUntil(services, until),
  }),
  locked: (_, { services, startAgainHref }) => ({
    status: 403,
    page: 'paused',
    locals: { until: null, startAgainHref, forgottenHref: forgottenHref(services) },
  }),
  'set-up-frozen': (_, here) => setUpClosed({ why: 'frozen', signInHref: signInOf(here) }),
  'set-up-expired': (_, here) => setUpClosed({ why: 'expired', signInHref: signInOf(here) }),
  'password-too-new': ({ until }, here) =>
    setUpClosed({ why: 'password-too-new', from: until, signInHref: signInOf(here) }),
  'record-lost': (_, here) => recordLost(here.services, signInOf(here)),
  'account-disabled': (_, { startAgainHref }) => ({
    status: 409,
    page: 'interrupted',
    locals: { startAgainHref, reason: 'disabled' },
  }),
  'proof-too-old': (_, { startAgainHref }) => ({
    status: 410,
    page: 'interrupted',
    locals: { startAgainHref, reason: 'expired' },
  }),
  'outbox-full': (_, { services, ctx }) => errorPage(services, ctx, { status: 503, kind: 'unavailable' }),
  // A sign-in that was under way: the next one says that email and password do not match.
  'account-deleted': interrupted,
  'sign-in-over': interrupted,
  'not-enrolled': interrupted,
  'code-incorrect': interrupted,
  'code-replayed': interrupted,
  'proof-too-weak': interrupted,
  'proof-used': interrupted,
  'passkey-incorrect': interrupted,
  'passkey-stale': interrupted,
  'passkey-required': interrupted,
  'passkey-suspect': interrupted,
  'too-many-authenticators': interrupted,
  'already-added': interrupted,
  'last-authenticator': interrupted,
  'authenticator-unknown': interrupted,
  'factor-too-new': interrupted,
  'password-missing': interrupted,
  'link-missing': interrupted,
  'mailbox-used': interrupted,
  'setup-incomplete': interrupted,
  'already-enrolled': interrupted,
  'reset-not-found': interrupted,
  'reset-finished': interrupted,
  'superseded-meanwhile': interrupted,
  'idempotency-conflict': interrupted,
  'too-many-resets': interrupted,
}

/** @param signInHref null: after a page of the host, which has no words for this */
export function recordLost({ onError }: Pick<Services, 'onError'>, signInHref: string | null): Reply<'unavailable'> {
  const reference = newId()
  onError(new Error(`second factor record missing, reference ${reference}`), 'checking a second factor')
  return { status: 403, page: 'unavailable', locals: { reference, isHost: signInHref === null, signInHref } }
}

export type RefusalOptions = PageFrame & Partial<Pick<Situation, 'startAgainHref' | 'purpose' | 'renew'>>

export function answerRefusal(
  services: Services,
  ctx: Context,
  refusal: Refusal,
  { startAgainHref = null, purpose = 'reset', renew = null, ...frame }: RefusalOptions = {},
): void {
  const page = pages[refusal.is] as PageOf<Refusal['is']>
  answer(services, ctx, { ...page(refusal, { services, ctx, startAgainHref, purpose, renew }), frame })
}

/**
 * An authorization request or a sign-out may be a POST. From another site it lacks the session cookie (SameSite=Lax), so that it is
 * redirected to a GET of the same address. @see OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2
 */
import type { Context, Middleware } from 'koa'
import { answerError, failureOf } from './respond.ts'
import { callerOf, type Services } from './context.ts'
import { type Fields, readForm } from './body.ts'
import { comparable } from './paths.ts'
import { Refused } from './requestError.ts'
import type { ClientSession } from '../oidc/sessions.ts'

/** Longest address that all browsers and proxies accept. Bytes. */
const LONGEST = 4096

/** Parameters that must not be in a URL, which logs and histories keep. */
const SECRETS = ['client_secret', 'client_assertion', 'client_assertion_type']

const TOO_LONG = 'Longer requests go to the pushed authorization request endpoint first (RFC 9126).'

type Needs = Parameters<typeof answerError>[0] & Pick<Services, 'views' | 'sessions' | 'signInLog' | 'onError'>

interface Addresses {
  /** Paths below that of the provider. */
  readonly authorization: string | null
  /** null: the host has no logout endpoint. */
  readonly endSession: string | null
  readonly judgeLogout: (
    given: Fields,
  ) => Promise<{ readonly parameters: Fields; readonly hinted: ClientSession | null }>
  /** Whether a valid hint of this client ends the session without a question. */
  readonly asksNoQuestion: (clientId: string) => boolean
}

export function sendOnAsGet(services: Needs, addresses: () => Addresses): Middleware {
  return async (ctx, next) => {
    const { authorization, endSession, ...rules } = addresses()
    const here = comparable(ctx.path)
    const isAt = (path: string | null): boolean => path !== null && here === comparable(path)
    const isSignOut = isAt(endSession)
    const hasForm = ctx.method === 'POST'
    const isOurs = hasForm ? isSignOut || isAt(authorization) : isSignOut && ['GET', 'HEAD'].includes(ctx.method)
    if (!isOurs) {
      await next()
      return
    }
    try {
      if (hasForm) await redirectForm(services, ctx, isSignOut ? rules : null)
      else await prepareSignOut(services, ctx, rules)
    } catch (error) {
      const { status, kind } = failureOf(error)
      if (!(error instanceof Refused)) services.onError(error, `answering ${ctx.method}`)
      answerError(services, ctx, { status, kind, detail: kind === 'too-large' ? TOO_LONG : null })
      return
    }
    if (!hasForm) await next()
  }
}

type SignOutRules = Pick<Addresses, 'judgeLogout' | 'asksNoQuestion'>

/** @param rules of a sign-out; null: an authorization request */
async function redirectForm(services: Needs, ctx: Context, rules: SignOutRules | null): Promise<void> {
  // Without a body there is no type.
  const fields = ctx.get('content-type') === '' ? {} : await readForm(ctx)
  const left = [...SECRETS, ...(rules ? ['id_token_hint'] : [])]
  const addressWith = (parameters: Fields): string => `${originalPath(ctx)}?${queryOf(parameters, left).toString()}`
  if (addressWith(fields).length > LONGEST) throw new Refused('too-large')
  const { parameters, hinted } = rules ? await rules.judgeLogout(fields) : { parameters: fields, hinted: null }
  // The address has no hint, so that the redirect could not end the session.
  if (hinted && (hinted.sid !== null || rules?.asksNoQuestion(hinted.clientId)))
    await signOut(services, ctx, { hinted })
  ctx.set('Cache-Control', 'no-store')
  ctx.redirect(addressWith(parameters))
  ctx.status = 303
}

/** Leaves the library what counts, and ends a session that needs no question. */
async function prepareSignOut(services: Needs, ctx: Context, rules: SignOutRules): Promise<void> {
  const { parameters, hinted } = await rules.judgeLogout(ctx.query)
  Object.defineProperty(ctx, 'query', { value: parameters })
  // A HEAD changes nothing. @see RFC 9110 §9.2.1
  if (ctx.method === 'HEAD' || !hinted || !rules.asksNoQuestion(hinted.clientId)) return
  const here = await services.sessions.here(ctx)
  if (here?.accountId === hinted.accountId) await signOut(services, ctx, { hinted, only: here.uid })
}

/** A prefix that the host has cut is part of it. */
function originalPath(ctx: Context): string {
  const { originalUrl = ctx.originalUrl } = ctx.req as { readonly originalUrl?: string }
  return originalUrl.split('?', 1)[0] ?? ''
}

async function signOut(
  { sessions, signInLog }: Needs,
  ctx: Context,
  { hinted, only }: { readonly hinted: ClientSession; readonly only?: string },
): Promise<void> {
  const sessionId = await sessions.signOut(hinted, only)
  if (sessionId === null) return
  const { accountId, clientId } = hinted
  signInLog.record({ type: 'signed_out', accountId, sessionId, reason: null, clientId, caller: callerOf(ctx, null) })
}

/** @param without names that are left out */
const queryOf = (fields: Fields, without: readonly string[]): URLSearchParams =>
  new URLSearchParams(
    Object.entries(fields)
      .filter(([name]) => !without.includes(name))
      .flatMap(([name, value = []]) => [value].flat().map((item): [string, string] => [name, item])),
  )

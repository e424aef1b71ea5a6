/**
 * An authorization request or a sign-out may be a POST. From another site it lacks the session cookie (SameSite=Lax), so that it is
 * redirected to a GET of the same address. @see OpenID Connect Core §3.1.2.1
 */
import type { Context, Middleware } from 'koa'
import { answerError, failureOf } from './respond.ts'
import { callerOf, type Services } from './context.ts'
import { readForm } from './body.ts'
import { Refused } from './requestError.ts'
import type { ClientSession } from '../oidc/sessions.ts'

/** Longest address that all browsers and proxies accept. Bytes. */
const LONGEST = 4096

/** Parameters that must not be in a URL, which logs and histories keep. */
const SECRETS = ['client_secret', 'client_assertion', 'client_assertion_type', 'id_token_hint']

const TOO_LONG = 'Longer requests go to the pushed authorization request endpoint first (RFC 9126).'
const INVALID_LOGOUT_HINT = 'invalid_request: id_token_hint is not valid'

type Needs = Parameters<typeof answerError>[0] & Pick<Services, 'views' | 'sessions' | 'signInLog' | 'onError'>

interface Addresses {
  /** Paths below that of the provider. */
  readonly authorization: string
  readonly endSession: string
  /** The contents of a valid `id_token_hint`; null: it is not valid. */
  readonly readLogoutHint: (
    hint: string,
  ) => Promise<{ readonly clientId: string; readonly session: ClientSession | null } | null>
}

export function sendOnAsGet(services: Needs, addresses: () => Addresses): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'POST') {
      await next()
      return
    }
    const { authorization, endSession, readLogoutHint } = addresses()
    const { path } = ctx
    if ((path !== authorization && path !== endSession) || !ctx.is('application/x-www-form-urlencoded')) {
      await next()
      return
    }
    try {
      const parameters = await parametersOf(ctx)
      const given = path === endSession ? parameters.get('id_token_hint') : null
      const hint = given === null ? null : await readLogoutHint(given)
      const named = parameters.get('client_id')
      if (given !== null && (!hint || (named !== null && named !== hint.clientId)))
        return answerError(services, ctx, { status: 400, kind: 'sign-in-request', detail: INVALID_LOGOUT_HINT })
      // The URL has the client id in place of the hint, which is an ID token.
      if (hint) parameters.set('client_id', hint.clientId)
      for (const name of SECRETS) parameters.delete(name)
      const address = `${originalPath(ctx)}?${parameters.toString()}`
      if (address.length > LONGEST) throw new Refused('too-large')
      if (hint?.session) await signOut(services, ctx, hint.session)
      ctx.set('Cache-Control', 'no-store')
      ctx.redirect(address)
      ctx.status = 303
    } catch (error) {
      const { status, kind } = failureOf(error)
      if (!(error instanceof Refused)) services.onError(error, `answering ${ctx.method}`)
      answerError(services, ctx, { status, kind, detail: kind === 'too-large' ? TOO_LONG : null })
    }
  }
}

/** A prefix that the host has cut is part of it. */
function originalPath(ctx: Context): string {
  const { originalUrl = ctx.originalUrl } = ctx.req as { readonly originalUrl?: string }
  return originalUrl.split('?', 1)[0] ?? ''
}

async function signOut({ sessions, signInLog }: Needs, ctx: Context, session: ClientSession): Promise<void> {
  const sessionId = await sessions.signOut(session)
  if (sessionId === null) return
  const { accountId, clientId } = session
  signInLog.record({ type: 'signed_out', accountId, sessionId, reason: null, clientId, caller: callerOf(ctx, null) })
}

async function parametersOf(ctx: Context): Promise<URLSearchParams> {
  const entries = Object.entries(await readForm(ctx))
  return new URLSearchParams(
    entries.flatMap(([name, value = []]) => [value].flat().map((item): [string, string] => [name, item])),
  )
}

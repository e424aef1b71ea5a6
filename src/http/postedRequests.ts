/**
 * Applications may send an authorization request or a sign-out by POST. From another site it comes without the session cookie
 * (SameSite=Lax), so it is sent on as a GET of the same address, which brings the cookie. @see OpenID Connect Core §3.1.2.1
 */
import type { Context, Middleware } from 'koa'
import { answerError } from './respond.ts'
import type { Services } from './context.ts'
import { readForm } from './body.ts'
import { Refused } from './requestError.ts'

/** Longest address that every browser and proxy takes. Bytes. */
const LONGEST = 4096

/** What must not stand in an address, which logs and histories keep. */
const SECRETS = new Set(['client_secret', 'client_assertion', 'client_assertion_type', 'id_token_hint'])

const TOO_LONG = 'Longer requests go to the pushed authorization request endpoint first (RFC 9126).'

type Needs = Parameters<typeof answerError>[0]

interface Addresses {
  /** Paths of the issuer. */
  readonly authorization: string
  readonly endSession: string
  /** The client that a valid `id_token_hint` was issued to; null: it is not valid. */
  readonly clientOfIdToken: (hint: string) => Promise<string | null>
}

export function sendOnAsGet(services: Needs & Pick<Services, 'views'>, addresses: () => Addresses): Middleware {
  return async (ctx, next) => {
    const { authorization, endSession, clientOfIdToken } = addresses()
    const path = (ctx.originalUrl.split('?', 1)[0] ?? '') || ctx.path
    const isOurs = ctx.method === 'POST' && (path === authorization || path === endSession)
    if (!isOurs || !ctx.is('application/x-www-form-urlencoded')) {
      await next()
      return
    }
    const parameters = await parametersOf(ctx)
    if (typeof parameters === 'number') return answerError(services, ctx, parameters, 'too-large', TOO_LONG)
    const hint = path === endSession ? parameters.get('id_token_hint') : null
    const clientId = hint === null ? null : await clientOfIdToken(hint)
    const given = parameters.get('client_id')
    if (hint !== null && (clientId === null || (given !== null && given !== clientId)))
      return answerError(services, ctx, 400, 'sign-in-request', 'invalid_request: id_token_hint is not valid')
    // The hint names its client and proves nothing else, so the name is all that is sent on.
    if (clientId !== null) parameters.set('client_id', clientId)
    for (const name of SECRETS) parameters.delete(name)
    const to = `${path}?${parameters.toString()}`
    if (to.length > LONGEST) return answerError(services, ctx, 413, 'too-large', TOO_LONG)
    ctx.set('Cache-Control', 'no-store')
    ctx.redirect(to)
    ctx.status = 303
  }
}

/** A number: the status it is refused with. */
async function parametersOf(ctx: Context): Promise<URLSearchParams | number> {
  const early = (ctx.request as { readonly body?: unknown }).body ?? (ctx.req as { readonly body?: unknown }).body
  try {
    // A host may have a parser in front.
    const fields = typeof early === 'object' && early !== null ? early : await readForm(ctx)
    const entries = Object.entries(fields as Readonly<Record<string, unknown>>)
    return new URLSearchParams(
      entries.flatMap(([name, value]) => [value].flat().map((item): [string, string] => [name, String(item)])),
    )
  } catch (error) {
    if (error instanceof Refused) return 413
    throw error
  }
}

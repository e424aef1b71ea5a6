/** Access tokens for a mail server (XOAUTH2), from a token endpoint. @see RFC 6749 §4.4 (client credentials), §6 (refresh token) */
import { z } from 'zod'
import { requestFailure } from '../outgoing/failure.ts'
import type { Outgoing } from '../outgoing/outgoing.ts'
import { TokenRefused } from './replies.ts'

export interface MailOauth2 {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Of the mailbox's owner, as Google gives it; null: client credentials, as Microsoft 365 has them. */
  readonly refreshToken?: string | null | undefined
  readonly scope?: string | null | undefined
  /** The mailbox. */
  readonly user: string
}

/** Removed from the lifetime of a token, for the conversation that it is used in. Seconds. */
const SPARE_SECONDS = 60

/** Seconds of this process: a lifetime is a span, which a clock that is set does not change. */
const elapsed = (): number => performance.now() / 1000

const answerSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().min(0).optional(),
  refresh_token: z.string().min(1).optional(),
})
const errorSchema = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) })

/** `renew`: the mail server did not take the last one. */
export type AccessTokens = (renew: boolean) => Promise<string>

export function createAccessTokens(options: MailOauth2, outgoing: Outgoing): AccessTokens {
  let { refreshToken = null } = options
  let current: { readonly token: string; readonly until: number } | null = null

  async function fetchToken(): Promise<string> {
    const { tokenUrl, clientId, clientSecret, scope } = options
    const body = new URLSearchParams({
      ...(refreshToken === null
        ? { grant_type: 'client_credentials' }
        : { grant_type: 'refresh_token', refresh_token: refreshToken }),
      client_id: clientId,
      client_secret: clientSecret,
      ...(scope ? { scope } : {}),
    })
    const answer = await outgoing(tokenUrl, { method: 'POST', body, headers: { accept: 'application/json' } }).catch(
      (error: unknown) => {
        throw new TokenRefused(requestFailure(error))
      },
    )
    const content: unknown = await answer.json().catch(() => null)
    const { data } = answerSchema.safeParse(content)
    // The description of an error may quote what was sent.
    if (!answer.ok || !data)
      throw new TokenRefused(errorSchema.safeParse(content).data?.error ?? `status ${answer.status}`)
    // A rotated refresh token replaces the one that was used.
    refreshToken = data.refresh_token ?? refreshToken
    current = { token: data.access_token, until: elapsed() + (data.expires_in ?? 0) - SPARE_SECONDS }
    return data.access_token
  }

  return async (renew) => (!renew && current && current.until > elapsed() ? current.token : fetchToken())
}

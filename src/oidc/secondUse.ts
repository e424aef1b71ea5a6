/** The second use of what is used once: codes, refresh tokens, pushed requests. The same over our store and over a host's adapter. */
import { type AdapterPayload, errors, Provider } from 'oidc-provider'
import { isRepetition } from '../core/refreshLeeway.ts'
import type { Clock } from '../ports.ts'
import type { AccountRows } from './rows.ts'

export interface SecondUseOptions {
  readonly rows: Pick<AccountRows, 'endGrant'>
  readonly clock: Clock
  readonly refreshLeewaySeconds: number
}

interface Use {
  readonly kind: string
  /** The row. Absent: it is gone. */
  readonly payload: AdapterPayload | undefined | void
  /** When its first use was; null: unknown, so not a moment ago. */
  readonly takenAt: number | null
}

interface TokenRow {
  readonly jti?: string | undefined
  readonly accountId?: string | undefined
  readonly clientId?: string | undefined
  readonly consumed?: unknown
}

/** What became of a refresh token that came again. */
export interface ReusedToken {
  readonly payload: TokenRow
  /** `repeated`: nothing ended. `grant-ended`: all tokens of its grant ended. */
  readonly reason: 'repeated' | 'grant-ended'
}

const reused = new WeakMap<object, ReusedToken>()

/** The reused refresh token of a refusal, ours or the library's; null: the refusal is about something else. */
export function reusedToken(error: object, loaded: TokenRow | undefined): ReusedToken | null {
  const ours = reused.get(error)
  if (ours) return ours
  if (!(error instanceof errors.InvalidGrant) || !loaded?.consumed) return null
  return { payload: loaded, reason: 'grant-ended' }
}

/** Throws for a repetition before the library sees the token: it would end the grant, and a rule of the host could skip `consume`. */
export function refuseRepetition({ kind, payload, takenAt }: Use, options: SecondUseOptions): void {
  const isRefresh = kind === 'RefreshToken' && Provider.ctx?.oidc?.route === 'token'
  if (!payload || !isRefresh || !isRepetition(takenAt, options.clock.now(), options.refreshLeewaySeconds)) return
  throw refusal({ payload, reason: 'repeated' }, 'it was used a moment ago')
}

/** Later use suggests theft. Without its grant no token of the family is valid, one saved later included. */
export async function refuseSecondUse({ kind, payload, takenAt }: Use, options: SecondUseOptions): Promise<never> {
  const { rows, clock, refreshLeewaySeconds } = options
  const isRefresh = kind === 'RefreshToken'
  if (payload && isRefresh && isRepetition(takenAt, clock.now(), refreshLeewaySeconds))
    throw refusal({ payload, reason: 'repeated' }, 'it was used a moment ago')
  if (payload?.grantId) await rows.endGrant(payload.grantId)
  if (kind === 'PushedAuthorizationRequest') throw new errors.InvalidRequestUri('request_uri was already used')
  const detail = 'it was already used'
  throw payload && isRefresh ? refusal({ payload, reason: 'grant-ended' }, detail) : new errors.InvalidGrant({ detail })
}

function refusal(token: ReusedToken, detail: string): Error {
  const error = new errors.InvalidGrant({ detail })
  reused.set(error, token)
  return error
}

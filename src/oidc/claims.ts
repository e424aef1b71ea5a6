/** Claims about the sign-in: `acr`, `amr`, `auth_time`, and the time of the second factor. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Assurance } from './assurance.ts'
import { orUnavailable } from './outage.ts'
import { allWritten } from './requestWrites.ts'
import { stampOf } from './stamp.ts'

export type Proof = 'password' | 'otp' | 'backup-code'

export interface Proven {
  readonly proof: Proof
  readonly at: number
}

/** RFC 8176 values; `bkp` is private, since RFC 8176 has none for a backup code. */
const methods: { readonly [K in Proof]: readonly string[] } = {
  password: [],
  otp: ['otp', 'mfa'],
  'backup-code': ['mfa', 'bkp'],
}
const ofSecondFactor: readonly string[] = Object.values(methods).flat()

/** @param first how the first factor was proven; methods of the second factor in it are left out once one of ours was proven */
export function amrOf(proof: Proof, first: readonly string[] = ['pwd']): string[] {
  const added = methods[proof]
  const kept = added.length > 0 ? first.filter((method) => !ofSecondFactor.includes(method)) : first
  return [...kept, ...added]
}
export const proofOf = (amr: readonly string[] = []): Proof =>
  amr.includes('bkp') ? 'backup-code' : amr.includes('otp') ? 'otp' : 'password'
export const acrOf = (proof: Proof, assurance: Assurance): string =>
  proof === 'password' ? assurance.oneFactor : assurance.twoFactor

/** Claims in every ID token, requested or not. */
export const SIGN_IN_CLAIMS = ['sub', 'acr', 'amr', 'auth_time']

interface Source {
  readonly acr?: string
  readonly amr?: string[]
  readonly authTime?: number
  readonly grantId?: string
}

/**
 * Stored with an access token and returned by introspection. `second_factor_at` comes from the grant's stamp, so neither a refresh
 * nor SSO renews it. @see RFC 9470 §6.2
 */
function tokenClaims(ctx: KoaContextWithOIDC): Record<string, unknown> | undefined {
  const { AuthorizationCode, RefreshToken, DeviceCode } = ctx.oidc.entities as unknown as Record<
    string,
    Source | undefined
  >
  const source = AuthorizationCode ?? RefreshToken ?? DeviceCode
  if (!source) return undefined
  const at = source.grantId ? stampOf(source.grantId).at : undefined
  return {
    ...(source.acr === undefined ? {} : { acr: source.acr }),
    ...(source.amr === undefined ? {} : { amr: source.amr }),
    ...(source.authTime === undefined ? {} : { auth_time: source.authTime }),
    ...(at ? { second_factor_at: at } : {}),
  }
}

type ExtraTokenClaims = NonNullable<Configuration['extraTokenClaims']>

/** A token that is not stored is signed only after its code was taken. */
export const extraTokenClaims =
  (ofHost: ExtraTokenClaims | undefined): ExtraTokenClaims =>
  async (ctx, token) => {
    if (token.resourceServer?.accessTokenFormat === 'jwt') await orUnavailable(() => allWritten(ctx))
    return { ...(await ofHost?.(ctx, token)), ...tokenClaims(ctx) }
  }

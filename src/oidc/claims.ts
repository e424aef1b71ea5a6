/** Claims about the sign-in: `acr`, `amr`, `auth_time`, and the time of the second factor. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Assurance } from './assurance.ts'
import { orUnavailable } from './outage.ts'
import { allWritten } from './requestWrites.ts'
import { stampOf } from './stamp.ts'
import type { ProvenBy } from '../core/authenticatorCommand.ts'

/** `synced-passkey`: it may be on several devices. `suspect-passkey`: it may have been copied, so that possession is in doubt. */
export type Proof = 'password' | 'otp' | 'backup-code' | 'passkey' | 'synced-passkey' | 'suspect-passkey'

export interface Proven {
  readonly proof: Proof
  readonly at: number
}

/** RFC 8176 values; `bkp` is private, since RFC 8176 has none for a backup code. Without attestation no passkey is known to be `hwk`. */
const methods: { readonly [K in Proof]: readonly string[] } = {
  password: [],
  otp: ['otp', 'mfa'],
  'backup-code': ['mfa', 'bkp'],
  passkey: ['pop', 'user', 'mfa'],
  'synced-passkey': ['pop', 'swk', 'user', 'mfa'],
  'suspect-passkey': ['user', 'mfa'],
}
const ofCodes: readonly string[] = [...methods.otp, ...methods['backup-code']]
const ofPasskeys: readonly string[] = [...ofCodes, ...methods['synced-passkey']]

/** @param first how the first factor was proven; methods of the second factor in it are left out once one of ours was proven */
export function amrOf(proof: Proof, first: readonly string[] = ['pwd']): string[] {
  const added = methods[proof]
  if (added.length === 0) return [...first]
  const isCode = proof === 'otp' || proof === 'backup-code'
  // A first factor may be a passkey of the host, which a code beside it does not hide.
  return [...first.filter((method) => !(isCode ? ofCodes : ofPasskeys).includes(method)), ...added]
}
/** By the first value that only one proof has. */
const marks: readonly (readonly [string, Proof])[] = [
  ['bkp', 'backup-code'],
  ['otp', 'otp'],
  ['swk', 'synced-passkey'],
  ['pop', 'passkey'],
  ['user', 'suspect-passkey'],
]
export const proofOf = (amr: readonly string[] = []): Proof =>
  marks.find(([method]) => amr.includes(method))?.[1] ?? 'password'

/** What of it counts for a change or an act; null: no second factor. */
export const provenBy: { readonly [K in Proof]: ProvenBy | null } = {
  password: null,
  otp: 'otp',
  'backup-code': 'backup-code',
  passkey: 'passkey',
  'synced-passkey': 'passkey',
  'suspect-passkey': 'suspect-passkey',
}
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

/** The authenticators of an account: at most one app, which is the first, and passkeys. */
import type { PasskeyAlgorithm, PasskeyTransport } from './passkeyFacts.ts'

export type Authenticators = readonly [Authenticator, ...Authenticator[]]
export type Authenticator = Totp | Passkey

export interface Totp {
  readonly kind: 'totp'
  readonly id: string
  readonly sealed: string
  /** The newest time step ever accepted (RFC 6238 §5.2: a code is accepted once). */
  readonly lastStep: number
  /** The form it was accepted from. Sending the same form again shows the same result. */
  readonly lastForm: string | null
  /** Made elsewhere and weaker than ours: a next sign-in replaces it. Absent: it is as ours. */
  readonly isWeak?: true
}

/** A WebAuthn credential. */
export interface Passkey {
  readonly kind: 'passkey'
  readonly id: string
  /** Credential id and public key. A writer of the store must neither add one nor move one to another account. */
  readonly sealed: string
  /** Digest of the credential id. */
  readonly credential: string
  /** It works at this RP ID only. */
  readonly rpId: string
  readonly algorithm: PasskeyAlgorithm
  readonly signCount: number
  /** When its counter did not rise: perhaps there is a copy. null: never. */
  readonly suspectAt: number | null
  readonly transports: readonly PasskeyTransport[]
  readonly backupEligible: boolean
  readonly backedUp: boolean
  /** null: the browser did not say. */
  readonly discoverable: boolean | null
  readonly name: string
  readonly addedAt: number
  readonly lastUsedAt: number | null
  /** As `Totp.lastForm`. */
  readonly lastForm: string | null
}

interface HasAuthenticators {
  readonly authenticators: Authenticators
}

/** The authenticator app; null: there are passkeys only. */
export const totpOf = ({ authenticators: [first] }: HasAuthenticators): Totp | null =>
  first.kind === 'totp' ? first : null

export const passkeysOf = ({ authenticators }: HasAuthenticators): Passkey[] =>
  authenticators.filter((item) => item.kind === 'passkey')

export const changed = (
  { authenticators: [first, ...others] }: HasAuthenticators,
  change: (item: Authenticator) => Authenticator,
): Authenticators => [change(first), ...others.map(change)]

/** Only the newest proof can be repeated. */
export const withoutForm = (item: Authenticator): Authenticator =>
  item.lastForm === null ? item : { ...item, lastForm: null }

/** The id that the seal of the backup codes is bound to. */
export const idOfCodes = ({
  authenticators: [first],
  backupCodes: { of = first.id },
}: HasAuthenticators & { readonly backupCodes: { readonly of?: string } }): string => of

/** Of a passkey. Characters. */
const LONGEST_NAME = 40

/** The name that an owner has typed; null: it is none. It stands in lists and in the audit, so it is one line that can be seen. */
export function readName(typed: string): string | null {
  const name = typed.normalize('NFC').trim()
  const isLine = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u.test(name)
  const isVisible = /[\p{L}\p{N}\p{P}\p{S}]/u.test(name)
  return isLine && isVisible && name.length <= LONGEST_NAME ? name : null
}

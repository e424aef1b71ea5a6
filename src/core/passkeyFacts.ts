/** What was found in the answer of a passkey. The core decides on these facts; it never gets a key, a signature or a challenge. */

/** COSE algorithms in the order of preference: ES256, Ed25519, RS256. @see RFC 9053 §2, RFC 8812 §2 */
export const passkeyAlgorithms = [-7, -8, -257] as const
export type PasskeyAlgorithm = (typeof passkeyAlgorithms)[number]

/** @see WebAuthn Level 3 §5.8.4 */
export const passkeyTransports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'] as const
export type PasskeyTransport = (typeof passkeyTransports)[number]

/** Why an answer was refused, for the audit log. The person gets one sentence for all of them. */
export type PasskeyFault =
  | 'malformed'
  | 'challenge'
  | 'origin'
  | 'cross-origin'
  | 'rp-id'
  | 'not-user-verified'
  | 'unknown-credential'
  | 'signature'

export interface RefusedAnswer {
  readonly is: 'refused'
  readonly why: PasskeyFault
}

export type AssertionFact =
  | {
      readonly is: 'verified'
      /** Our id of the passkey, never its credential id. */
      readonly authenticatorId: string
      readonly signCount: number
      readonly backupEligible: boolean
      readonly backedUp: boolean
    }
  | RefusedAnswer

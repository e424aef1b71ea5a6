/** Facts about authenticators, and the commands about passkeys. The core sees no assertion, only what its verification found. */
import type { Passkey } from './authenticators.ts'
import type { AssertionFact } from './passkeyFacts.ts'
import type { Caller, InSignIn } from './caller.ts'

/** `number`: the count of accepted assertions that the challenge contained. */
export interface PasskeyProof {
  readonly number: number
  readonly assertion: AssertionFact
}

/** A passkey that was created, and used once. */
export interface NewPasskey
  extends
    PasskeyProof,
    Pick<Passkey, 'sealed' | 'credential' | 'rpId' | 'algorithm' | 'transports' | 'discoverable' | 'name'> {
  readonly userHandle: string
}

/** `step`: the time step that the code matches; null: none. */
export interface ByCode {
  readonly step: number | null
  readonly passkey?: undefined
}
/** `epoch`: the one that the challenge contained. */
export interface ByPasskey {
  readonly step?: undefined
  readonly passkey: PasskeyProof & { readonly epoch: number }
}

export interface AppSetUp extends ByCode {
  readonly authenticatorId: string
  readonly sealedSecret: string
}
export interface PasskeySetUp {
  readonly step?: undefined
  readonly authenticatorId: string
  readonly passkey: NewPasskey
}

/** What proved the second factor. A suspect passkey signs in, and proves nothing more. */
export type ProvenBy = 'otp' | 'passkey' | 'suspect-passkey' | 'backup-code'

/** In a sign-in that has proven the second factor. */
interface OwnChange extends InSignIn {
  readonly provenAt: number
  readonly provenBy: ProvenBy
  /** Current roles. */
  readonly roles: readonly string[]
  /** Passkeys of another RP ID do not work; null: none works. */
  readonly rpId: string | null
  readonly by: Caller
}

export type AuthenticatorCommand =
  /** An assertion of a passkey at sign-in. `knownBrowser`: as for a code. */
  | ({
      readonly is: 'prove-passkey'
      readonly form: string
      readonly knownBrowser: boolean
      readonly by: Caller
    } & InSignIn &
      PasskeyProof)
  /** Adds a passkey. */
  | ({ readonly is: 'add-authenticator' } & OwnChange & PasskeySetUp)
  | ({ readonly is: 'remove-authenticator'; readonly id: string } & OwnChange)
  /** Of a passkey. */
  | ({
      readonly is: 'rename-authenticator'
      readonly id: string
      readonly name: string
      readonly by: Caller
    } & InSignIn)

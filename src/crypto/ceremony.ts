/**
 * The challenge of a WebAuthn ceremony: the SHA-256 of a text that names what is proven, by whom and under which epoch. The record's
 * passkey number is part of it, so that a challenge is used once without being stored. @see WebAuthn Level 3 §13.4.3
 */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { passkeyAlgorithms } from '../core/passkeyFacts.ts'
import type { Random } from './random.ts'
import { newId } from './tokens.ts'

const purposes = ['create', 'confirm', 'sign-in', 'change', 'step-up'] as const

export interface Ceremony {
  readonly purpose: (typeof purposes)[number]
  readonly rpId: string
  readonly accountId: string
  readonly epoch: number
  /** Assertions that the record has accepted so far. */
  readonly number: number
  readonly nonce: string
  /** The end of its validity. Epoch seconds. */
  readonly until: number
  /** The act that is signed; null: none. */
  readonly act: CeremonyAct | null
}

export interface CeremonyAct {
  readonly does: string
  readonly target: string
  readonly id: string
  /** Digest of the request. */
  readonly what: string
}

/** Validity of a ceremony that belongs to no set-up. Seconds: twice the time that a browser gives its person. */
const LIFETIME_SECONDS = 600

/** Time that the browser gives the person. Milliseconds; the longest of the range that the standard recommends. @see §15.1 */
const TIMEOUT_MS = 300_000

const VERSION = 'oidc-rekey/1'

export function newCeremony(
  given: Omit<Ceremony, 'nonce' | 'until' | 'act'> & { readonly until?: number; readonly act?: CeremonyAct },
  now: number,
  random?: Random,
): Ceremony {
  const { act = null, until = now + LIFETIME_SECONDS } = given
  return { ...given, nonce: newId(random), until, act }
}

/** Two ceremonies have the same text only if they are the same. */
export function ceremonyText({ purpose, rpId, accountId, epoch, number, nonce, until, act }: Ceremony): string {
  const signed = act && [act.does, act.target, act.id, act.what]
  return JSON.stringify([VERSION, purpose, rpId, accountId, epoch, number, nonce, until, signed])
}

const second = z.int().nonnegative()
const textShape = z.tuple([
  z.literal(VERSION),
  z.enum(purposes),
  z.string(),
  z.string(),
  second,
  second,
  z.string(),
  second,
  z.tuple([z.string(), z.string(), z.string(), z.string()]).nullable(),
])

/** The ceremony of a text that was sealed; null: a text of another version. */
export function readCeremony(text: string): Ceremony | null {
  const read = textShape.safeParse(parsed(text))
  if (!read.success) return null
  const [, purpose, rpId, accountId, epoch, number, nonce, until, signed] = read.data
  const act = signed && { does: signed[0], target: signed[1], id: signed[2], what: signed[3] }
  return { purpose, rpId, accountId, epoch, number, nonce, until, act }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** 43 characters of base64url. */
export const challengeOf = (ceremony: Ceremony): string => hash('sha256', ceremonyText(ceremony), 'base64url')

/** A passkey as the browser must know it to find it. */
export interface KnownCredential {
  readonly credentialId: string
  readonly transports: readonly string[]
  readonly backupEligible: boolean
}

export interface PasskeyUser {
  /** 32 random bytes as base64url: a second passkey of this handle takes the place of the first one in a device. */
  readonly handle: string
  readonly email: string
  readonly name: string
}

/** For `navigator.credentials.create()`, in the form of JSON. */
export const creationOptions = (
  ceremony: Ceremony,
  { rpName, user, known }: { rpName: string; user: PasskeyUser; known: readonly KnownCredential[] },
) => ({
  challenge: challengeOf(ceremony),
  rp: { id: ceremony.rpId, name: rpName },
  user: { id: user.handle, name: user.email, displayName: user.name },
  // Without a list the library prefers ML-DSA-44, whose keys do not fit into a record.
  pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: 'public-key', alg }) as const),
  timeout: TIMEOUT_MS,
  attestation: 'none' as const,
  excludeCredentials: known.map(descriptor),
  authenticatorSelection: {
    residentKey: 'preferred',
    requireResidentKey: false,
    userVerification: 'required',
  } as const,
  extensions: { credProps: true },
})

/** For `navigator.credentials.get()`, in the form of JSON. */
export const requestOptions = (ceremony: Ceremony, known: readonly KnownCredential[]) => ({
  challenge: challengeOf(ceremony),
  rpId: ceremony.rpId,
  timeout: TIMEOUT_MS,
  allowCredentials: known.map(descriptor),
  userVerification: 'required' as const,
})

/** For `PublicKeyCredential.signalAllAcceptedCredentials()`: a browser may hide the others of this person. @see §5.1.10.3 */
export const acceptedCredentials = (rpId: string, handle: string, credentialIds: readonly string[]) => ({
  rpId,
  userId: handle,
  allAcceptedCredentialIds: credentialIds,
})

/** A synced passkey may be on another device by now: its first transports would hide the way by QR code. */
const descriptor = ({ credentialId, transports, backupEligible }: KnownCredential) => ({
  type: 'public-key' as const,
  id: credentialId,
  ...(!backupEligible && transports.length > 0 && { transports }),
})

/**
 * What a browser sends for a ceremony, as client input: its size, its shape, and what it says of itself. The first fault is named for
 * the audit log; the library verifies everything once more. @see WebAuthn Level 3 §7.1, §7.2
 */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { passkeyTransports, type PasskeyFault, type PasskeyTransport } from '../core/passkeyFacts.ts'

/** What the answer must say. */
export interface Expected {
  readonly challenge: string
  readonly rpId: string
  readonly origins: readonly string[]
}

/** Characters of a whole answer: an attestation with the longest credential id and key has about 3,000. */
const LONGEST_ANSWER = 8192

/** Bytes of a credential id. @see §6.5.1 */
const LONGEST_ID = 1023

/** Bytes before what depends on the flags: digest of the RP ID, flags, counter. @see §6.1 */
const SHORTEST_DATA = 37
const FLAGS_AT = 32
const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04

/** One text per value: decoders differ in what they do with spare bits, padding and other characters. */
const base64url = z
  .string()
  .regex(/^[\w-]+$/)
  .refine((text) => Buffer.from(text, 'base64url').toString('base64url') === text)
const credentialId = base64url.max(Math.ceil((LONGEST_ID * 4) / 3))

const answerOf = <T extends z.ZodRawShape>(response: T) =>
  z
    .object({
      id: credentialId,
      rawId: credentialId,
      type: z.literal('public-key'),
      response: z.object(response),
      authenticatorAttachment: z.unknown().optional(),
      clientExtensionResults: z.unknown().optional(),
    })
    .refine(({ id, rawId }) => id === rawId)

const registrationShape = answerOf({
  clientDataJSON: base64url,
  attestationObject: base64url,
  transports: z.unknown().optional(),
})
const assertionShape = answerOf({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url })

export const readRegistration = (given: unknown) => read(given, registrationShape)
export const readAssertion = (given: unknown) => read(given, assertionShape)

/** null: not the text of such an answer. */
function read<T>(given: unknown, shape: z.ZodType<T>): T | null {
  if (typeof given !== 'string' || given.length > LONGEST_ANSWER) return null
  return shape.safeParse(parsed(given)).data ?? null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const clientDataShape = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.unknown().optional(),
})

/** The first fault of the client data; null: it is as expected. @see §5.8.1 */
export function clientDataFault(
  encoded: string,
  { type, expected }: { readonly type: 'webauthn.create' | 'webauthn.get'; readonly expected: Expected },
): PasskeyFault | null {
  const { data } = clientDataShape.safeParse(parsed(Buffer.from(encoded, 'base64url').toString('utf8')))
  if (data?.type !== type) return 'malformed'
  if (data.challenge !== expected.challenge) return 'challenge'
  if (!expected.origins.includes(data.origin)) return 'origin'
  // Our pages cannot be framed; the library accepts `crossOrigin` without `topOrigin`.
  return data.crossOrigin === true || data.topOrigin !== undefined ? 'cross-origin' : null
}

/** The first fault of the authenticator data; null: it is as expected. */
export function authenticatorDataFault(data: Uint8Array, rpId: string): PasskeyFault | null {
  if (data.length < SHORTEST_DATA) return 'malformed'
  if (!hash('sha256', rpId, 'buffer').equals(data.subarray(0, FLAGS_AT))) return 'rp-id'
  const flags = data[FLAGS_AT] ?? 0
  return (flags & USER_PRESENT) === 0 || (flags & USER_VERIFIED) === 0 ? 'not-user-verified' : null
}

/** The transports of the standard, each once. The browser's list is not signed. */
export const knownTransports = (given: unknown): PasskeyTransport[] =>
  passkeyTransports.filter((transport) => Array.isArray(given) && given.includes(transport))

const extensionShape = z.object({ credProps: z.object({ rk: z.boolean() }) })

/** Whether the passkey is discoverable; null: the browser does not say. Not signed. @see §10.1.3 */
export const isDiscoverable = (extensions: unknown): boolean | null =>
  extensionShape.safeParse(extensions).data?.credProps.rk ?? null

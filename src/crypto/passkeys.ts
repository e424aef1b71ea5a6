/**
 * Verification of passkeys. The only importer of @simplewebauthn/server, which is loaded on first use: it takes 0.4 s and 25 MB.
 * Attestation is not evaluated, so a registration proves nothing before its key has signed an assertion.
 */
import {
  passkeyAlgorithms,
  type AssertionFact,
  type PasskeyAlgorithm,
  type PasskeyFault,
  type PasskeyTransport,
  type RefusedAnswer,
} from '../core/passkeyFacts.ts'
import {
  authenticatorDataFault,
  clientDataFault,
  isDiscoverable,
  knownTransports,
  readAssertion,
  readRegistration,
  type Expected,
} from './passkeyAnswers.ts'
import { digest } from './tokens.ts'

/** What a record seals: a writer of the store must not plant a key or move it to another account. */
export interface Credential {
  /** base64url. */
  readonly credentialId: string
  /** COSE key, base64url. */
  readonly publicKey: string
}

export interface NewCredential extends Credential {
  readonly is: 'registered'
  readonly algorithm: PasskeyAlgorithm
  readonly signCount: number
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly transports: readonly PasskeyTransport[]
  readonly discoverable: boolean | null
  /** It is no part of the device with the browser, as that says. Not signed. */
  readonly isRoaming: boolean
}

/** A passkey of the account under our id of it. */
export interface StoredCredential extends Credential {
  readonly authenticatorId: string
}

/** Bytes of a COSE key: an RSA key of 4096 bits has 530. */
const LONGEST_KEY = 600

/** Bytes of a coordinate on P-256 and of an Ed25519 key. */
const COORDINATE = 32

/** Bytes of an RSA modulus. @see NIST SP 800-131A §3 (2048 bits) */
const SHORTEST_MODULUS = 256

async function load() {
  const [server, helpers] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ])
  return { ...server, ...helpers }
}
type Library = Awaited<ReturnType<typeof load>>

let loading: Promise<Library> | undefined

const loaded = (): Promise<Library> => (loading ??= load())

/** Loads the library in advance. */
export async function loadPasskeys(): Promise<void> {
  await loaded()
}

/** By which the record finds a passkey without opening its seal. */
export const credentialDigest = (credentialId: string): string => digest({ for: 'credential', id: credentialId })

const refused = (why: PasskeyFault): RefusedAnswer => ({ is: 'refused', why })

/** @param given the text of `RegistrationResponseJSON` */
export async function verifyRegistration(given: unknown, expected: Expected): Promise<NewCredential | RefusedAnswer> {
  const library = await loaded()
  const answer = readRegistration(given)
  if (!answer) return refused('malformed')
  const fault = clientDataFault(answer.response.clientDataJSON, { type: 'webauthn.create', expected })
  return fault ? refused(fault) : judged(() => registered(library, answer, expected))
}

type Registration = NonNullable<ReturnType<typeof readRegistration>>

async function registered(library: Library, answer: Registration, expected: Expected) {
  const { attestationObject, clientDataJSON } = answer.response
  const attestation = library.decodeAttestationObject(bytesOf(attestationObject))
  const fault = authenticatorDataFault(attestation.get('authData'), expected.rpId)
  if (fault) return refused(fault)
  // With attestation `none` a browser leaves no other statement; the library would fetch addresses that a certificate names.
  const isOurs = attestation.get('fmt') === 'none' || isSelfAttestation(attestation)
  if (!isOurs) return refused('malformed')
  const { verified, registrationInfo } = await library.verifyRegistrationResponse({
    response: { ...bare(answer), response: { attestationObject, clientDataJSON } },
    expectedChallenge: expected.challenge,
    expectedOrigin: [...expected.origins],
    expectedRPID: expected.rpId,
    supportedAlgorithmIDs: [...passkeyAlgorithms],
  })
  if (!verified) return refused('signature')
  const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo
  const algorithm = algorithmOf(library, credential.publicKey)
  if (credential.id !== answer.id || algorithm === null) return refused('malformed')
  return {
    is: 'registered',
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    algorithm,
    signCount: credential.counter,
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
    transports: knownTransports(answer.response.transports),
    discoverable: isDiscoverable(answer.clientExtensionResults),
    isRoaming: answer.authenticatorAttachment === 'cross-platform',
  } as const
}

/** @see WebAuthn Level 3 §5.1.3: the only statement beside `none` that a browser passes on. */
const isSelfAttestation = (attestation: ReturnType<Library['decodeAttestationObject']>): boolean =>
  attestation.get('fmt') === 'packed' && attestation.get('attStmt').get('x5c') === undefined

/** The algorithm of a key whose kind and curve are those of the algorithm; null: another key. */
function algorithmOf({ cose, decodeCredentialPublicKey }: Library, bytes: Uint8Array): PasskeyAlgorithm | null {
  if (bytes.length > LONGEST_KEY) return null
  const key = decodeCredentialPublicKey(new Uint8Array(bytes))
  const { COSEKEYS, COSECRV } = cose
  // The decoder accepts a byte string that was cut.
  const isWhole = (coordinate: Uint8Array | undefined) => coordinate?.length === COORDINATE
  const isConsistent: Record<PasskeyAlgorithm, boolean> = {
    [-7]:
      cose.isCOSEPublicKeyEC2(key) &&
      key.get(COSEKEYS.crv) === COSECRV.P256 &&
      isWhole(key.get(COSEKEYS.x)) &&
      isWhole(key.get(COSEKEYS.y)),
    [-8]: cose.isCOSEPublicKeyOKP(key) && key.get(COSEKEYS.crv) === COSECRV.ED25519 && isWhole(key.get(COSEKEYS.x)),
    [-257]: cose.isCOSEPublicKeyRSA(key) && (key.get(COSEKEYS.n)?.length ?? 0) >= SHORTEST_MODULUS,
  }
  const named: number | undefined = key.get(COSEKEYS.alg)
  return passkeyAlgorithms.find((algorithm) => named === algorithm && isConsistent[algorithm]) ?? null
}

/**
 * @param given the text of `AuthenticationResponseJSON`
 * @param find the passkey of the account whose credential id has this digest
 */
export async function verifyAssertion(
  given: unknown,
  expected: Expected,
  find: (digest: string) => StoredCredential | undefined,
): Promise<AssertionFact> {
  const library = await loaded()
  const answer = readAssertion(given)
  if (!answer) return refused('malformed')
  const { clientDataJSON, authenticatorData } = answer.response
  const fault =
    clientDataFault(clientDataJSON, { type: 'webauthn.get', expected }) ??
    authenticatorDataFault(bytesOf(authenticatorData), expected.rpId)
  if (fault) return refused(fault)
  const stored = find(credentialDigest(answer.id))
  if (stored?.credentialId !== answer.id) return refused('unknown-credential')
  return judged(() => asserted(library, { answer, stored, expected }))
}

interface Asserted {
  readonly answer: NonNullable<ReturnType<typeof readAssertion>>
  readonly stored: StoredCredential
  readonly expected: Expected
}

async function asserted(library: Library, { answer, stored, expected }: Asserted): Promise<AssertionFact> {
  const { verified, authenticationInfo } = await library.verifyAuthenticationResponse({
    response: { ...bare(answer), response: answer.response },
    expectedChallenge: expected.challenge,
    expectedOrigin: [...expected.origins],
    expectedRPID: expected.rpId,
    // The counter is judged by the core: 0 keeps the library from refusing before it has verified the signature.
    credential: { id: stored.credentialId, publicKey: bytesOf(stored.publicKey), counter: 0 },
  })
  if (!verified) return refused('signature')
  const { newCounter, credentialDeviceType, credentialBackedUp } = authenticationInfo
  return {
    is: 'verified',
    authenticatorId: stored.authenticatorId,
    signCount: newCounter,
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
  }
}

/** The library throws on input that it cannot read. That is a refusal, never an error of the server. */
async function judged<T>(verify: () => Promise<T>): Promise<T | RefusedAnswer> {
  try {
    return await verify()
  } catch {
    return refused('malformed')
  }
}

/** Without what is not signed and not evaluated. */
const bare = ({ id, rawId, type }: { id: string; rawId: string; type: 'public-key' }) => ({
  id,
  rawId,
  type,
  clientExtensionResults: {},
})

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64url'))

/** A WebAuthn authenticator and its browser in software, for tests without a browser and for clients of the API. Attestation `none`. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export type Kind = 'ES256' | 'EdDSA' | 'RS256'

export interface SoftwarePasskey {
  /** base64url. */
  readonly id: string
  readonly rawId: Buffer
  readonly privateKey: KeyObject
  readonly cose: Buffer
  readonly digest: 'sha256' | null
  count: number
}

/** What the relying party asks for, and what this authenticator says of itself. */
export interface Given {
  readonly challenge: string
  readonly rpId: string
  readonly origin: string
  readonly isPresent?: boolean
  readonly isVerified?: boolean
  readonly isBackupEligible?: boolean
  readonly isBackedUp?: boolean
  /** Instead of the next number. */
  readonly count?: number
  /** More, or other, members of the client data. */
  readonly clientData?: Record<string, unknown>
  /** Instead of the statement `none`. */
  readonly attestation?: { readonly fmt: string; readonly statement: Map<string, Cbor> }
}

export type Cbor = number | string | Buffer | readonly Cbor[] | Map<number | string, Cbor>

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest()
export const base64url = (data: Buffer | string) => Buffer.from(data).toString('base64url')

function uint(value: number, bytes: 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return buffer
}

/** The major type and the argument of an item. @see RFC 8949 §3 */
function head(major: number, argument: number): Buffer {
  const type = major << 5
  if (argument < 24) return Buffer.from([type | argument])
  if (argument < 256) return Buffer.from([type | 24, argument])
  return Buffer.concat([Buffer.from([type | 25]), uint(argument, 2)])
}

export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)])
  return Buffer.concat([head(4, value.length), ...value.map(cbor)])
}

const part = (text: string | undefined) => Buffer.from(text ?? '', 'base64url')

function newKey(kind: Kind): Pick<SoftwarePasskey, 'privateKey' | 'cose' | 'digest'> {
  if (kind === 'ES256') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x, y } = publicKey.export({ format: 'jwk' })
    const key = new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, part(x)],
      [-3, part(y)],
    ])
    return { privateKey, cose: cbor(key), digest: 'sha256' }
  }
  if (kind === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const { x } = publicKey.export({ format: 'jwk' })
    const key = new Map<number, Cbor>([
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, part(x)],
    ])
    return { privateKey, cose: cbor(key), digest: null }
  }
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { n, e } = publicKey.export({ format: 'jwk' })
  const key = new Map<number, Cbor>([
    [1, 3],
    [3, -257],
    [-1, part(n)],
    [-2, part(e)],
  ])
  return { privateKey, cose: cbor(key), digest: 'sha256' }
}

export function newPasskey({ kind = 'ES256', idBytes = 32 }: { kind?: Kind; idBytes?: number } = {}): SoftwarePasskey {
  const rawId = randomBytes(idBytes)
  return { id: base64url(rawId), rawId, count: 0, ...newKey(kind) }
}

function flags({ isPresent = true, isVerified = true, isBackupEligible, isBackedUp }: Given, hasKey: boolean): number {
  const bits = [isPresent, false, isVerified, isBackupEligible, isBackedUp, false, hasKey]
  return bits.reduce((sum, bit, index) => sum | (bit ? 1 << index : 0), 0)
}

const authenticatorData = (given: Given, count: number, key = Buffer.alloc(0)) =>
  Buffer.concat([sha256(given.rpId), Buffer.from([flags(given, key.length > 0)]), uint(count, 4), key])

const clientData = (type: string, { challenge, origin, clientData: more }: Given) =>
  JSON.stringify({ type, challenge, origin, crossOrigin: false, ...more })

const answer = (passkey: SoftwarePasskey, response: Record<string, unknown>, extensions = {}) => ({
  id: passkey.id,
  rawId: passkey.id,
  type: 'public-key',
  clientExtensionResults: extensions,
  response,
})

/** The answer of `navigator.credentials.create()`, in the form of JSON. */
export function registration(passkey: SoftwarePasskey, given: Given) {
  const { fmt, statement } = given.attestation ?? { fmt: 'none', statement: new Map<string, Cbor>() }
  const credential = Buffer.concat([Buffer.alloc(16), uint(passkey.rawId.length, 2), passkey.rawId, passkey.cose])
  const authData = authenticatorData(given, given.count ?? passkey.count, credential)
  const attestationObject = new Map<string, Cbor>([
    ['fmt', fmt],
    ['attStmt', statement],
    ['authData', authData],
  ])
  const response = {
    clientDataJSON: base64url(clientData('webauthn.create', given)),
    attestationObject: base64url(cbor(attestationObject)),
    transports: ['internal'],
  }
  return answer(passkey, response, { credProps: { rk: true } })
}

/** The answer of `navigator.credentials.get()`, in the form of JSON. */
export function assertion(passkey: SoftwarePasskey, given: Given) {
  const client = clientData('webauthn.get', given)
  const data = authenticatorData(given, given.count ?? ++passkey.count)
  const signature = sign(passkey.digest, Buffer.concat([data, sha256(client)]), passkey.privateKey)
  return answer(passkey, {
    clientDataJSON: base64url(client),
    authenticatorData: base64url(data),
    signature: base64url(signature),
  })
}

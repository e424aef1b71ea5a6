// Tokens, ids and their digests. A token is a secret that is presented once; only its digest is stored. An id is not secret.
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'
import { encoded, type Use } from './purposes.ts'
import { draw, type Random } from './random.ts'

/** Entropy of a token. Bytes: 256 bits, so that a plain digest of it may be stored. @see NIST SP 800-63B-4 §3.1.2.2 */
const tokenBytes = 32

/** Entropy of an id. Bytes: 128 bits, unique without coordination. @see RFC 9562 §5.4 (122 bits) */
const idBytes = 16

/** Text that cannot be printed by accident: JSON, templates, logs and the inspector show `[token]`. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself, for an email, a link or a digest only. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[token]'
  }

  toJSON(): string {
    return '[token]'
  }

  [inspect.custom](): string {
    return '[token]'
  }
}

/** 256 random bits as 43 characters of base64url. */
export function newToken(random?: Random): Secret {
  return new Secret(draw(tokenBytes, random).toString('base64url'))
}

/** 128 random bits as 22 characters of base64url. */
export function newId(random?: Random): string {
  return draw(idBytes, random).toString('base64url')
}

/** 256 random bits as 43 characters of base64url: devices store it, and it says nothing about the person. @see WebAuthn Level 3 §14.6.1 */
export const newUserHandle = (random?: Random): string => draw(tokenBytes, random).toString('base64url')

/** SHA-256 as 43 characters of base64url. Only for values that cannot be guessed: tokens, never passwords or short codes. */
export function digest(use: Use<'digest'>): string {
  return hash('sha256', encoded('digest', use), 'base64url')
}

/** The claim `ath` of a proof for this access token. @see RFC 9449 §4.2 */
export const accessTokenHash = (token: string): string => hash('sha256', token, 'base64url')

/** Whether two texts are equal, in a time that depends on their lengths only. @see ASVS 11.2.4 */
export function equal(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b))
}

/**
 * The id of this use under this key: 128 bits of HMAC-SHA-256 as 22 characters of base64url. A repeated request finds the result of its
 * first attempt; without the key an id cannot be predicted.
 * @param key at least 128 bits
 */
export function derivedId(key: Uint8Array, use: Use<'id'>): string {
  if (key.byteLength < idBytes) throw new RangeError(`the key of a derived id needs ${idBytes} bytes or more`)
  const digested = createHmac('sha256', keyObjectOf(key)).update(encoded('id', use)).digest()
  return digested.subarray(0, idBytes).toString('base64url')
}

const keyObjects = new WeakMap<Uint8Array, KeyObject>()

/** An HMAC with a key in a buffer takes five times as long on Node.js 24. */
function keyObjectOf(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key)
  if (known) return known
  const made = createSecretKey(key)
  keyObjects.set(key, made)
  return made
}

/** The secret of a first-party client: the same in every process that has the key. 44 characters of base64url. */
export const clientSecret = (key: Uint8Array, clientId: string): string =>
  ['1', '2'].map((half) => derivedId(key, { for: 'client-secret', client: clientId, half })).join('')

const sha256 = (text: string) => hash('sha256', text, 'buffer')

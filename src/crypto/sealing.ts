// Sealing: AES-256-GCM (NIST SP 800-38D) for values that are stored or sent to a browser and must return unchanged. A seal names its key
// and is bound to its use (purposes.ts). Rotation: add a new key in front, seal everything again, remove the old key.
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { Unsealable } from '../errors.ts'
import { encoded, tuple, type Use } from './purposes.ts'
import { draw } from './random.ts'

/** Where a seal is kept. Each has its own keys, so that a cookie never passes for a record. */
export type Location = 'record' | 'browser'

export type SealingKey = {
  /** Name of the key, at the start of every seal. 1–32 of A–Z a–z 0–9 _ -. Never reused for another key. */
  readonly id: string
  /** 32 random bytes. */
  readonly key: Uint8Array
}

export type Sealing<L extends Location> = {
  /** Seals text under the first key. @param use its purpose and fields; bound, not stored */
  seal(text: string, use: Use<L>): string
  /** The text, or throws `Unsealable`. For stored seals: a failure is damage or an attack. */
  open(sealed: string, use: Use<L>): string
  /** As `seal`, of bytes. */
  sealBytes(bytes: Uint8Array, use: Use<L>): string
  /** As `open`, of bytes. */
  openBytes(sealed: string, use: Use<L>): Buffer
  /** The text, or null. For input from a browser: every failure has the same result. */
  tryOpen(sealed: unknown, use: Use<L>): string | null
  /** The same text sealed under the first key; null: it is sealed under it. @throws Unsealable */
  renew(sealed: string, use: Use<L>): string | null
}

/** A stream: `update` returns all of the text, `final` only makes or compares the tag. */
const cipher = 'aes-256-gcm'

const keyId = /^[A-Za-z0-9_-]{1,32}$/

/** Bytes of key, nonce and tag. A random nonce is safe for 2³² seals under one key. @see NIST SP 800-38D §8.2.2, §8.3 */
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** The keys of an option: a list, or `kid:BASE64URL` separated by commas. A fault never contains a key. */
export function readKeys(given: unknown): { readonly keys: readonly SealingKey[]; readonly faults: readonly string[] } {
  if (given === undefined) return { keys: [], faults: ['is missing'] }
  const keys: unknown = typeof given === 'string' ? given.split(',').map(readKey) : given
  if (!Array.isArray(keys))
    return { keys: [], faults: ['must be a list of keys, or kid:BASE64URL separated by commas'] }
  const candidates = keys as readonly (Partial<SealingKey> | null)[]
  const faults = candidates.length === 0 ? ['at least one'] : candidates.flatMap(keyFaults)
  const ids = candidates.map((key) => key?.id)
  if (new Set(ids).size < ids.length) faults.push('two keys have the same id')
  return { keys: keys as readonly SealingKey[], faults }
}

function readKey(text: string): SealingKey {
  const [id = '', key = ''] = text.trim().split(':')
  return { id, key: Buffer.from(key, 'base64url') }
}

function keyFaults(given: Partial<SealingKey> | null, index: number): string[] {
  const { id, key } = given ?? {}
  const which = `number ${index + 1}`
  if (typeof id !== 'string' || !keyId.test(id)) return [`${which}: the id must be 1–32 of A–Z a–z 0–9 _ -`]
  if (!(key instanceof Uint8Array) || key.byteLength !== keyBytes)
    return [`${which}: the key must be ${keyBytes} bytes`]
  return key.every((byte) => byte === 0) ? [`${which}: the key is all zeros`] : []
}

/** @param keys newest first, at least one: the first one seals, all of them open. A malformed or repeated id and a wrong length throw */
export function createSealing<L extends Location>(keys: readonly SealingKey[], location: L): Sealing<L> {
  const [newest] = keys
  if (!newest) throw new Error('sealing needs at least one key')
  const ring = new Map(keys.map((entry) => [entry.id, derive(entry, location)]))
  if (ring.size < keys.length) throw new Error('two sealing keys have the same id')

  const keyOf = (id: string): KeyObject => {
    const key = ring.get(id)
    if (!key) throw new Unsealable('unknown-key')
    return key
  }

  /** Includes the key's id, so that a seal opens under its own key name only. */
  const associated = (use: Use<L>, id: string): Buffer => Buffer.concat([encoded(location, use), tuple(id)])

  const sealing: Sealing<L> = {
    seal: (text, use) => sealing.sealBytes(Buffer.from(text), use),

    sealBytes(bytes, use) {
      const nonce = draw(nonceBytes)
      const encrypt = createCipheriv(cipher, keyOf(newest.id), nonce, { authTagLength: tagBytes })
      encrypt.setAAD(associated(use, newest.id))
      const body = encrypt.update(bytes)
      encrypt.final()
      return `${newest.id}.${Buffer.concat([nonce, body, encrypt.getAuthTag()]).toString('base64url')}`
    },

    open: (sealed, use) => sealing.openBytes(sealed, use).toString('utf8'),

    openBytes(sealed, use) {
      const { id, nonce, body, tag } = parse(sealed)
      const decrypt = createDecipheriv(cipher, keyOf(id), nonce, { authTagLength: tagBytes })
      decrypt.setAAD(associated(use, id))
      decrypt.setAuthTag(tag)
      try {
        const opened = decrypt.update(body)
        decrypt.final()
        return opened
      } catch {
        throw new Unsealable('tampered')
      }
    },

    renew: (sealed, use) =>
      parse(sealed).id === newest.id ? null : sealing.sealBytes(sealing.openBytes(sealed, use), use),

    tryOpen(sealed, use) {
      if (typeof sealed !== 'string') return null
      try {
        return sealing.open(sealed, use)
      } catch (error) {
        if (error instanceof Unsealable) return null
        throw error
      }
    },
  }
  return sealing
}

/** The key for one place of storage. @see RFC 5869 §3.2 (info binds a derived key to its use) */
function derive({ id, key }: SealingKey, location: Location): KeyObject {
  if (!keyId.test(id)) throw new Error('a sealing key id is 1–32 of A–Z a–z 0–9 _ -')
  if (key.byteLength !== keyBytes) throw new Error(`sealing key ${id} must be ${keyBytes} bytes, is ${key.byteLength}`)
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `oidc-rekey sealing 1 ${location}`, keyBytes)))
}

function parse(sealed: string) {
  const [, id, text] = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? []
  if (id === undefined || text === undefined) throw new Unsealable('malformed')
  const bytes = Buffer.from(text, 'base64url')
  // One text per seal: base64url decoders ignore the spare bits of the last character.
  const rest = text.length % 4
  const canonical = rest !== 1 && (rest === 0 || text.endsWith(bytes.toString('base64url', bytes.length - rest + 1)))
  if (!canonical || bytes.length < nonceBytes + tagBytes) throw new Unsealable('malformed')
  return {
    id,
    nonce: bytes.subarray(0, nonceBytes),
    body: bytes.subarray(nonceBytes, -tagBytes),
    tag: bytes.subarray(-tagBytes),
  }
}

// Sealing: AES-256-GCM (NIST SP 800-38D) around what we keep or hand to a browser and must find again untouched. A
// seal names its key and is bound to its use (purposes.ts), so it opens nowhere but in the place it was made for. Rotation: put a
// new key in front, seal everything again at leisure, drop the old key.
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { Unsealable } from '../errors.ts'
import { encoded, tuple, type Use } from './purposes.ts'
import { draw } from './random.ts'

/** Who will hold what is sealed. Each gets keys of its own, so a cookie can never be passed off as a record. */
export type Binding = 'record' | 'browser'

export type SealingKey = {
  /** Name of the key, put in front of every seal. 1–32 of A–Z a–z 0–9 _ -. Never used again for another key. */
  readonly id: string
  /** 32 random bytes. */
  readonly key: Uint8Array
}

export type Sealing<H extends Binding> = {
  /** Seals text under the first key. @param use what it is for and where it belongs; bound, not stored */
  seal(text: string, use: Use<H>): string
  /** The text, or throws `Unsealable`. For what we kept ourselves: failing here is damage or an attack, never a "no". */
  open(sealed: string, use: Use<H>): string
  /** The text, or null. For what a browser brings: anything may come, and all that fails is worth the same. */
  tryOpen(sealed: unknown, use: Use<H>): string | null
  /** The same text sealed under the first key; null: it is already. @throws Unsealable */
  renew(sealed: string, use: Use<H>): string | null
}

const cipher = 'aes-256-gcm'

/** Bytes of key, nonce and tag. A random nonce is safe for 2³² seals under one key. @see NIST SP 800-38D §8.2.2, §8.3 */
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/**
 * @param keys newest first: the first one seals, all of them open. At least one; refused are ids that are misspelt or
 * appear twice and keys that are not 32 bytes long
 */
export function createSealing<H extends Binding>(keys: readonly SealingKey[], binding: H): Sealing<H> {
  const [newest] = keys
  if (!newest) throw new Error('sealing needs at least one key')
  const ring = new Map(keys.map((entry) => [entry.id, derive(entry, binding)]))
  if (ring.size < keys.length) throw new Error('two sealing keys have the same id')

  const keyOf = (id: string): KeyObject => {
    const key = ring.get(id)
    if (!key) throw new Unsealable('unknown-key')
    return key
  }

  /** The key's id stands in it, so that a seal opens under its own name only. */
  const associated = (use: Use<H>, id: string): Buffer => Buffer.concat([encoded(binding, use), tuple(id)])

  const sealing: Sealing<H> = {
    seal(text, use) {
      const nonce = draw(nonceBytes)
      const encrypt = createCipheriv(cipher, keyOf(newest.id), nonce, { authTagLength: tagBytes })
      encrypt.setAAD(associated(use, newest.id))
      const body = Buffer.concat([nonce, encrypt.update(text, 'utf8'), encrypt.final(), encrypt.getAuthTag()])
      return `${newest.id}.${body.toString('base64url')}`
    },

    open(sealed, use) {
      const { id, nonce, body, tag } = parse(sealed)
      const decrypt = createDecipheriv(cipher, keyOf(id), nonce, { authTagLength: tagBytes })
      decrypt.setAAD(associated(use, id))
      decrypt.setAuthTag(tag)
      try {
        return Buffer.concat([decrypt.update(body), decrypt.final()]).toString('utf8')
      } catch {
        throw new Unsealable('tampered')
      }
    },

    renew: (sealed, use) => (parse(sealed).id === newest.id ? null : sealing.seal(sealing.open(sealed, use), use)),

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

/** The key for one holder. @see RFC 5869 §3.2 (info binds a derived key to its use) */
function derive({ id, key }: SealingKey, binding: Binding): KeyObject {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(id)) throw new Error('a sealing key id is 1–32 of A–Z a–z 0–9 _ -')
  if (key.byteLength !== keyBytes) throw new Error(`sealing key ${id} must be ${keyBytes} bytes, is ${key.byteLength}`)
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `oidc-rekey sealing 1 ${binding}`, keyBytes)))
}

function parse(sealed: string) {
  const [, id, text] = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? []
  if (id === undefined || text === undefined) throw new Unsealable('malformed')
  const bytes = Buffer.from(text, 'base64url')
  // One text per seal: base64url readers ignore the spare bits of the last letter.
  const canonical = bytes.toString('base64url') === text
  if (!canonical || bytes.length < nonceBytes + tagBytes) throw new Unsealable('malformed')
  return {
    id,
    nonce: bytes.subarray(0, nonceBytes),
    body: bytes.subarray(nonceBytes, -tagBytes),
    tag: bytes.subarray(-tagBytes),
  }
}

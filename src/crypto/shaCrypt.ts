/**
 * SHA-crypt, as libc and LDAP (`{CRYPT}$6$…`) keep passwords: verified only, to be replaced at the first sign-in.
 * @see https://www.akkadia.org/drepper/SHA-crypt.txt
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

export interface ShaCrypt {
  readonly cost: string
  readonly rounds: number
  matches(password: string): Promise<boolean>
}

const kinds = { 5: { name: 'sha256', characters: 43 }, 6: { name: 'sha512', characters: 86 } } as const

const usualRounds = 5000

/** Rounds between two turns of other work. */
const SLICE = 1000

export function readShaCrypt(text: string): ShaCrypt | 'damaged' | null {
  const [, version, given, salt = '', digest] =
    /^\$([56])\$(?:rounds=(\d+)\$)?([^$]{0,16})\$([./\dA-Za-z]+)$/.exec(text) ?? []
  if (version === undefined) return /^\$[56]\$/.test(text) ? 'damaged' : null
  const { name, characters } = kinds[version as unknown as keyof typeof kinds]
  const rounds = Number(given ?? usualRounds)
  if (digest?.length !== characters || !Number.isSafeInteger(rounds) || rounds < 1000) return 'damaged'
  return {
    cost: `$${version}$rounds=${rounds}`,
    rounds,
    matches: async (password) =>
      timingSafeEqual(Buffer.from(await crypted(name, password, salt, rounds)), Buffer.from(digest)),
  }
}

/** A hash of this cost that no password has. */
export const shaCryptDecoy = (cost: string): string =>
  `${cost}$9qkcDLieXQg2PERB$${'iLx/0uv4fFzH'.repeat(8).slice(0, cost.startsWith('$5$') ? 43 : 86)}`

async function crypted(name: 'sha256' | 'sha512', password: string, given: string, rounds: number): Promise<string> {
  const digestOf = (...parts: Uint8Array[]): Buffer => hash(name, Buffer.concat(parts), 'buffer')
  const [key, salt] = [Buffer.from(password), Buffer.from(given)]
  const mixed = digestOf(key, salt, key)
  const bits: Buffer[] = []
  for (let length = key.length; length > 0; length >>= 1) bits.push(length & 1 ? mixed : key)
  let digest = digestOf(key, salt, stretched(mixed, key.length), ...bits)
  const keys = stretched(digestOf(stretched(key, key.length ** 2)), key.length)
  const salts = stretched(digestOf(stretched(salt, salt.length * (16 + (digest[0] ?? 0)))), salt.length)
  for (let round = 0; round < rounds; round++) {
    const isOdd = round % 2 === 1
    const parts = [isOdd ? keys : digest]
    if (round % 3 !== 0) parts.push(salts)
    if (round % 7 !== 0) parts.push(keys)
    digest = digestOf(...parts, isOdd ? digest : keys)
    if (round % SLICE === SLICE - 1) await setImmediate()
  }
  return encoded(digest)
}

/** Repeats bytes up to a length. */
const stretched = (bytes: Uint8Array, length: number): Buffer => Buffer.alloc(length, bytes)

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Three bytes from three thirds of the digest are four characters; the thirds take turns. */
function encoded(digest: Uint8Array): string {
  const third = Math.floor(digest.length / 3)
  const characters: string[] = []
  const write = (bits: number, count: number): void => {
    for (let n = 0; n < count; n++) characters.push(ALPHABET.charAt((bits >> (6 * n)) & 63))
  }
  const byte = (index: number): number => digest[index] ?? 0
  const isLong = digest.length === 64
  let [first, second, last] = [0, third, 2 * third]
  for (let n = 0; n < third; n++) {
    write((byte(first) << 16) | (byte(second) << 8) | byte(last), 4)
    ;[first, second, last] = isLong ? [second + 1, last + 1, first + 1] : [last + 1, first + 1, second + 1]
  }
  write(isLong ? byte(63) : (byte(31) << 8) | byte(30), isLong ? 2 : 3)
  return characters.join('')
}

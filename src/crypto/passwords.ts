// Passwords: argon2id (RFC 9106), kept as PHC strings. Every answer costs one full hash, whether the person exists or
// not. How long a password must be and when it is refused as common belongs to the account directory.
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { availableParallelism } from 'node:os'
import { createQueue } from './queue.ts'

/** `Algorithm` of the library, a const enum and so nothing that erased types could import. */
const argon2id = 2

/**
 * The cost of a new hash: argon2id, 19 MiB (in KiB), 2 passes, 1 lane; about 14 ms of a core.
 * @see OWASP Password Storage Cheat Sheet (19 MiB, t=2, p=1 stands level with 46 MiB, t=1 of ASVS Appendix C)
 */
const policy = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }

/** A hash of that policy, with its salt of 16 bytes. */
const current = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/

/** Longest password read, never cut. Bytes of UTF-8. @see NIST SP 800-63B-4 §3.1.1.2 (at least 64 characters) */
const longestPassword = 1024

/** What an unknown person's password is compared with, behind a cost: random bytes, made from no password. */
const nobody = '$9qkcDLieXQg2PERBTU1stA$iLx/0uv4fFzH9FRU9JaxfW5/0Cpys8/+AVKUZ3ASuro'

/** The cost of a new hash, as `costOf` says it. */
const currentCost = '$argon2id$v=19$m=19456,t=2,p=1'

/**
 * Hashes at once: not more than cores, and fewer than the four threads libuv has by default, so that files and name
 * look-ups still move. 128 of one network may wait, which is about a second on two cores, and 1024 of all; the rest is told `Busy`.
 */
const inTurn = createQueue(Math.min(availableParallelism(), 3), 1024, 128)

/** A PHC string with a fresh salt. Throws on a password longer than 1024 bytes, rejects with `Busy` under a flood. */
export async function hashPassword(password: string): Promise<string> {
  const readable = prepared(password)
  if (readable === null) throw new RangeError(`a password may have ${longestPassword} bytes`)
  return inTurn(() => hash(readable, policy))
}

/**
 * Whether this is the password. False, after the same work, for an unknown person and for a password that is too long.
 * Rejects with `Busy` under a flood.
 * @param phc argon2id of any cost and either version; null when there is no such person. Anything else throws: a
 * damaged hash is not a wrong password
 * @param network where it comes from: networks take turns. Default: one line for all who do not say
 * @param cost what an unknown person costs, of `costOf`. Default: that of a new hash
 */
export async function verifyPassword(
  phc: string | null,
  password: string,
  network?: string,
  cost = currentCost,
): Promise<boolean> {
  const readable = prepared(password)
  if (phc !== null) mustBeReadable(phc)
  const matches = await inTurn(() => verify(phc ?? cost + nobody, readable ?? ''), network)
  return matches && phc !== null && readable !== null
}

/**
 * Whether a stored hash should be made anew, at the next right password, because it is not what `hashPassword` makes
 * today. Dearer hashes too: an account that answers slower than the unknown person's says that it exists.
 */
export function needsRehash(phc: string): boolean {
  mustBeReadable(phc)
  return !current.test(phc)
}

/** Algorithm, version and parameters of a stored hash: all that its time depends on. */
export function costOf(phc: string): string {
  mustBeReadable(phc)
  return phc.split('$').slice(0, -2).join('$')
}

/**
 * The same text however the keyboard composed it, or null when it is too long.
 * @see RFC 8265 §4.2 (NFC); NIST SP 800-63B-4 §3.1.1.2
 */
function prepared(password: string): string | null {
  if (password.length > longestPassword) return null
  const composed = password.normalize('NFC')
  return Buffer.byteLength(composed) > longestPassword ? null : composed
}

/** No cause in the error and no quotation: a hash belongs into no log. */
function mustBeReadable(phc: string): void {
  try {
    parseOptions(phc)
    if (phc.startsWith('$argon2id$')) return
  } catch {
    // Said below, in one sentence for both.
  }
  throw new Error('a stored password hash is damaged: not argon2id in PHC form')
}

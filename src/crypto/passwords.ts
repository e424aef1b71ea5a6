// Passwords: argon2id (RFC 9106), stored as PHC strings. Every answer costs one full hash, for unknown persons too. The rules for new
// passwords are in core/passwordPolicy.ts.
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { availableParallelism } from 'node:os'
import { createQueue } from './queue.ts'

/** `Algorithm` of the library: a const enum, which type stripping cannot import. */
const argon2id = 2

/**
 * The cost of a new hash: argon2id, 19 MiB (in KiB), 2 passes, 1 lane; about 14 ms of a core.
 * @see OWASP Password Storage Cheat Sheet (19 MiB, t=2, p=1 equals 46 MiB, t=1 of ASVS Appendix C)
 */
const policy = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }

/** A hash of that policy, with its salt of 16 bytes. */
const current = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/

/** Longest accepted password, never truncated. Bytes of UTF-8. @see NIST SP 800-63B-4 §3.1.1.2 (at least 64 characters) */
const longestPassword = 1024

/** Salt and tag for an unknown person, appended to a cost: random bytes, the hash of no password. */
const unknownPerson = '$9qkcDLieXQg2PERBTU1stA$iLx/0uv4fFzH9FRU9JaxfW5/0Cpys8/+AVKUZ3ASuro'

/** The cost of a new hash, in the form of `costOf`. */
const currentCost = '$argon2id$v=19$m=19456,t=2,p=1'

/**
 * Concurrent hashes: at most the cores, and fewer than libuv's four threads, so that file access and name look-ups still proceed. 128 may
 * wait per network, about a second on two cores, and 1024 in total; more are refused with `Busy`.
 */
const inTurn = createQueue(Math.min(availableParallelism(), 3), 1024, 128)

/** A PHC string with a fresh salt. Throws on a password longer than 1024 bytes, rejects with `Busy` under a flood. */
export async function hashPassword(password: string): Promise<string> {
  const readable = prepared(password)
  if (readable === null) throw new RangeError(`a password may have ${longestPassword} bytes`)
  return inTurn(() => hash(readable, policy))
}

/**
 * Whether the password is right. False, after the same work, for an unknown person and for a password that is too long.
 * Rejects with `Busy` under a flood.
 * @param phc argon2id of any cost and either version; null: unknown person. Anything else throws, as a damaged hash is no wrong password
 * @param network the client's network; networks take turns. Default: one queue for all
 * @param cost the cost for an unknown person, of `costOf`. Default: that of a new hash
 */
export async function verifyPassword(
  phc: string | null,
  password: string,
  network?: string,
  cost = currentCost,
): Promise<boolean> {
  const readable = prepared(password)
  if (phc !== null) mustBeReadable(phc)
  const matches = await inTurn(() => verify(phc ?? cost + unknownPerson, readable ?? ''), network)
  return matches && phc !== null && readable !== null
}

/**
 * Whether a stored hash must be replaced at the next right password. More expensive hashes too: an account that answers slower than an
 * unknown person reveals that it exists.
 */
export function needsRehash(phc: string): boolean {
  mustBeReadable(phc)
  return !current.test(phc)
}

/** Algorithm, version and parameters of a stored hash, on which its time depends. */
export function costOf(phc: string): string {
  mustBeReadable(phc)
  return phc.split('$').slice(0, -2).join('$')
}

/**
 * The NFC form of a password; null: it is too long.
 * @see RFC 8265 §4.2 (NFC); NIST SP 800-63B-4 §3.1.1.2
 */
function prepared(password: string): string | null {
  if (password.length > longestPassword) return null
  const composed = password.normalize('NFC')
  return Buffer.byteLength(composed) > longestPassword ? null : composed
}

/** The error has no cause and no quotation: a hash must not be logged. */
function mustBeReadable(phc: string): void {
  try {
    parseOptions(phc)
    if (phc.startsWith('$argon2id$')) return
  } catch {
    // Reported below, with the same message.
  }
  throw new Error('a stored password hash is damaged: not argon2id in PHC form')
}

// Passwords: argon2id (RFC 9106), stored as PHC strings. Every answer costs one full hash, for unknown persons too. The rules for new
// passwords are in core/passwordPolicy.ts.
import { hash } from '@node-rs/argon2'
import { availableParallelism } from 'node:os'
import { decoyOf, type PasswordHash, readHash } from './passwordHashes.ts'
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

/** The cost of a new hash, in the form of `costOf`. */
const currentCost = '$argon2id$v=19$m=19456,t=2,p=1'

/**
 * Concurrent hashes: at most the cores, and fewer than libuv's four threads, so that file access and name look-ups still proceed. 128 may
 * wait per network, about a second on two cores, and 1024 in total; more are refused with `Busy`.
 */
const inTurn = createQueue(Math.min(availableParallelism(), 3), 1024, 128)

/** A PHC string with a fresh salt. Throws on a password longer than 1024 bytes, rejects with `Busy` under a flood. */
export async function hashPassword(password: string): Promise<string> {
  const [composed] = formsOf(password)
  if (composed === undefined) throw new RangeError(`a password may have ${longestPassword} bytes`)
  return inTurn(() => hash(composed, policy))
}

/** `outdated`: right, and its hash is to be made anew. */
export type PasswordCheck = 'wrong' | 'right' | 'outdated'

/**
 * Whether the password is right. `wrong`, after the same work, for an unknown person and for a password that is too long.
 * Rejects with `Busy` under a flood.
 * @param stored a hash that `readHash` reads; null: unknown person. Anything else throws, as a damaged hash is no wrong password
 * @param network the client's network; networks take turns. Default: one queue for all
 * @param cost the cost for an unknown person, of `costOf`. Default: that of a new hash
 */
export async function checkPassword(
  stored: string | null,
  password: string,
  network?: string,
  cost = currentCost,
): Promise<PasswordCheck> {
  const text = stored ?? decoyOf(cost)
  const { matches } = readable(text)
  const forms = formsOf(password)
  // Every form is tried, whichever matches: the time depends on what was typed, never on the account.
  const [asOurs = false, ...others] = await inTurn(async () => {
    const found: boolean[] = []
    for (const form of forms.length > 0 ? forms : ['']) found.push(await matches(form))
    return found
  }, network)
  if (stored === null || forms.length === 0) return 'wrong'
  if (asOurs) return needsRehash(text) ? 'outdated' : 'right'
  return others.includes(true) ? 'outdated' : 'wrong'
}

/** As `checkPassword`. */
export const verifyPassword = async (...given: Parameters<typeof checkPassword>): Promise<boolean> =>
  (await checkPassword(...given)) !== 'wrong'

/**
 * Whether a stored hash must be replaced at the next right password. More expensive hashes too: an account that answers slower than an
 * unknown person reveals that it exists.
 */
export function needsRehash(text: string): boolean {
  readable(text)
  return !current.test(text)
}

/** Algorithm, version and parameters of a stored hash, on which its time depends. */
export const costOf = (text: string): string => readable(text).cost

/**
 * The forms of a password that a stored hash may be of: NFC, of which ours are; as typed and NFD, for hashes made elsewhere.
 * None: it is too long.
 * @see RFC 8265 §4.2 (NFC); NIST SP 800-63B-4 §3.1.1.2
 */
function formsOf(password: string): string[] {
  if (password.length > longestPassword) return []
  const composed = password.normalize('NFC')
  if (Buffer.byteLength(composed) > longestPassword) return []
  return [...new Set([composed, password, password.normalize('NFD')])]
}

/** The error has no cause and no quotation: a hash must not be logged. */
function readable(text: string): PasswordHash {
  const read = readHash(text)
  if (typeof read !== 'string') return read
  throw new Error(`a stored password hash cannot be used: ${read.replace('-', ' ')}`)
}

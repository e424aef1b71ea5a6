// The one source of randomness. Every generator of this room takes a `Random` last, so that a test can play a known
// sequence; nobody else passes one. No other room draws random numbers.
import { randomBytes } from 'node:crypto'

/** Fresh bytes from a cryptographic generator. @see NIST SP 800-90A; ASVS 11.5.1 */
export type Random = (bytes: number) => Uint8Array

/** Exactly `bytes` bytes; a generator that gives fewer is refused, since a short secret looks like any other. */
export function draw(bytes: number, random: Random = randomBytes): Buffer {
  const drawn = random(bytes)
  if (drawn.byteLength !== bytes) throw new RangeError(`asked for ${bytes} random bytes, got ${drawn.byteLength}`)
  return Buffer.from(drawn)
}

// The only source of randomness. Generators in this folder take a `Random` as the last parameter; only tests pass one.
import { randomBytes } from 'node:crypto'

/** Fresh bytes from a cryptographic generator. @see NIST SP 800-90A; ASVS 11.5.1 */
export type Random = (bytes: number) => Uint8Array

/** Exactly `bytes` bytes; fewer are refused, since a short secret looks like any other. */
export function draw(bytes: number, random: Random = randomBytes): Buffer {
  const drawn = random(bytes)
  if (drawn.byteLength !== bytes) throw new RangeError(`asked for ${bytes} random bytes, got ${drawn.byteLength}`)
  return Buffer.from(drawn)
}

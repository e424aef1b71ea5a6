// The only source of randomness. Generators in this folder take a `Random` as the last parameter; only tests pass one.
import { randomBytes, randomFillSync } from 'node:crypto'

/** Fresh bytes from a cryptographic generator. @see NIST SP 800-90A; ASVS 11.5.1 */
export type Random = (bytes: number) => Uint8Array

/** Bytes drawn in advance: the generator costs about the same for 16 bytes and for 4096. */
const pool = new Uint8Array(4096)
let used = pool.length

/** The next bytes of the pool, each used once and then erased. */
function pooled(bytes: number): Buffer {
  if (bytes > pool.length) return randomBytes(bytes)
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const drawn = Buffer.from(pool.subarray(used, used + bytes))
  pool.fill(0, used, used + bytes)
  used += bytes
  return drawn
}

/** Exactly `bytes` bytes; fewer are refused, since a short secret looks like any other. */
export function draw(bytes: number, random?: Random): Buffer {
  if (!random) return pooled(bytes)
  const drawn = random(bytes)
  if (drawn.byteLength !== bytes) throw new RangeError(`asked for ${bytes} random bytes, got ${drawn.byteLength}`)
  return Buffer.from(drawn)
}

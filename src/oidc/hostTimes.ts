/** Times from a host's sign-in page. Milliseconds in place of seconds would make a sign-in that never expires, so they are refused. */
import type { Facts } from './loginResult.ts'

type HostFacts = Pick<Facts, 'authenticatedAt' | 'proven'>

/** Greatest distance from the clock. Seconds: a host's session may be a day old. */
const FARTHEST_SECONDS = 86_400

/**
 * The facts, with later times set to the clock: they would never be too old.
 * @throws TypeError that names the argument, unless it is whole seconds within a day of the clock
 */
export function checkedFacts<F extends HostFacts>(facts: F, now: number): F {
  if (typeof facts !== 'object' || (facts as unknown) === null)
    throw new TypeError('facts: the second argument must be an object such as { authenticatedAt }')
  const { authenticatedAt, proven } = facts
  return {
    ...facts,
    authenticatedAt: checkedTime('authenticatedAt', authenticatedAt, now),
    proven: proven ? { ...proven, at: checkedTime('proven.at', proven.at, now) } : null,
  }
}

/** @throws TypeError naming it, unless it is whole seconds within a day of the clock */
export function checkedTime(name: string, at: number, now: number): number {
  const isNear = (seconds: number): boolean => Math.abs(seconds - now) <= FARTHEST_SECONDS
  if (Number.isSafeInteger(at) && isNear(at)) return Math.min(at, now)
  if (isNear(at / 1000)) throw new TypeError(`${name}: seconds, not milliseconds`)
  throw new TypeError(`${name}: must be whole seconds since 1970 within a day of the clock, is ${String(at)}`)
}

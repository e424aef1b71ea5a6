/**
 * Counts unauthenticated requests in the store, for all processes together. Keys are keyed digests: the store keeps no address and no
 * email. The limits are in the core.
 */
import type { Counted } from '../core/passwordAttempts.ts'
import { HOUR } from '../core/rules.ts'
import { derivedId } from '../crypto/tokens.ts'
import type { Counters } from '../store/store.ts'

const DAY = 24 * HOUR

/** How long each count lasts. Seconds. */
const windows = {
  'password.browser': DAY,
  'password.here': DAY,
  'password.account': HOUR,
  'password.network': HOUR,
  'password-link.network': HOUR,
  'password-link.browser': HOUR,
  /** As long as a form token is valid. */
  'password-link.form': 4 * HOUR,
  'mail.actor': HOUR,
  'note.actor': HOUR,
} as const
export type LimitName = keyof typeof windows
/** Counts after which an attempt must wait. */
export type Pausing = 'password.browser' | 'password.here'

export interface Limiter {
  /** The current count; null: none. */
  read(name: LimitName, ...key: string[]): Promise<Counted | null>
  /** The current count and the pause that follows from it. */
  readBoth(name: Pausing, ...key: string[]): Promise<readonly [count: Counted | null, pause: Counted | null]>
  /** Adds one and returns the new count. */
  count(name: LimitName, ...key: string[]): Promise<Counted>
  /** Sets the pause of this count for this many seconds. */
  pause(name: Pausing, seconds: number, ...key: string[]): Promise<void>
  forget(name: LimitName, ...key: string[]): Promise<void>
}

/** @param key of the digests, 32 bytes */
export function createLimiter({ counters, key }: { readonly counters: Counters; readonly key: Uint8Array }): Limiter {
  const digestOf = (name: LimitName, parts: readonly string[]): string =>
    derivedId(key, { for: 'limit', name, key: JSON.stringify(parts) })
  const idOf = (name: LimitName, parts: readonly string[]): string => `${name}:${digestOf(name, parts)}`
  return {
    read: (name, ...parts) => counters.read(idOf(name, parts)),
    readBoth(name, ...parts) {
      const of = digestOf(name, parts)
      return Promise.all([counters.read(`${name}:${of}`), counters.read(`${name}.pause:${of}`)])
    },
    count: (name, ...parts) => counters.add(idOf(name, parts), 1, windows[name]),
    async pause(name, seconds, ...parts) {
      await counters.set(`${name}.pause:${digestOf(name, parts)}`, 1, seconds)
    },
    async forget(name, ...parts) {
      await counters.delete(idOf(name, parts))
    },
  }
}

/**
 * Counts what anybody can cause, in the store, so that every process sees the same. Keys are keyed digests: the store keeps no
 * address and no email. The rules that read the numbers are in the core.
 */
import type { Counted } from './core/passwordAttempts.ts'
import { HOUR } from './core/rules.ts'
import { derivedId } from './crypto/tokens.ts'
import type { Counters } from './store/store.ts'

const DAY = 24 * HOUR

/** Everything that is counted, and how long a count lives. Seconds. */
const windows = {
  'password.browser': DAY,
  'password.browser.pause': DAY,
  'password.here': DAY,
  'password.here.pause': DAY,
  'password.account': HOUR,
  'password.network': HOUR,
  'password-link.network': HOUR,
  'password-link.browser': HOUR,
  /** As long as a form may be sent. */
  'password-link.form': 4 * HOUR,
  'mail.actor': HOUR,
} as const
export type LimitName = keyof typeof windows

/** What metrics and logs hear of: a wrong password, or what stopped an attempt before it was looked at. */
export type LimitEvent =
  | 'password.wrong'
  | 'password.browser'
  | 'password.here'
  | 'password.account'
  | 'password.network'
  | 'password-link.network'
  | 'password-link.browser'
  | 'mail.actor'

export interface Limiter {
  /** What is counted; null: nothing. */
  read(name: LimitName, ...key: string[]): Promise<Counted | null>
  /** Counts one more and returns how many there are. */
  count(name: LimitName, ...key: string[]): Promise<Counted>
  /** Counts one for so many seconds, in place of what was counted. */
  pause(name: LimitName, seconds: number, ...key: string[]): Promise<void>
  forget(name: LimitName, ...key: string[]): Promise<void>
}

/** @param key of the digests, 32 bytes */
export function createLimiter({ counters, key }: { readonly counters: Counters; readonly key: Uint8Array }): Limiter {
  const idOf = (name: LimitName, parts: readonly string[]): string =>
    `${name}:${derivedId(key, { for: 'limit', name, key: JSON.stringify(parts) })}`
  return {
    read: (name, ...parts) => counters.read(idOf(name, parts)),
    count: (name, ...parts) => counters.add(idOf(name, parts), 1, windows[name]),
    async pause(name, seconds, ...parts) {
      await counters.set(idOf(name, parts), 1, seconds)
    },
    async forget(name, ...parts) {
      await counters.delete(idOf(name, parts))
    },
  }
}

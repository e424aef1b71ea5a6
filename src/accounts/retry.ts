/** Back-off of failed emails and other effects: 5, 10, 20 seconds and so on up to a longest wait, with the same entry and so the same link. */
import type { Account } from '../core/account.ts'
import type { EffectOutcome, EndedClient, OutboxEntry } from '../core/effect.ts'
import { MailDeferred, MailRefused, RekeyError } from '../errors.ts'

export type Handler<E extends OutboxEntry> = (
  account: Account,
  entry: E,
  now: number,
) => Promise<EffectOutcome['result']>

/** Attempts at a back-channel logout before its session row is deleted. */
export const LOGOUT_TRIES = 5
/** Attempts at a notice before it fails; an email with a link is retried until the link expires. */
export const NOTICE_TRIES = 20
/** Wait before the second attempt. Each later wait is twice as long. Seconds. */
const FIRST_WAIT_SECONDS = 5
/** Longest wait between two attempts. Seconds. */
const LONGEST_WAIT_SECONDS = 600
/** The same for a new password: until it is stored, neither the old one nor the new one works. Seconds. */
export const LONGEST_LOCK_OUT_SECONDS = 10

/** Part of the work is done, the rest is tried again; the message is the reason. */
export class Incomplete extends Error {
  readonly clients: readonly EndedClient[]
  constructor(message: string, clients: readonly EndedClient[]) {
    super(message)
    this.clients = clients
  }
}

/** Fails for good; the message is the reason shown to administrators. */
export class Permanent extends Error {}

/** Runs the work once; an error leads to a later attempt, or to a failure if `isFinal` says so. */
export type Retry = <E extends OutboxEntry>(
  work: (account: Account, entry: E, now: number) => Promise<readonly EndedClient[] | void>,
  options?: {
    readonly isFinal?: (error: unknown, entry: E) => boolean
    /** Longest wait between two attempts. Seconds. */
    readonly longest?: number
  },
) => Handler<E>

export const retrying =
  (onError: (error: unknown, doing: string) => void): Retry =>
  (work, { isFinal = () => false, longest = LONGEST_WAIT_SECONDS } = {}) =>
  async (account, entry, now) => {
    try {
      const clients = await work(account, entry, now)
      return { is: 'done', ...(clients ? { clients } : {}) }
    } catch (error) {
      if (error instanceof Permanent) return { is: 'failed', error: error.message }
      if (isFinal(error, entry)) return { is: 'failed', error: reasonOf(error) }
      onError(error, `dispatching ${entry.is}`)
      const more = error instanceof Incomplete ? { clients: error.clients } : {}
      return { is: 'again', at: now + waitSeconds(entry.tries, longest), error: reasonOf(error), ...more }
    }
  }

/** Seconds to the next attempt. @param tries attempts that failed before this one */
const waitSeconds = (tries: number, longest: number): number => Math.min(FIRST_WAIT_SECONDS * 2 ** tries, longest)

/** Records keep it. Characters. */
const LONGEST_REASON = 160

/** One short line without addresses or content, safe to show to an administrator. */
function reasonOf(error: unknown): string {
  if (error instanceof MailRefused || error instanceof MailDeferred)
    return (error.reason ?? error.name).slice(0, LONGEST_REASON)
  if (error instanceof Error && 'responseCode' in error) return `mail server answered ${String(error.responseCode)}`
  if (error instanceof RekeyError) return error.name
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}

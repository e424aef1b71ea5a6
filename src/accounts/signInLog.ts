/**
 * Audit lines about sign-ins. They are written after the answer, many at a time, so that no sign-in waits for them: a crash loses at most
 * the lines of one interval. They never touch an account record or its outbox: a stranger's wrong passwords must not fill those.
 */
import type { AuditType } from '../core/effect.ts'
import type { Caller } from '../core/command.ts'
import { derivedId } from '../crypto/tokens.ts'
import type { AuditEvent, AuditLog, Clock, Directory } from '../ports.ts'

export type SignInEvent = {
  /** The application the person was to be signed in at; null: none is known. */
  readonly clientId: string | null
  readonly caller: Omit<Caller, 'actor'>
} & (
  | {
      readonly type: 'sign_in.done'
      readonly accountId: string
      readonly sessionId: string
      /** The same for every report of one sign-in, and of no other. */
      readonly signInId: string
      readonly method: SignInMethod
      readonly acr: string | null
    }
  /** The password was right, and still the person was not let in. */
  | {
      readonly type: 'sign_in.refused'
      readonly accountId: string
      readonly signInId: string
      readonly reason: string
    }
  /** At most one line per burst. What was typed as the email of an unknown person is never kept. */
  | { readonly type: 'password.refused'; readonly of: { readonly accountId: string } | { readonly email: string } }
  | {
      readonly type: 'signed_out'
      readonly accountId: string
      readonly sessionId: string
      readonly reason: string | null
    }
)

export type SignInMethod = 'password' | 'otp' | 'backup_code'
/** One of the types above, as the audit knows it. */
type SignInType = Extract<SignInEvent['type'], AuditType>

export interface SignInLog {
  /** Notes what happened and returns at once; the line is written within `EVERY_MS`. */
  record(event: SignInEvent): void
  /** Writes what waits, once. What cannot be written now is tried again later. */
  flush(): Promise<void>
}

export interface SignInLogOptions {
  readonly audit: Pick<AuditLog, 'append'>
  /** Finds the account that a wrong password was aimed at. Without `findByEmail` such a line names no account. */
  readonly directory: Pick<Directory, 'findByEmail'>
  readonly clock: Clock
  /** Key of the ids: two processes that see the same burst write one line. At least 128 bits. */
  readonly idKey: Uint8Array
  /** Lines that are given up, because too many wait. */
  readonly onDropped: (count: number) => void
  readonly onError: (error: unknown, doing: string) => void
}

/** How long a line waits for others. Milliseconds; what a crash may lose. */
const EVERY_MS = 1000
/** Longest pause between two tries while the store does not answer. Milliseconds. */
const LONGEST_PAUSE_MS = 30_000
/** Lines written at once. Count; one round trip of a remote store, one commit of the embedded one. */
const BATCH = 200
/** Lines that may wait, about 500 bytes each. Count. */
const MOST_WAITING = 10_000
/** The same for wrong passwords, which anybody can cause: they must not push out sign-ins. Count. */
const MOST_REFUSED_WAITING = 2000
/** Wrong passwords for one account from one network within such a span are one burst. Seconds. */
const BURST_SECONDS = 900
/** Ids remembered so that nothing is written twice; the log itself refuses an id it has. Count. */
const MOST_REMEMBERED = 10_000

interface Waiting {
  readonly at: number
  readonly event: SignInEvent
}

export function createSignInLog(options: SignInLogOptions): SignInLog {
  const { audit, directory, clock, idKey, onDropped, onError } = options
  const waiting = new Map<string, Waiting>()
  /** Names of what was noted before, the newest last. */
  const known = new Set<string>()
  let refusedWaiting = 0
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  /** True for the first one of this name, as far as this process remembers. */
  function isNew(name: string): boolean {
    if (known.has(name)) return false
    known.add(name)
    if (known.size > MOST_REMEMBERED) for (const oldest of known) if (known.delete(oldest)) break
    return true
  }

  function remove(name: string): void {
    if (waiting.get(name)?.event.type === 'password.refused') refusedWaiting -= 1
    waiting.delete(name)
  }

  async function accountOf(event: SignInEvent): Promise<string | null> {
    if (event.type !== 'password.refused') return event.accountId
    if ('accountId' in event.of) return event.of.accountId
    return (await directory.findByEmail?.(event.of.email))?.id ?? null
  }

  async function write({ at, event }: Waiting, accountId: string | null): Promise<void> {
    const id = derivedId(idKey, {
      for: 'sign-in-line',
      type: event.type,
      what: JSON.stringify(identityOf(event, accountId, at)),
    })
    // Two spellings of one address, or two unknown ones of one network, are the same burst.
    if (!isNew(id)) return
    try {
      await audit.append(lineOf(event, { id, at, accountId }))
    } catch (error) {
      known.delete(id)
      throw error
    }
  }

  /** Everything that waits, once; what fails goes on waiting, and an outage ends the round. */
  async function writeAll(): Promise<void> {
    const all = [...waiting]
    let failed = false
    for (let next = 0; next < all.length; next += BATCH) {
      const batch = all.slice(next, next + BATCH)
      // Looked up first, so that the lines of one second are appended in the order of what happened.
      const accounts = batch.map(([, { event }]) => accountOf(event))
      await Promise.allSettled(accounts)
      const results = await Promise.allSettled(
        batch.map(async ([, item], n) => write(item, (await accounts[n]) ?? null)),
      )
      for (const [n, [name]] of batch.entries()) if (results[n]?.status === 'fulfilled') remove(name)
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
      if (reasons.length === 0) continue
      onError(reasons[0], 'writing audit lines of sign-ins')
      failed = true
      if (reasons.length === batch.length) break
    }
    failures = failed ? failures + 1 : 0
  }

  function start(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    running ??= writeAll().finally(() => {
      running = undefined
      if (waiting.size > 0) later()
    })
    return running
  }

  function later(): void {
    timer ??= setTimeout(() => void start(), Math.min(EVERY_MS * 2 ** failures, LONGEST_PAUSE_MS)).unref()
  }

  return {
    record(event) {
      const at = clock.now()
      const name = derivedId(idKey, { for: 'sign-in-event', type: event.type, what: JSON.stringify(nameOf(event, at)) })
      if (!isNew(name)) return
      const isRefused = event.type === 'password.refused'
      if (waiting.size >= MOST_WAITING || (isRefused && refusedWaiting >= MOST_REFUSED_WAITING)) return onDropped(1)
      waiting.set(name, { at, event })
      if (isRefused) refusedWaiting += 1
      if (!running) later()
    },
    async flush() {
      await running
      if (waiting.size > 0) await start()
    },
  }
}

const burstOf = (at: number): string => String(Math.floor(at / BURST_SECONDS))

/** Tells two events apart before the account is looked up. */
const nameOf = (event: SignInEvent, at: number): string[] =>
  event.type === 'password.refused'
    ? [...Object.entries(event.of).flat(), event.caller.address ?? '', burstOf(at)]
    : identityOf(event, event.accountId, at)

/** What makes an event the one it is: the id is derived from it, so writing it twice leaves one line. */
function identityOf(event: SignInEvent, accountId: string | null, at: number): string[] {
  switch (event.type) {
    case 'sign_in.done':
      return [event.accountId, event.signInId]
    case 'sign_in.refused':
      return [event.accountId, event.signInId, event.reason]
    case 'signed_out':
      return [event.accountId, event.sessionId]
    case 'password.refused':
      return [accountId === null ? '' : `account ${accountId}`, event.caller.address ?? '', burstOf(at)]
  }
}

function lineOf(
  event: SignInEvent,
  { id, at, accountId }: { readonly id: string; readonly at: number; readonly accountId: string | null },
): AuditEvent {
  const { requestId, address, device } = event.caller
  const type: SignInType = event.type
  return {
    id,
    at,
    type,
    // A wrong password proves nothing of who typed it.
    actor: type === 'password.refused' ? null : accountId,
    target: accountId,
    outcome: type.endsWith('.refused') ? 'refused' : 'done',
    reason: 'reason' in event ? event.reason : null,
    requestId,
    address,
    ...(device && { device }),
    ...(event.clientId !== null && { client: event.clientId }),
    ...('sessionId' in event && { session: event.sessionId }),
    ...(event.type === 'sign_in.done' && { method: event.method }),
    ...(event.type === 'sign_in.done' && event.acr !== null && { acr: event.acr }),
  }
}

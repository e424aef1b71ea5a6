/**
 * Audit lines about sign-ins, written in batches after the answer. A crash loses at most the lines of one interval. They are not in an
 * account record or its outbox, which an attacker's wrong passwords must not fill.
 */
import type { AuditType } from '../core/effect.ts'
import type { SignInEvent } from '../core/signInEvent.ts'
import { derivedId } from '../crypto/tokens.ts'
import type { AuditEvent, AuditLog, Clock, Directory } from '../ports.ts'
import { outsideRequest } from '../store/requestDeadline.ts'

type SignInType = Extract<SignInEvent['type'], AuditType>

export interface SignInLog {
  /** Queues the event; its line is written within `EVERY_MS`. */
  record(event: SignInEvent): void
  /** Writes the queue once. A line that cannot be written is tried again later. */
  flush(): Promise<void>
}

export interface SignInLogOptions {
  readonly audit: Pick<AuditLog, 'append'>
  /** Finds the account of a wrong password. Without `findByEmail` its line names no account. */
  readonly directory: Pick<Directory, 'findByEmail'>
  readonly clock: Clock
  /** Keys the ids, so that two processes write one line for the same burst. At least 128 bits. */
  readonly idKey: Uint8Array
  /** The number of lines that were dropped because the queue was full. */
  readonly onDropped: (count: number) => void
  readonly onError: (error: unknown, doing: string) => void
}

/** How long a line waits for others. Milliseconds: a crash loses as much. */
const EVERY_MS = 1000
/** Longest pause between two attempts during an outage of the store. Milliseconds. */
const LONGEST_PAUSE_MS = 30_000
/** Lines written at once. Count; one round trip of a remote store, one commit of the embedded one. */
const BATCH = 200
/** Lines that may wait, about 500 bytes each. Count. */
const MOST_WAITING = 10_000
/** The same for wrong passwords and links, which any client can cause: they must leave room for sign-ins. Count. */
const MOST_REFUSED_WAITING = 2000
/** Wrong passwords, or links, of one account from one network within such a span are one burst. Seconds. */
const BURST_SECONDS = 900
/** Ids remembered to avoid writes that the log would refuse as known. Count. */
const MOST_REMEMBERED = 10_000

interface Waiting {
  readonly at: number
  readonly event: SignInEvent
}

export function createSignInLog(options: SignInLogOptions): SignInLog {
  const { clock, idKey, onDropped, onError } = options
  const known = createMemory()
  const queue = createQueue()
  const { accountOf, write } = createWriter(options, known)
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  /** Writes the queue once. A line that fails stays in the queue; an outage ends the round. */
  async function writeAll(): Promise<void> {
    const all = queue.all()
    let failed = false
    for (let next = 0; next < all.length; next += BATCH) {
      const batch = all.slice(next, next + BATCH)
      // Looked up first, so that the lines of one second are appended in the order of their events.
      const accounts = batch.map(([, { event }]) => accountOf(event))
      await Promise.allSettled(accounts)
      const results = await Promise.allSettled(
        batch.map(async ([name, item], n) => write(name, item, (await accounts[n]) ?? null)),
      )
      for (const [n, [name]] of batch.entries()) if (results[n]?.status === 'fulfilled') queue.remove(name)
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
      if (queue.size() > 0) later()
    })
    return running
  }

  function later(): void {
    const ms = Math.min(EVERY_MS * 2 ** failures, LONGEST_PAUSE_MS)
    timer ??= outsideRequest(() => setTimeout(() => void start(), ms).unref())
  }

  return {
    record(event) {
      const at = clock.now()
      const name = nameOf(idKey, event, at)
      if (!known.isNew(name)) return
      if (!queue.add(name, { at, event })) return onDropped(1)
      if (!running) later()
    },
    async flush() {
      await running
      if (queue.size() > 0) await start()
    },
  }
}

type Memory = ReturnType<typeof createMemory>

/** The names of events that this process has seen, the newest last. */
function createMemory() {
  const known = new Set<string>()
  return {
    isNew(name: string): boolean {
      if (known.has(name)) return false
      known.add(name)
      if (known.size > MOST_REMEMBERED) for (const oldest of known) if (known.delete(oldest)) break
      return true
    },
    forget: (name: string) => known.delete(name),
  }
}

/** Lines that are not written yet. Those that any client can cause have a limit of their own. */
function createQueue() {
  const waiting = new Map<string, Waiting>()
  const isRefused = (item: Waiting | undefined): boolean => item !== undefined && isBurst(item.event)
  let refused = 0
  return {
    all: () => [...waiting],
    size: () => waiting.size,
    /** False if there is no room. */
    add(name: string, item: Waiting): boolean {
      if (waiting.size >= MOST_WAITING || (isRefused(item) && refused >= MOST_REFUSED_WAITING)) return false
      waiting.set(name, item)
      if (isRefused(item)) refused += 1
      return true
    },
    remove(name: string): void {
      if (isRefused(waiting.get(name))) refused -= 1
      waiting.delete(name)
    },
  }
}

const isBurst = ({ type }: SignInEvent): boolean => type === 'password.refused' || type === 'link.refused'

function createWriter({ audit, directory, idKey }: SignInLogOptions, known: Memory) {
  return {
    async accountOf(event: SignInEvent): Promise<string | null> {
      if (event.type !== 'password.refused') return event.accountId
      if ('accountId' in event.of) return event.of.accountId
      return (await directory.findByEmail?.(event.of.email))?.id ?? null
    },

    async write(name: string, { at, event }: Waiting, accountId: string | null): Promise<void> {
      if (event.type !== 'password.refused') return audit.append(lineOf(event, { id: name, at, accountId }))
      const id = lineIdOf(idKey, event, { accountId, at })
      // Two spellings of one address, or two unknown ones of one network, are the same burst.
      if (!known.isNew(id)) return
      try {
        await audit.append(lineOf(event, { id, at, accountId }))
      } catch (error) {
        known.forget(id)
        throw error
      }
    },
  }
}

const burstOf = (at: number): string => String(Math.floor(at / BURST_SECONDS))

/** Distinguishes events before the account is looked up; where the event names it, the id of the line. */
function nameOf(key: Uint8Array, event: SignInEvent, at: number): string {
  const { type } = event
  if (type !== 'password.refused') return lineIdOf(key, event, { accountId: event.accountId, at })
  const what = [...Object.entries(event.of).flat(), event.caller.address ?? '', burstOf(at), event.reason ?? '']
  return derivedId(key, { for: 'sign-in-event', type, what: JSON.stringify(what) })
}

const lineIdOf = (
  key: Uint8Array,
  event: SignInEvent,
  { accountId, at }: { readonly accountId: string | null; readonly at: number },
): string => {
  const what = JSON.stringify(identityOf(event, accountId, at))
  return derivedId(key, { for: 'sign-in-line', type: event.type, what })
}

/** The id of a line is derived from this, so that an event is written once. */
function identityOf(event: SignInEvent, accountId: string | null, at: number): string[] {
  switch (event.type) {
    case 'sign_in.done':
      return [event.accountId, event.signInId]
    case 'sign_in.refused':
      return [event.accountId, event.signInId, event.reason]
    case 'refresh.refused':
      return [event.accountId, event.tokenId, event.reason]
    case 'signed_out':
      return [event.accountId, event.sessionId]
    case 'password.refused':
    case 'link.refused': {
      const whose = accountId === null ? '' : `account ${accountId}`
      return [whose, event.caller.address ?? '', burstOf(at), ...(event.reason === null ? [] : [event.reason])]
    }
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
    // Neither a wrong password, a dead link nor a used token identifies the person who sent it.
    actor: isBurst(event) || type === 'refresh.refused' ? null : accountId,
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

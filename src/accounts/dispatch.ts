/**
 * Dispatches the outbox of a record. Local effects (audit, directory) are recorded in one swap; external ones (mail, logout) run
 * separately, so that a slow mail server or relying party delays no other effect.
 */
import type { Account } from '../core/account.ts'
import type { EffectOutcome, OutboxEntry } from '../core/effect.ts'
import type { Clock, Mailer } from '../ports.ts'
import { StoreUnavailable } from '../errors.ts'
import type { Effects } from './effects.ts'
import type { Reader } from './reader.ts'

/** The longest single attempt, unless the mailer takes longer. Seconds. */
const LONGEST_ATTEMPT_SECONDS = 15
/** For writing the outcome. Seconds. */
const SPARE_SECONDS = 5

/**
 * How long the process that swapped a record dispatches its outbox alone, before a worker of another process may. Seconds; longer than
 * the longest single attempt (a mail server that hangs), so that no email is sent twice.
 */
export const leaseFor = ({ longestSeconds = 0 }: Pick<Mailer, 'longestSeconds'>): number =>
  Math.ceil(Math.max(longestSeconds, LONGEST_ATTEMPT_SECONDS)) + SPARE_SECONDS

export interface Dispatch {
  /** Dispatches what is due and waits for it, external effects included. */
  dispatch(id: string): Promise<void>
  /** The same without waiting. */
  dispatchSoon(id: string): void
  /** Dispatches the local effects that are due; the caller records the outcomes. */
  dispatchLocal(account: Account, now: number): Promise<EffectOutcome[]>
  /** Dispatches every entry of this kind, due or not; throws `StoreUnavailable` if one fails. */
  flush(id: string, kind: OutboxEntry['is']): Promise<void>
  /** Resolves when no effect of this process is in flight. */
  idle(): Promise<void>
}

export interface DispatchOptions {
  readonly reader: Reader
  readonly clock: Clock
  readonly effects: () => Effects
  readonly record: (id: string, results: readonly EffectOutcome[]) => Promise<unknown>
  /** An error that no caller waits for. */
  readonly onError: (error: unknown, doing: string) => void
}

export function createDispatch({ reader, clock, effects, record, onError }: DispatchOptions): Dispatch {
  const run = createRunner(effects, clock)
  const external = createInFlight()
  const rounds = createRounds(dispatchDue, (error) => onError(error, 'dispatching an outbox'))

  async function dispatchDue(id: string): Promise<void> {
    // Taken before the record is read: an effect that ends meanwhile is still in the record read here.
    const inFlight = external.idsOf(id)
    const found = await reader.read(id)
    if (!found) return
    const due = dueOf(found.account, clock.now()).filter((entry) => !inFlight.has(entry.id))
    for (const entry of due) if (!isLocal(entry)) dispatchExternal(found.account, entry)
    await dispatchAll(found.account, due.filter(isLocal))
  }

  function dispatchExternal(account: Account, entry: OutboxEntry): void {
    const done = dispatchAll(account, [entry]).catch((error: unknown) => onError(error, `dispatching ${entry.is}`))
    external.add(account.id, entry.id, done)
  }

  async function dispatchAll(account: Account, entries: readonly OutboxEntry[]): Promise<void> {
    const results = await Promise.all(entries.map((entry) => run(account, entry)))
    if (results.length > 0) await record(account.id, results)
  }

  return {
    async dispatch(id) {
      await rounds.run(id)
      await Promise.all(external.of(id))
    },
    dispatchSoon: rounds.runSoon,
    dispatchLocal: (account, now) =>
      Promise.all(
        dueOf(account, now)
          .filter(isLocal)
          .map((entry) => run(account, entry)),
      ),

    async flush(id, kind) {
      const found = await reader.readStored(id)
      const entries = found?.account.outbox.filter(({ is }) => is === kind) ?? []
      if (!found || entries.length === 0) return
      const results = await Promise.all(entries.map((entry) => run(found.account, entry)))
      if (results.some(({ result }) => result.is === 'again'))
        throw new StoreUnavailable('an effect of the change cannot be dispatched now')
      // A round under way records the outcome itself; until then the effect is repeated, with the same result.
      if (!rounds.isRunning(id)) await record(id, results)
    },

    async idle() {
      for (let all = [...rounds.all(), ...external.all()]; all.length > 0; all = [...rounds.all(), ...external.all()])
        await Promise.allSettled(all)
    },
  }
}

const dueOf = (account: Account, now: number): OutboxEntry[] => account.outbox.filter((entry) => entry.nextAt <= now)

/** Local effects are quick; the others wait for a mail server or a relying party. */
const isLocal = ({ is }: OutboxEntry): boolean => local[is]
const local: { readonly [K in OutboxEntry['is']]: boolean } = {
  audit: true,
  'tell-directory': true,
  'set-password': true,
  'verify-email': true,
  'remove-person': true,
  'redact-audit': false,
  notice: false,
  purge: false,
  'reset-mail': false,
  'invitation-mail': false,
  'password-mail': false,
}

/** Runs an entry once at a time: a second caller waits for the first run. */
function createRunner(effects: () => Effects, clock: Clock) {
  const running = new Map<string, Promise<EffectOutcome>>()
  return (account: Account, entry: OutboxEntry): Promise<EffectOutcome> => {
    const key = `${account.id}.${entry.id}`
    const handler = effects()[entry.is] as (
      account: Account,
      entry: OutboxEntry,
      now: number,
    ) => Promise<EffectOutcome['result']>
    const run =
      running.get(key) ??
      handler(account, entry, clock.now())
        .then((result) => ({ id: entry.id, result }))
        .finally(() => running.delete(key))
    running.set(key, run)
    return run
  }
}

/** External effects in flight, by account and outbox id. A round leaves them out, so that no email is sent twice. */
function createInFlight() {
  const byAccount = new Map<string, Map<string, Promise<void>>>()
  const of = (id: string): Promise<void>[] => [...(byAccount.get(id)?.values() ?? [])]
  return {
    idsOf: (id: string): ReadonlySet<string> => new Set(byAccount.get(id)?.keys()),
    of,
    all: () => [...byAccount.keys()].flatMap(of),
    add(id: string, entryId: string, done: Promise<void>): void {
      const entries = byAccount.get(id) ?? new Map<string, Promise<void>>()
      byAccount.set(id, entries)
      const removed = done.finally(() => {
        entries.delete(entryId)
        if (entries.size === 0) byAccount.delete(id)
      })
      entries.set(entryId, removed)
    },
  }
}

/** One round per account at a time; a request during a round starts another one after it. */
function createRounds(round: (id: string) => Promise<void>, onError: (error: unknown) => void) {
  const running = new Map<string, Promise<void>>()
  const onceMore = new Set<string>()
  function run(id: string): Promise<void> {
    const current = running.get(id)
    if (current) {
      onceMore.add(id)
      return current
    }
    const mine = round(id).finally(() => {
      running.delete(id)
      if (onceMore.delete(id)) runSoon(id)
    })
    running.set(id, mine)
    return mine
  }
  function runSoon(id: string): void {
    if (running.has(id)) onceMore.add(id)
    else run(id).catch(onError)
  }
  return { run, runSoon, isRunning: (id: string) => running.has(id), all: () => [...running.values()] }
}

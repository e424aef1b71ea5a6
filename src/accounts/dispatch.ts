/**
 * Dispatches the outbox of a record. The effects that are due run at the same time, and the outcomes are recorded in one swap. An external
 * effect (mail, logout) that takes longer is recorded separately, so that a slow mail server or relying party delays no other effect.
 */
import type { Account } from '../core/account.ts'
import type { EffectOutcome, OutboxEntry } from '../core/effect.ts'
import { outcomeLines } from '../core/outbox.ts'
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
  /** The same without waiting. `saved`: the record as it was saved just now. */
  dispatchSoon(id: string, saved: Account): void
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
  /** `read`: the record as it was read last; null: it is to be read again. */
  readonly record: (account: Account, results: readonly EffectOutcome[], read: Account | null) => Promise<unknown>
  /** An error that no caller waits for. */
  readonly onError: (error: unknown, doing: string) => void
}

export function createDispatch({ reader, clock, effects, record, onError }: DispatchOptions): Dispatch {
  const run = createRunner(effects, clock)
  const runAudited = async (account: Account, entry: OutboxEntry): Promise<EffectOutcome> =>
    withLines(effects().audit, { account, entry, now: clock.now() }, await run(account, entry))
  const external = createInFlight()
  const rounds = createRounds(dispatchDue, (error) => onError(error, 'dispatching an outbox'))

  async function dispatchDue(id: string, saved?: Account): Promise<void> {
    // Taken before the record is read: an effect that ends meanwhile is still in the record read here.
    const inFlight = external.idsOf(id)
    const account = saved ?? (await reader.read(id))?.account
    if (!account) return
    const due = dueOf(account, clock.now()).filter((entry) => !inFlight.has(entry.id))
    const running = due.map((entry) => ({ entry, outcome: runAudited(account, entry) }))
    const { ended, late } = await endedTogether(running)
    for (const { entry, outcome } of late)
      external.add(
        account.id,
        entry.id,
        outcome
          .then(async (result) => void (await record(account, [result], null)))
          .catch((error: unknown) => onError(error, `dispatching ${entry.is}`)),
      )
    if (ended.length > 0) await record(account, ended, account)
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
      if (!rounds.isRunning(id)) await record(found.account, results, found.account)
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

/**
 * Writes the audit lines of an outcome now. Those that cannot be written soon are enqueued when it is recorded, under the same id: an email
 * is never sent again because of the audit log.
 */
async function withLines(
  audit: Effects['audit'],
  { account, entry, now }: { readonly account: Account; readonly entry: OutboxEntry; readonly now: number },
  outcome: EffectOutcome,
): Promise<EffectOutcome> {
  const lines = outcomeLines(entry, outcome.result)
  if (lines.length === 0) return outcome
  const writes = lines.map((line) => audit(account, { ...line, id: line.lineId, at: now, nextAt: now, tries: 0 }, now))
  const written = await soon(Promise.all(writes))
  return written?.every(({ is }) => is === 'done') ? { ...outcome, isAudited: true } : outcome
}

interface Running {
  readonly entry: OutboxEntry
  readonly outcome: Promise<EffectOutcome>
}

/** The outcomes of all local effects, and of the external ones that ended in time. An effect that throws stays in the outbox. */
async function endedTogether(running: readonly Running[]): Promise<{ ended: EffectOutcome[]; late: Running[] }> {
  const ended = new Map<Running, EffectOutcome>()
  const all = Promise.allSettled(running.map(async (each) => ended.set(each, await each.outcome)))
  const quick = running.filter(({ entry }) => isLocal(entry))
  await (quick.length < running.length ? soon(all) : all)
  await Promise.all(quick.map(({ outcome }) => outcome))
  return { ended: [...ended.values()], late: running.filter((each) => !ended.has(each)) }
}

/** How long outcomes wait for a mail server, a relying party or the audit log, to be recorded together. Milliseconds. */
const TOGETHER_MS = 500

/** null: it takes longer. */
async function soon<T>(work: Promise<T>): Promise<T | null> {
  const limit = Promise.withResolvers<null>()
  const timer = setTimeout(limit.resolve, TOGETHER_MS, null)
  try {
    return await Promise.race([work, limit.promise])
  } finally {
    clearTimeout(timer)
  }
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

/** One round per account at a time; a request during a round starts another one after it, which reads the record again. */
function createRounds(round: (id: string, saved?: Account) => Promise<void>, onError: (error: unknown) => void) {
  const running = new Map<string, Promise<void>>()
  const onceMore = new Set<string>()
  function run(id: string, saved?: Account): Promise<void> {
    const current = running.get(id)
    if (current) {
      onceMore.add(id)
      return current
    }
    const mine = round(id, saved).finally(() => {
      running.delete(id)
      if (onceMore.delete(id)) runSoon(id)
    })
    running.set(id, mine)
    return mine
  }
  function runSoon(id: string, saved?: Account): void {
    if (running.has(id)) onceMore.add(id)
    else run(id, saved).catch(onError)
  }
  return { run, runSoon, isRunning: (id: string) => running.has(id), all: () => [...running.values()] }
}

/**
 * THE CORRIDOR: the only way to change an account. Read the record, let `decide` judge, swap, settle what is owed; again when
 * somebody was quicker. No answer leaves before its record is saved, and nothing is defended by the order of writes.
 */
import { type Account, lostAccount, newAccount, readAccount } from '../core/account.ts'
import { decide } from '../core/decide.ts'
import { wakeAt } from '../core/outbox.ts'
import type { Rules } from '../core/rules.ts'
import type { Command } from '../core/command.ts'
import type { Event } from '../core/decision.ts'
import type { OutboxEntry, EffectOutcome } from '../core/effect.ts'
import type { Refusal } from '../core/refusal.ts'
import type { Effects } from './effects.ts'
import type { Clock, Directory } from '../ports.ts'
import { StoreUnavailable, UnknownAccount } from '../errors.ts'
import type { Records } from '../store/store.ts'

export type Outcome =
  | { readonly is: 'done' | 'repeated'; readonly event: Event; readonly account: Account }
  | { readonly is: 'refused'; readonly refusal: Refusal; readonly account: Account }

/** Computes the command from the record as it stands: facts, such as the step a code matches, depend on it. */
export type Ask = (account: Account) => Command

export interface Accounts {
  /** The record of an account, or what stands in for one; null: the directory knows nobody of this id. */
  get(id: string): Promise<Account | null>
  /** As `look`, and a newcomer's record is made: from now on a missing one is damage. */
  getOrCreate(id: string): Promise<Account | null>
  /** The stored record and nothing else: one read, null when there is none or it is damaged. */
  getStored(id: string): Promise<Account | null>
  execute(id: string, ask: Ask, options?: ExecuteOptions): Promise<Outcome>
  /** Settles what the record owes and is due; used by the worker for what a crash left. */
  dispatch(id: string): Promise<void>
  /** Pays what of this kind is owed, however long it was put off; throws `StoreUnavailable` when that cannot be done now. */
  flush(id: string, kind: OutboxEntry['is']): Promise<void>
  /** Resolves when nothing that was begun here is still being settled. */
  idle(): Promise<void>
}

export interface ExecuteOptions {
  /** Wait for the configured replicas. Default false. */
  readonly durable?: boolean
  /** The directory does not know the account yet: its record comes first. Default false. */
  readonly newcomer?: boolean
}

/** How long a lost race is run again before the caller is told to come back. Milliseconds. */
const RACE_DEADLINE_MS = 2000

/**
 * How long what a swap owes is left to the process that swapped it before a worker takes it for lost. Seconds; longer than the
 * longest single attempt to settle (a mail server that hangs), so that no letter is sent by two at once.
 */
export const LEASE_SECONDS = 20

export interface AccountsOptions {
  readonly records: Records
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Clock
  readonly rules: Rules
  readonly effects: () => Effects
  /** A failure nobody is waiting for. */
  readonly onError: (error: unknown, doing: string) => void
}

export function createAccounts({ records, directory, clock, rules, effects, onError }: AccountsOptions): Accounts {
  const queues = new Map<string, Promise<unknown>>()
  const dispatching = new Map<string, Promise<void>>()
  const onceMore = new Set<string>()
  /** What is being done of what is owed, by account and id. */
  const doing = new Map<string, Promise<EffectOutcome>>()
  /** What is on its way out of the house: per account, by the id of what is owed. */
  const out = new Map<string, Map<string, Promise<void>>>()

  type Found = { readonly account: Account; readonly version: number }

  async function readStored(id: string): Promise<Found | null> {
    const stored = await records.read(id)
    if (!stored) return null
    const reading = readAccount(id, stored.text)
    if (reading.is === 'newer') throw new StoreUnavailable(`record of a newer format (${reading.format})`)
    return { account: reading.is === 'account' ? reading.account : lostAccount(id), version: stored.version }
  }

  async function read(id: string, newcomer = false): Promise<Found | null> {
    const stored = await readStored(id)
    if (stored && stored.account.factor.is !== 'none') return stored
    const person = await directory.find(id)
    if (!person && !newcomer) return stored
    if (!person?.secondFactorSince) return stored ?? { account: newAccount(id, clock.now()), version: 0 }
    // "Never enrolled" only when the directory says so too: anything else is damage, or a backup from before that was put back.
    const again = await readStored(id)
    const isThere = again !== null && again.account.factor.is !== 'none'
    return isThere ? again : { account: lostAccount(id), version: again?.version ?? 0 }
  }

  async function getOrCreate(id: string): Promise<Account | null> {
    const found = await read(id)
    if (!found || found.version > 0 || found.account.factor.is === 'lost') return found?.account ?? null
    if (await records.swap(id, JSON.stringify(found.account), 0)) return found.account
    return (await read(id))?.account ?? null
  }

  async function attempt(
    id: string,
    ask: Ask,
    { durable = false, newcomer = false }: ExecuteOptions,
  ): Promise<Outcome> {
    const started = performance.now()
    const isLate = (): boolean => performance.now() - started > RACE_DEADLINE_MS
    for (;;) {
      const found = await read(id, newcomer)
      if (!found) throw new UnknownAccount(id)
      const { account, version } = found
      const now = clock.now()
      const decision = decide(account, ask(account), now, rules)
      const isFull = decision.is === 'refused' && decision.refusal.is === 'outbox-full'
      if (isFull && !isLate() && (await relieve(account, now))) continue
      // Written again as it is: the first time may have failed for want of replicas, and their word is what is promised.
      const kept = durable ? account : undefined
      const next = decision.is === 'repeated' ? kept : decision.account
      if (!next) return outcomeOf(decision, account)
      const wake = wakeAt(next)
      const options = { durable, wakeAt: wake === null ? null : Math.max(wake, now + LEASE_SECONDS) }
      if (await records.swap(id, JSON.stringify(next), version, options)) {
        if (next.outbox.some((entry) => entry.nextAt <= now)) dispatchSoon(id)
        return outcomeOf(decision, next)
      }
      if (isLate()) throw new StoreUnavailable('too many others at this account')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
    }
  }

  /**
   * Writes the lines of a full outbox away, past the queue, for who stands at its head. Refusals owe such lines: whoever repeats a
   * used code faster than they are written would keep everybody else from this account, and a reset from a captured one. True when
   * there is room again, unless another process was quicker to fill it.
   */
  async function relieve(account: Account, now: number): Promise<boolean> {
    const here = dueOf(account, now).filter(isLocal)
    const results = await Promise.all(here.map((entry) => dispatchOne(account, entry)))
    if (results.length > 0) await attempt(account.id, () => ({ is: 'record-effects', results }), {})
    return results.some(({ result }) => result.is === 'done')
  }

  /** One at a time per account in this process: races are for other processes. */
  function execute(id: string, ask: Ask, options: ExecuteOptions = {}): Promise<Outcome> {
    const before = queues.get(id) ?? Promise.resolve()
    const mine = before.catch(() => undefined).then(() => attempt(id, ask, options))
    queues.set(id, mine)
    const leave = (): void => {
      if (queues.get(id) === mine) queues.delete(id)
    }
    mine.then(leave, leave)
    return mine
  }

  /**
   * One look at what is owed at a time per account in this process. A slow mail server or relying party is waited for by nobody: what
   * is on its way there is left out of the next look, the worker's too, so that no letter is sent a second time meanwhile.
   */
  function dispatchHere(id: string): Promise<void> {
    const running = dispatching.get(id)
    if (running) {
      onceMore.add(id)
      return running
    }
    const run = takeUp(id).finally(() => {
      dispatching.delete(id)
      if (onceMore.delete(id)) dispatchSoon(id)
    })
    dispatching.set(id, run)
    return run
  }
  function dispatchSoon(id: string): void {
    if (dispatching.has(id)) return void onceMore.add(id)
    dispatchHere(id).catch((error: unknown) => onError(error, 'settling what an account owes'))
  }

  async function takeUp(id: string): Promise<void> {
    // Before the record is read: what comes back meanwhile has changed it, and this look may not see that.
    const isOut = new Set(out.get(id)?.keys())
    const found = await read(id)
    if (!found) return
    const { account } = found
    const due = dueOf(account, clock.now()).filter((entry) => !isOut.has(entry.id))
    for (const entry of due) if (!isLocal(entry)) sendOut(account, entry)
    // What stays in the house is quick and saved in one swap.
    await dispatchAll(account, due.filter(isLocal))
  }

  function sendOut(account: Account, entry: OutboxEntry): void {
    const mine = out.get(account.id) ?? new Map<string, Promise<void>>()
    out.set(account.id, mine)
    const trip = dispatchAll(account, [entry])
      .catch((error: unknown) => onError(error, `settling ${entry.is}`))
      .finally(() => {
        mine.delete(entry.id)
        if (mine.size === 0) out.delete(account.id)
      })
    mine.set(entry.id, trip)
  }

  async function dispatchAll(account: Account, all: readonly OutboxEntry[]): Promise<void> {
    const results = await Promise.all(all.map((entry) => dispatchOne(account, entry)))
    if (results.length > 0) await execute(account.id, () => ({ is: 'record-effects', results }))
  }

  /** Whoever comes while the same is being done waits for that. */
  function dispatchOne(account: Account, entry: OutboxEntry): Promise<EffectOutcome> {
    const key = `${account.id}.${entry.id}`
    const handler = effects()[entry.is] as (
      account: Account,
      entry: OutboxEntry,
      now: number,
    ) => Promise<EffectOutcome['result']>
    const run =
      doing.get(key) ??
      handler(account, entry, clock.now())
        .then((result) => ({ id: entry.id, result }))
        .finally(() => doing.delete(key))
    doing.set(key, run)
    return run
  }

  async function flush(id: string, kind: OutboxEntry['is']): Promise<void> {
    const found = await readStored(id)
    const entries = found?.account.outbox.filter(({ is }) => is === kind) ?? []
    if (!found || entries.length === 0) return
    const results = await Promise.all(entries.map((entry) => dispatchOne(found.account, entry)))
    if (results.some(({ result }) => result.is === 'again'))
      throw new StoreUnavailable('what a change owes cannot be settled now')
    // Whoever is settling here writes it down; until somebody has, it is done again, to the same end.
    if (!dispatching.has(id)) await execute(id, () => ({ is: 'record-effects', results }))
  }

  return {
    get: async (id) => (await read(id))?.account ?? null,
    getOrCreate,
    getStored: async (id) => {
      const found = await readStored(id)
      return found && found.account.factor.is !== 'lost' ? found.account : null
    },
    execute,
    flush,
    dispatch: async (id) => {
      await dispatchHere(id)
      const trips = out.get(id)
      if (trips) await Promise.all(trips.values())
    },
    idle: async () => {
      while (dispatching.size + out.size > 0)
        await Promise.allSettled([
          ...dispatching.values(),
          ...[...out.values()].flatMap((trips) => [...trips.values()]),
        ])
    },
  }
}

const dueOf = (account: Account, now: number): OutboxEntry[] => account.outbox.filter((entry) => entry.nextAt <= now)

const isLocal = (entry: OutboxEntry): boolean =>
  entry.is === 'audit' || entry.is === 'tell-directory' || entry.is === 'set-password' || entry.is === 'verify-email'

function outcomeOf(decision: ReturnType<typeof decide>, account: Account): Outcome {
  return decision.is === 'refused'
    ? { is: 'refused', refusal: decision.refusal, account }
    : { is: decision.is, event: decision.event, account }
}

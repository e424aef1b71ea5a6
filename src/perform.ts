/**
 * THE CORRIDOR: the only way to change an account. Read the record, let `decide` judge, swap, settle what is owed; again when
 * somebody was quicker. No answer leaves before its record is saved, and nothing is defended by the order of writes.
 */
import { type Account, lostAccount, newAccount, readAccount } from './core/account.ts'
import { decide } from './core/decide.ts'
import { wakeAt } from './core/outbox.ts'
import type { Rules } from './core/rules.ts'
import type { Command, Event, Owed, Refusal, Settled } from './core/vocabulary.ts'
import type { Effects } from './effects.ts'
import type { Clock, Directory } from './ports.ts'
import { type Records, StoreUnavailable } from './store/store.ts'

export type Outcome =
  | { readonly is: 'done' | 'repeated'; readonly event: Event; readonly account: Account }
  | { readonly is: 'refused'; readonly refusal: Refusal; readonly account: Account }

/** Computes the command from the record as it stands: facts, such as the step a code matches, depend on it. */
export type Ask = (account: Account) => Command

export interface Corridor {
  /** The record of an account, or what stands in for one; null: the directory knows nobody of this id. */
  look(id: string): Promise<Account | null>
  /** As `look`, and a newcomer's record is made: from now on a missing one is damage. */
  meet(id: string): Promise<Account | null>
  /** The stored record and nothing else: one read, null when there is none or it is damaged. */
  recall(id: string): Promise<Account | null>
  perform(id: string, ask: Ask, options?: PerformOptions): Promise<Outcome>
  /** Settles what the record owes and is due; used by the worker for what a crash left. */
  settle(id: string): Promise<void>
  /** Pays what of this kind is owed, however long it was put off; throws `StoreUnavailable` when that cannot be done now. */
  paid(id: string, kind: Owed['is']): Promise<void>
  /** Resolves when nothing that was begun here is still being settled. */
  quiet(): Promise<void>
}

export interface PerformOptions {
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

export interface CorridorOptions {
  readonly records: Records
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Clock
  readonly rules: Rules
  readonly effects: () => Effects
  /** A failure nobody is waiting for. */
  readonly onError: (error: unknown, doing: string) => void
}

export function createCorridor({ records, directory, clock, rules, effects, onError }: CorridorOptions): Corridor {
  const queues = new Map<string, Promise<unknown>>()
  const settling = new Map<string, Promise<void>>()
  const onceMore = new Set<string>()
  /** What is being done of what is owed, by account and id. */
  const doing = new Map<string, Promise<Settled>>()
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

  async function meet(id: string): Promise<Account | null> {
    const found = await read(id)
    if (!found || found.version > 0 || found.account.factor.is === 'lost') return found?.account ?? null
    if (await records.swap(id, JSON.stringify(found.account), 0)) return found.account
    return (await read(id))?.account ?? null
  }

  async function attempt(
    id: string,
    ask: Ask,
    { durable = false, newcomer = false }: PerformOptions,
  ): Promise<Outcome> {
    const started = performance.now()
    const isLate = (): boolean => performance.now() - started > RACE_DEADLINE_MS
    for (;;) {
      const found = await read(id, newcomer)
      if (!found) throw new UnknownAccount(id)
      const { account, version } = found
      const now = clock.now()
      const decision = decide(account, ask(account), now, rules)
      const isFull = decision.is === 'refused' && decision.refusal.is === 'too-much-owed'
      if (isFull && !isLate() && (await relieve(account, now))) continue
      // Written again as it is: the first time may have failed for want of replicas, and their word is what is promised.
      const kept = durable ? account : undefined
      const next = decision.is === 'repeated' ? kept : decision.account
      if (!next) return outcomeOf(decision, account)
      const wake = wakeAt(next)
      const options = { durable, wakeAt: wake === null ? null : Math.max(wake, now + LEASE_SECONDS) }
      if (await records.swap(id, JSON.stringify(next), version, options)) {
        if (next.owed.some((owed) => owed.nextAt <= now)) settleSoon(id)
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
    const here = dueOf(account, now).filter(staysHere)
    const results = await Promise.all(here.map((owed) => settleOne(account, owed)))
    if (results.length > 0) await attempt(account.id, () => ({ is: 'settle', results }), {})
    return results.some(({ result }) => result.is === 'done')
  }

  /** One at a time per account in this process: races are for other processes. */
  function perform(id: string, ask: Ask, options: PerformOptions = {}): Promise<Outcome> {
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
  function settleHere(id: string): Promise<void> {
    const running = settling.get(id)
    if (running) {
      onceMore.add(id)
      return running
    }
    const run = takeUp(id).finally(() => {
      settling.delete(id)
      if (onceMore.delete(id)) settleSoon(id)
    })
    settling.set(id, run)
    return run
  }
  function settleSoon(id: string): void {
    if (settling.has(id)) return void onceMore.add(id)
    settleHere(id).catch((error: unknown) => onError(error, 'settling what an account owes'))
  }

  async function takeUp(id: string): Promise<void> {
    // Before the record is read: what comes back meanwhile has changed it, and this look may not see that.
    const isOut = new Set(out.get(id)?.keys())
    const found = await read(id)
    if (!found) return
    const { account } = found
    const due = dueOf(account, clock.now()).filter((owed) => !isOut.has(owed.id))
    for (const owed of due) if (!staysHere(owed)) sendOut(account, owed)
    // What stays in the house is quick and saved in one swap.
    await settleAll(account, due.filter(staysHere))
  }

  function sendOut(account: Account, owed: Owed): void {
    const mine = out.get(account.id) ?? new Map<string, Promise<void>>()
    out.set(account.id, mine)
    const trip = settleAll(account, [owed])
      .catch((error: unknown) => onError(error, `settling ${owed.is}`))
      .finally(() => {
        mine.delete(owed.id)
        if (mine.size === 0) out.delete(account.id)
      })
    mine.set(owed.id, trip)
  }

  async function settleAll(account: Account, all: readonly Owed[]): Promise<void> {
    const results = await Promise.all(all.map((owed) => settleOne(account, owed)))
    if (results.length > 0) await perform(account.id, () => ({ is: 'settle', results }))
  }

  /** Whoever comes while the same is being done waits for that. */
  function settleOne(account: Account, owed: Owed): Promise<Settled> {
    const key = `${account.id}.${owed.id}`
    const effect = effects()[owed.is] as (account: Account, owed: Owed, now: number) => Promise<Settled['result']>
    const run =
      doing.get(key) ??
      effect(account, owed, clock.now())
        .then((result) => ({ id: owed.id, result }))
        .finally(() => doing.delete(key))
    doing.set(key, run)
    return run
  }

  async function paid(id: string, kind: Owed['is']): Promise<void> {
    const found = await readStored(id)
    const debts = found?.account.owed.filter(({ is }) => is === kind) ?? []
    if (!found || debts.length === 0) return
    const results = await Promise.all(debts.map((owed) => settleOne(found.account, owed)))
    if (results.some(({ result }) => result.is === 'again'))
      throw new StoreUnavailable('what a change owes cannot be settled now')
    // Whoever is settling here writes it down; until somebody has, it is done again, to the same end.
    if (!settling.has(id)) await perform(id, () => ({ is: 'settle', results }))
  }

  return {
    look: async (id) => (await read(id))?.account ?? null,
    meet,
    recall: async (id) => {
      const found = await readStored(id)
      return found && found.account.factor.is !== 'lost' ? found.account : null
    },
    perform,
    paid,
    settle: async (id) => {
      await settleHere(id)
      const trips = out.get(id)
      if (trips) await Promise.all(trips.values())
    },
    quiet: async () => {
      while (settling.size + out.size > 0)
        await Promise.allSettled([...settling.values(), ...[...out.values()].flatMap((trips) => [...trips.values()])])
    },
  }
}

const dueOf = (account: Account, now: number): Owed[] => account.owed.filter((owed) => owed.nextAt <= now)

const staysHere = (owed: Owed): boolean =>
  owed.is === 'audit' || owed.is === 'tell-directory' || owed.is === 'set-password' || owed.is === 'verify-email'

function outcomeOf(decision: ReturnType<typeof decide>, account: Account): Outcome {
  return decision.is === 'refused'
    ? { is: 'refused', refusal: decision.refusal, account }
    : { is: decision.is, event: decision.event, account }
}

/** Nobody of this id: the caller should have looked first. */
class UnknownAccount extends Error {
  override readonly name = 'UnknownAccount'
  constructor(id: string) {
    super(`no account ${JSON.stringify(id)}`)
  }
}

export { StoreUnavailable } from './store/store.ts'

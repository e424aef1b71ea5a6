/**
 * The only way to change an account: read the record, decide, swap, dispatch the effects; repeated after a lost race.
 * No answer leaves before its record is saved, and security never depends on the order of writes.
 */
import type { Account } from '../core/account.ts'
import type { Command } from '../core/command.ts'
import { decide } from '../core/decide.ts'
import type { Decision, Event } from '../core/decision.ts'
import type { OutboxEntry } from '../core/effect.ts'
import { wakeAt } from '../core/outbox.ts'
import { isDeleted } from '../core/questions.ts'
import type { Refusal } from '../core/refusal.ts'
import type { Rules } from '../core/rules.ts'
import { writeAccount } from '../core/storedAccount.ts'
import type { Directory } from '../ports.ts'
import { StoreUnavailable, UnknownAccount } from '../errors.ts'
import { mayWaitForStore, outsideRequest, waitForStore } from '../store/requestDeadline.ts'
import type { Records } from '../store/store.ts'
import { createDispatch, type DispatchOptions } from './dispatch.ts'
import { createQueue } from './queue.ts'
import { observeResets, type ResetObserver } from './observeResets.ts'
import { createReader, type Found, type Prefetched } from './reader.ts'
import { createWatch, type Watch } from './watch.ts'

export type { Prefetched } from './reader.ts'

export type Outcome =
  | { readonly is: 'done' | 'repeated'; readonly event: Event; readonly account: Account }
  | { readonly is: 'refused'; readonly refusal: Refusal; readonly account: Account }

/** Computes the command from the record that was read: facts, such as the step of a code, depend on it. */
export type Ask = (account: Account) => Command

export interface Accounts {
  /** See `leaseFor`. Seconds. */
  readonly lease: number
  /** The record of an account, or a substitute for a missing one; null: the directory knows no person of this id. */
  get(id: string): Promise<Account | null>
  /** As `get`, and creates the record of a new account: from then on a missing one is damage. null also for a deleted account. */
  getOrCreate(id: string, prefetched?: Prefetched): Promise<Account | null>
  /** The stored record in one read; null if there is none or it is damaged. */
  getStored(id: string, prefetched?: Prefetched | null): Promise<Account | null>
  /** As `getStored`, and where nothing is stored the record as it would be created; null: a missing record is damage here. */
  getCurrent(id: string): Promise<Account | null>
  /** Begins to read a record that a command of the same request will need. */
  prefetch(id: string): Prefetched
  execute(id: string, ask: Ask, options?: ExecuteOptions): Promise<Outcome>
  /** Dispatches the outbox entries that are due; the worker calls it after a crash. */
  dispatch(id: string): Promise<void>
  /** Dispatches the entries of this kind, due or not; throws `StoreUnavailable` if that fails now, or takes longer than the request may wait. */
  flush(id: string, kind: OutboxEntry['is']): Promise<void>
  /** Resolves when no effect of this process is in flight. */
  idle(): Promise<void>
  /** For requests that wait for a change. */
  readonly watch: Pick<Watch, 'wait' | 'end'>
}

export interface ExecuteOptions {
  /** Wait for the configured replicas. Default false. */
  readonly durable?: boolean
  /** The record is created before the directory knows the account. Default false. */
  readonly newcomer?: boolean
  /**
   * The record as the caller has read it, or has begun to read it. Decided on first, if it is of this account and not old; after a lost race
   * the record is read again, as always. Default null.
   */
  readonly read?: Account | Prefetched | null
}

/** How long a lost race is repeated before the caller must retry later. Milliseconds. */
const RACE_DEADLINE_MS = 2000

export interface AccountsOptions extends Pick<DispatchOptions, 'clock' | 'effects' | 'onError'>, ResetObserver {
  readonly records: Records
  readonly directory: Pick<Directory, 'find'>
  readonly firstRecord: (id: string) => Promise<Account>
  readonly rules: Rules
  /** See `leaseFor`. Seconds. */
  readonly lease: number
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { clock, lease } = options
  const reader = createReader(options)
  const inTurn = createQueue()
  const execute: Accounts['execute'] = (id, ask, how = {}) =>
    // Behind another command it would be out of date.
    inTurn(id, (isFirst) => attempt(id, ask, isFirst ? how : { ...how, read: null }))
  const dispatching = createDispatch({
    ...options,
    reader,
    record: ({ id }, results, read) => execute(id, () => ({ is: 'record-effects', results }), { read }),
  })
  const watch = createWatch(async (id) => whole((await reader.readStored(id))?.account))
  const save = createSave({ ...options, ...dispatching, note: reader.note, onSaved: watch.saved })

  async function attempt(
    id: string,
    ask: Ask,
    { durable = false, newcomer = false, read = null }: ExecuteOptions,
  ): Promise<Outcome> {
    const started = performance.now()
    const isLate = (): boolean => performance.now() - started > RACE_DEADLINE_MS || !mayWaitForStore()
    for (let given = givenOf(reader, id, read); ; given = null) {
      const found = await (given ?? reader.read(id, newcomer))
      if (!found) throw new UnknownAccount(id)
      if (given && !reader.recent(found.account)) continue
      const now = clock.now()
      const decision = decide(found.account, ask(found.account), now, options.rules)
      // No swap confirms what is not saved: it is decided on the present record.
      if (given && !isSaved(decision)) continue
      const isFull = decision.is === 'refused' && decision.refusal.is === 'outbox-full'
      if (isFull && !isLate() && (await makeRoom(found.account, now))) continue
      const outcome = await save(found, decision, { now, durable })
      if (outcome) return outcome
      if (isLate()) throw new StoreUnavailable('too many concurrent changes of this account')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
    }
  }

  /**
   * Dispatches the local effects of a full outbox ahead of the queue: refusals enqueue audit lines, and repeating a used code faster than
   * they are written would block every other command. True if there is room again.
   */
  async function makeRoom(account: Account, now: number): Promise<boolean> {
    const results = await dispatching.dispatchLocal(account, now)
    if (results.length > 0) await attempt(account.id, () => ({ is: 'record-effects', results }), {})
    return results.some(({ result }) => result.is === 'done')
  }

  const { dispatch, flush, idle } = dispatching
  return {
    lease,
    ...createQueries(reader, (found) => save(found, firstSight(found), { now: clock.now(), durable: true })),
    execute,
    dispatch,
    flush: (id, kind) => waitForStore(() => flush(id, kind)),
    idle,
    watch,
  }
}

const isSaved = (decision: Decision): boolean => decision.is !== 'repeated' && decision.account !== undefined

/** Saves a record as it was read. */
const firstSight = ({ account }: Found): Decision => ({ is: 'done', account, event: { is: 'effects-recorded' } })

type Reader = ReturnType<typeof createReader>

/** What the caller has read, or begun to read; null: nothing that still counts. */
function givenOf(reader: Reader, id: string, read: Account | Prefetched | null): Promise<Found | null> | Found | null {
  if (read?.id !== id) return null
  return 'stored' in read ? reader.read(id, false, read) : reader.recent(read)
}

function createQueries(
  reader: Reader,
  create: (found: Found) => Promise<Outcome | null>,
): Pick<Accounts, 'get' | 'prefetch' | 'getOrCreate' | 'getStored' | 'getCurrent'> {
  const get = async (id: string): Promise<Account | null> => (await reader.read(id))?.account ?? null
  return {
    get,
    prefetch(id) {
      const begun = reader.begin(id)
      // The command gets the failure; without one it must not be an unhandled rejection.
      begun.stored.catch(() => undefined)
      return begun
    },
    async getOrCreate(id, prefetched) {
      const found = await reader.read(id, false, prefetched?.id === id ? prefetched : undefined)
      if (!found || found.version > 0 || found.account.factor.is === 'lost')
        return unlessDeleted(found?.account ?? null)
      const isCreated = await create(found)
      return isCreated ? found.account : unlessDeleted(await get(id))
    },
    async getStored(id, prefetched) {
      const begun = prefetched?.id === id ? prefetched : undefined
      return whole((await reader.readStored(id, begun))?.account)
    },
    async getCurrent(id) {
      const found = (await reader.readStored(id)) ?? (await reader.read(id))
      return whole(found?.account)
    },
  }
}

const unlessDeleted = (account: Account | null): Account | null => (account && isDeleted(account) ? null : account)

const whole = (account: Account | undefined): Account | null =>
  account && account.factor.is !== 'lost' ? account : null

/** Saves what was decided; null: another process has changed the record since it was read. */
function createSave({
  records,
  lease,
  note,
  dispatchSoon,
  onSaved,
  ...observer
}: ResetObserver &
  Pick<AccountsOptions, 'onError'> & {
    readonly records: Pick<Records, 'swap'>
    readonly lease: number
    readonly note: (found: Found) => void
    readonly dispatchSoon: (id: string, saved: Account) => void
    readonly onSaved: (account: Account) => void
  }) {
  const observe = observeResets(observer)
  return async (
    { account, version }: Found,
    decision: Decision,
    { now, durable }: { readonly now: number; readonly durable: boolean },
  ): Promise<Outcome | null> => {
    // A repeated command writes the record again if it is to be durable: the first write may lack replicas.
    const unchanged = durable ? account : undefined
    const next = decision.is === 'repeated' ? unchanged : decision.account
    if (!next) return outcomeOf(decision, account)
    const wake = wakeAt(next)
    const options = { durable, wakeAt: wake === null ? null : Math.max(wake, now + lease) }
    if (!(await records.swap(account.id, writeAccount(next), version, options))) return null
    note({ account: next, version: version + 1 })
    observe({ before: account, after: next }, now)
    onSaved(next)
    if (next.outbox.some((entry) => entry.nextAt <= now)) outsideRequest(() => dispatchSoon(account.id, next))
    return outcomeOf(decision, next)
  }
}

function outcomeOf(decision: Decision, account: Account): Outcome {
  return decision.is === 'refused'
    ? { is: 'refused', refusal: decision.refusal, account }
    : { is: decision.is, event: decision.event, account }
}

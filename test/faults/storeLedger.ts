/** What a client of the store has been answered while servers fail, and whether everything acknowledged is there afterwards. */
import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../../src/errors.ts'
import { timeoutMs } from '../../src/store/redis/timeouts.ts'
import type { Store } from '../../src/store/store.ts'
import { ROUNDS } from '../support/faultFixture.ts'

/** After it has healed, in `npm run faults`: a master that was replaced may still accept writes. Milliseconds. */
const AFTERWARDS_MS = ROUNDS > 1 ? 3000 : 0
/** Time from one operation to the next. Milliseconds; without regard to answers. */
const EVERY_MS = 50
/** The longest time of an answer. Milliseconds. */
const IN_TIME_MS = 2000
/**
 * From the end of a fault, or from the takeover, to the first operation that succeeds. Milliseconds. In `npm test` other parts keep the
 * processors busy, and the servers of the database elect late; `npm run faults` runs alone.
 */
export const HEALED_MS = ROUNDS > 1 ? 10_000 : 30_000
/** Operations of each kind that must succeed in a row. Count. */
const IN_A_ROW = 10

export interface Ledger {
  acknowledged: number
  unavailable: number
  /** Acknowledged, and absent afterwards. */
  lost: number
  /** Without the time by which timers were late, since this process did not run on a busy machine. Milliseconds. */
  slowest: number
  /** From the moment on from which it can heal; and from the last answer before the fault. Milliseconds. */
  healed: number
  out: number
}

const kinds = ['durable', 'ordinary'] as const
type Kind = (typeof kinds)[number]

/**
 * Writes all the time, each record once, durably and not.
 *
 * @param fault resolves at the moment from which on the store has to heal
 */
export async function ledgerOf(store: Store, fault: () => Promise<unknown>): Promise<Ledger> {
  const ledger: Ledger = { acknowledged: 0, unavailable: 0, lost: 0, slowest: 0, healed: Infinity, out: Infinity }
  const acknowledged: string[] = []
  const inARow: Record<Kind, number> = { durable: 0, ordinary: 0 }
  const run = `${performance.now()}`
  let writes = 0

  async function write(kind: Kind): Promise<void> {
    const id = `${kind} ${run} ${writes++}`
    const began = performance.now()
    const late = lateness()
    const isWritten = await store.records.swap(id, id, 0, { durable: kind === 'durable' }).catch((error: unknown) => {
      expect(error, String(error)).to.be.instanceOf(StoreUnavailable)
      return false
    })
    const ms = performance.now() - began
    ledger.slowest = Math.max(ledger.slowest, ms > IN_TIME_MS ? ms - (await late) : ms)
    inARow[kind] = isWritten ? inARow[kind] + 1 : 0
    if (!isWritten) ledger.unavailable++
    else if (kind === 'durable') acknowledged.push(id)
  }

  const running: Promise<void>[] = []
  const writing = setInterval(() => {
    for (const kind of kinds) {
      const written = write(kind)
      written.catch(() => {})
      running.push(written)
    }
  }, EVERY_MS)
  const healthy = async (withinMs: number): Promise<number> => {
    const since = performance.now()
    for (const kind of kinds) inARow[kind] = 0
    while (kinds.some((kind) => inARow[kind] < IN_A_ROW)) {
      expect(performance.now() - since, 'milliseconds to heal').to.be.below(withinMs)
      await pause(10)
    }
    return performance.now() - since
  }
  try {
    await healthy(HEALED_MS)
    const began = performance.now()
    await fault()
    ledger.healed = await healthy(HEALED_MS)
    ledger.out = performance.now() - began
    await pause(AFTERWARDS_MS)
  } finally {
    clearInterval(writing)
    await Promise.all(running)
  }
  ledger.acknowledged = acknowledged.length
  for (const id of acknowledged) if ((await store.records.read(id))?.text !== id) ledger.lost++
  return ledger
}

/** By which a timer is late that starts now and is as long as that of an operation. Milliseconds. */
export async function lateness(): Promise<number> {
  const began = performance.now()
  await pause(timeoutMs)
  await new Promise(setImmediate)
  return performance.now() - began - timeoutMs
}

/** Prints it and compares it with what is promised. */
export function judge(name: string, ledger: Ledger): void {
  const { acknowledged, unavailable, lost, slowest, healed, out } = ledger
  console.log(
    `      ${name}: acknowledged ${acknowledged}, lost ${lost}, unavailable ${unavailable}, ` +
      `longest answer ${Math.round(slowest)} ms, healed after ${Math.round(healed)} of ${Math.round(out)} ms`,
  )
  expect(lost, 'lost').to.equal(0)
  expect(acknowledged, 'acknowledged').to.be.at.least(2 * IN_A_ROW)
  expect(slowest, 'longest answer').to.be.below(IN_TIME_MS)
  expect(healed, 'time to heal').to.be.below(HEALED_MS)
}

/** A new store for every test, and helpers of the contract tests. */
import { deepEqual } from 'node:assert/strict'
import type { Clock, Store } from '../../store/store.ts'
import { movableClock, type MovableClock } from '../clock.ts'
import type { Runner } from '../runner.ts'

/** The clock when a store is opened. Epoch seconds. */
export const start = 1_800_000_000

/** A store of its own for a test. */
export interface OpenedStore {
  readonly store: Store
  /** Closes the store and removes its data. */
  close(): Promise<void>
}

export type OpenStore<O extends OpenedStore = OpenedStore> = (clock: Clock) => Promise<O>

/** Opens a store for every test and closes it. The tests of a stage run one after another. */
export function stage(runner: Pick<Runner, 'it'>, open: OpenStore, prepare = async (): Promise<void> => undefined) {
  let clock: MovableClock
  let store: Store
  return {
    it(title: string, test: () => Promise<void>): void {
      runner.it(title, async () => {
        clock = movableClock(start)
        const opened = await open(clock)
        store = opened.store
        try {
          await prepare()
          await test()
        } finally {
          await opened.close()
        }
      })
    },
    get records() {
      return store.records
    },
    get artefacts() {
      return store.artefacts
    },
    get profiles() {
      return store.profiles
    },
    get audit() {
      return store.journal('audit')
    },
    get mailbox() {
      return store.journal('mailbox')
    },
    get store() {
      return store
    },
    /** Sets the clock to so many seconds after `start`. */
    after: (seconds: number) => clock.set(start + seconds),
  }
}

/** Deep and strict, but rows of a database need not have the prototype of objects. */
export function same(actual: unknown, expected: unknown, message?: string): void {
  deepEqual(structuredClone(actual), expected, message)
}

/** The answers to `times` concurrent calls. */
export function atOnce<T>(times: number, call: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, n) => call(n)))
}

/** As many calls, a hundred concurrently: a database that syncs each write needs its time for all of them. */
export async function inTurns(times: number, call: (n: number) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < times; first += 100) await atOnce(100, (n) => call(first + n))
}

export function count<T>(answers: readonly T[], answer: T): number {
  return answers.filter((each) => each === answer).length
}

/** All entries of a list, page by page. `next` gets the last entry; a cursor that does not advance fails the test. */
export async function scan<T>(next: (last: T | undefined) => Promise<T[]>): Promise<T[]> {
  const seen: T[] = []
  while (seen.length < 10_000) {
    const page = await next(seen.at(-1))
    if (page.length === 0) return seen
    seen.push(...page)
  }
  throw new Error('the list has no last page')
}

/** The error a call was refused with; a call that succeeds fails the test. */
export async function refusal(call: Promise<unknown>): Promise<Error> {
  try {
    await call
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error('refused with something that is no Error', { cause: error })
  }
  throw new Error('was not refused')
}

/** Strings that databases, protocols and languages often treat wrongly. */
export const awkward = [
  '',
  ' ',
  'a',
  'A',
  'a ',
  'a\0',
  'a\0b',
  '\0',
  "'; DROP TABLE records; --",
  '%',
  '_',
  '*',
  '?',
  '{a}',
  'a:b',
  '__proto__',
  'constructor',
  'null',
  '0',
  '0.0',
  '\u00e9',
  'e\u0301',
  'ß',
  '李雷',
  '👩‍💻',
  '\u{10FFFF}',
  '\uFFFD',
  '\uE000',
  '\u202e',
  'line\r\nbreak',
]

/** A new store for every test, and helpers of the contract tests. */
import type { Open, Opened } from '../contract.ts'

/** The clock when a store is opened. Epoch seconds. */
export const start = 1_800_000_000

export function stage<O extends Opened>(open: Open<O>) {
  let opened: O
  beforeEach(async () => {
    opened = await open()
  })
  afterEach(() => opened.close())
  return {
    get records() {
      return opened.store.records
    },
    get artefacts() {
      return opened.store.artefacts
    },
    get profiles() {
      return opened.store.profiles
    },
    get audit() {
      return opened.store.journal('audit')
    },
    get mailbox() {
      return opened.store.journal('mailbox')
    },
    get store() {
      return opened.store
    },
    get opened() {
      return opened
    },
    /** Sets the clock to so many seconds after `start`. */
    after: (seconds: number) => opened.clock.set(start + seconds),
  }
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

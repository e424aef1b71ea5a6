/** Requests that are sent again while the answer is that the service is unavailable; each answer is timed. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '../../support/client.ts'
import type { FaultFixture } from '../../support/faultFixture.ts'
import { wayOn } from '../../support/client.ts'
import { lateness } from '../storeLedger.ts'

/** How long a request is repeated. Milliseconds. */
const REPEATED_MS = 40_000
/** Between two attempts. Milliseconds. */
const REST_MS = 150
/** The longest time of an answer. Milliseconds. */
export const IN_TIME_MS = 2000

interface Answered {
  readonly status: number
}

export interface Calls {
  /** Answers 503. Count. */
  unavailable: number
  /** Requests that a killed or frozen process of ours left without an answer. Count. */
  unanswered: number
  /** Without the time by which timers of this process were late. Milliseconds. */
  slowest: number
  /** Status and path of that answer. */
  slowestAt: string
  /** Answers 500. */
  readonly failures: string[]
}

export const newCalls = (): Calls => ({ unavailable: 0, unanswered: 0, slowest: 0, slowestAt: '', failures: [] })

/** One attempt; null: unavailable, or no answer. */
export async function once<T extends Answered>(calls: Calls, send: () => Promise<T>): Promise<T | null> {
  const began = performance.now()
  const late = lateness()
  // As `fetch` says it: the connection was refused or broken.
  const answer = await send().catch((error: unknown) => (error instanceof TypeError ? null : Promise.reject(error)))
  const ms = performance.now() - began
  if (!answer || answer.status === 502 || answer.status === 504) {
    calls.unanswered++
    return null
  }
  const took = ms > IN_TIME_MS ? ms - (await late) : ms
  if (took > calls.slowest) {
    calls.slowest = took
    calls.slowestAt = `${answer.status} ${pathOf(answer)}`
  }
  if (answer.status === 500) calls.failures.push(JSON.stringify(answer).slice(0, 300))
  if (answer.status !== 503) return answer
  calls.unavailable++
  return null
}

/** Without the secret parts. */
const pathOf = (answer: Answered): string =>
  'path' in answer
    ? String(answer.path)
        .split('?')[0]!
        .replaceAll(/[\w.-]{15,}/g, ':id')
    : 'POST …/resets'

/** Repeats the same request until it is answered. */
export async function repeated<T extends Answered>(calls: Calls, send: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + REPEATED_MS; ;) {
    const answer = await once(calls, send)
    if (answer) return answer
    if (performance.now() > until) throw new Error('unavailable for too long')
    await pause(REST_MS)
  }
}

/** A browser whose owner reloads and submits again. */
export function createBrowsing(underTest: FaultFixture, calls: Calls) {
  const browsing = {
    /** A page, after its redirects; that of the relying party is not requested. */
    async get(page: Pick<Page, 'visitor'>, path: string): Promise<Page> {
      return browsing.follow(await repeated(calls, () => page.visitor.get(path)))
    },
    async follow(page: Page): Promise<Page> {
      if (page.location === null || underTest.answerAt(page)) return page
      const { pathname, search } = new URL(page.location, `${underTest.issuer}${page.path}`)
      return browsing.get(page, pathname + search)
    },
    async send(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
      return browsing.follow(await repeated(calls, () => page.visitor.send(page, fields)))
    },
    /** Whether pages that continue by themselves lead to an authorization code. */
    async isSignedIn(first: Page): Promise<boolean> {
      let page = first
      for (let steps = 0; steps < 3; steps++) {
        if (underTest.answerAt(page)) return underTest.answerAt(page)!.has('code')
        const way = wayOn(page)
        if (way === null || !way.includes('/auth/')) return false
        const { pathname, search } = new URL(way, `${underTest.issuer}${page.path}`)
        page = await browsing.get(page, pathname + search)
      }
      return underTest.answerAt(page)?.has('code') ?? false
    },
  }
  return browsing
}
export type Browsing = ReturnType<typeof createBrowsing>

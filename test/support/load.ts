/** Load of sign-ins and of single requests over connections that are kept; nothing is repeated, so each failure is counted. */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import type { People, Person } from './people.ts'
import type { RelyingParties } from './relyingParties.ts'
import type { SignIns } from './signIns.ts'

/** A code works once in its 30 seconds. Milliseconds, with room for the one before and the one after. */
const REST_MS = 65_000

export interface Report {
  /** Count. */
  readonly done: number
  readonly failures: readonly string[]
  /** Milliseconds. */
  readonly slowest: number
  /** Of each that was done. Milliseconds. */
  readonly times: readonly number[]
}

export interface Load {
  /** Begins nothing more, and waits for what has begun. */
  stop(): Promise<Report>
}

type Source = People & RelyingParties & SignIns

/** Complete sign-ins, each of a person whose codes are unused, up to the verified exchange of the code. */
export function createSignInLoad(source: Source) {
  const rested: { readonly person: Person; readonly since: number }[] = []

  async function nextPerson(): Promise<Person> {
    const [first] = rested
    if (!first || performance.now() - first.since < REST_MS) return source.person()
    rested.shift()
    return first.person
  }

  async function signIn(): Promise<void> {
    const person = await nextPerson()
    await source.tokens(await source.enter(person))
    rested.push({ person, since: performance.now() })
  }

  return {
    /** People whose first sign-in, with its page of backup codes, is over. */
    async prepare(count: number): Promise<void> {
      while (rested.length < count) await Promise.all(Array.from({ length: 10 }, signIn))
    },

    /** As many as can be done, so many at a time. @returns sign-ins a second */
    async measure(seconds: number, atOnce: number): Promise<number> {
      const began = performance.now()
      const until = began + seconds * 1000
      let done = 0
      const loop = async (): Promise<void> => {
        for (; performance.now() < until; done++) await signIn()
      }
      await Promise.all(Array.from({ length: atOnce }, loop))
      return (done * 1000) / (performance.now() - began)
    },

    /** @param rate sign-ins a second, begun at their times, whether earlier ones are done or not */
    begin: (rate: number): Load => steadily(1000 / rate, signIn),
  }
}

/** `GET path` over few connections that are kept, so many a second. */
export function beginRequests(url: string, rate: number, connections: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const load = steadily(1000 / rate, async () => {
    const [answer] = (await once(get(url, { agent }), 'response')) as [IncomingMessage]
    await answer.resume().toArray()
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`)
  })
  return {
    async stop() {
      const report = await load.stop()
      agent.destroy()
      return report
    },
  }
}

function steadily(everyMs: number, act: () => Promise<void>): Load {
  const failures: string[] = []
  const times: number[] = []
  const running = new Set<Promise<void>>()
  let [done, slowest] = [0, 0]
  const run = async (): Promise<void> => {
    const began = performance.now()
    try {
      await act()
      done += 1
      times.push(performance.now() - began)
    } catch (error) {
      failures.push(reasonOf(error))
    }
    slowest = Math.max(slowest, performance.now() - began)
  }
  const timer = setInterval(() => {
    const begun = run()
    running.add(begun)
    void begun.finally(() => running.delete(begun))
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(running)
      return { done, failures, slowest: Math.round(slowest), times }
    },
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.cause && reasonOf(error.cause)].filter(Boolean).join(': ')
    : String(error)

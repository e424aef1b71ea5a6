/** Load at a fixed rate: an act begins when it is due, whether or not those before it have ended. */
import type { BenchPerson } from './people.ts'
import type { RelyingParty, Tokens } from './relyingParty.ts'

interface LoadOptions {
  readonly signingIn: readonly BenchPerson[]
  readonly helpdesk: readonly BenchPerson[]
  readonly toReset: readonly BenchPerson[]
  /** Sign-ins a second. */
  readonly rate: number
}

export interface Acts {
  readonly signIns: number
  readonly refreshes: number
  readonly resets: number
  readonly failed: number
}

type Name = 'signIns' | 'refreshes' | 'resets'

interface Load {
  readonly counts: Acts
  /** Of the sign-ins since the last call. Milliseconds. */
  latencies(): { readonly p50: number; readonly p99: number }
  /** Resolves when the last act has ended. */
  stop(): Promise<void>
}

/** One sign-in of so many gets a refresh token; the same number apart, one of these is used. Count. */
const OFFLINE_EACH = 20
/** A server that does not keep up gets no more than this; what is left out has failed. Count. */
const AT_ONCE = 200
/** Between two resets. Seconds. */
const RESET_EACH = 10

export function createLoad(application: RelyingParty, { signingIn, helpdesk, toReset, rate }: LoadOptions): Load {
  const counts = { signIns: 0, refreshes: 0, resets: 0, failed: 0 }
  const underWay = new Set<Promise<void>>()
  const tokens: Tokens[] = []
  let took: number[] = []
  async function count(name: Name, act: () => Promise<unknown>): Promise<void> {
    const began = performance.now()
    try {
      await act()
      counts[name] += 1
      if (name === 'signIns') took.push(performance.now() - began)
    } catch (error) {
      counts.failed += 1
      if (counts.failed <= 10) console.error(String(error).slice(0, 200).replaceAll('\n', ' '))
    }
  }
  function begin(name: Name, act: () => Promise<unknown>): void {
    if (underWay.size >= AT_ONCE) {
      counts.failed += 1
      return
    }
    const done = count(name, act).finally(() => underWay.delete(done))
    underWay.add(done)
  }
  async function reset(actor: BenchPerson, target: BenchPerson): Promise<void> {
    await application.reset(actor, await application.signInToManage(actor), target)
    await application.signIn(target)
  }
  async function signInOffline(person: BenchPerson): Promise<void> {
    tokens.push(await application.signInOffline(person))
    // A refresh token is used for some time, by one application.
    if (tokens.length > OFFLINE_EACH) tokens.shift()
  }
  let n = 0
  const timer = setInterval(() => {
    const person = signingIn[n % signingIn.length]!
    const token = tokens[n % (tokens.length || 1)]
    const which = n % OFFLINE_EACH
    begin('signIns', () => (which === 0 ? signInOffline(person) : application.signIn(person)))
    if (which === OFFLINE_EACH >> 1 && token) begin('refreshes', () => application.refresh(token))
    if (n % (rate * RESET_EACH) === 0) {
      const reached = n / (rate * RESET_EACH)
      begin('resets', () => reset(helpdesk[reached % helpdesk.length]!, toReset[reached % toReset.length]!))
    }
    n += 1
  }, 1000 / rate)
  return {
    counts,
    latencies() {
      const sorted = took.toSorted((a, b) => a - b)
      took = []
      const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
      return { p50: at(0.5), p99: at(0.99) }
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
    },
  }
}

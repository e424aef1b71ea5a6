/** The workers of a primary: so many serve, one that ends is replaced, and all are replaced one by one on request. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import type { MeasuredValues } from '../metrics.ts'
import { type Ending, type Member, startMember, StartFailed } from './member.ts'
import type { ToWorker } from './messages.ts'

/** Pauses before a worker is started again, doubled while they end early. Milliseconds. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** A worker that served so long did not end early. Milliseconds. */
const STEADY_MS = 60_000
/** With no worker that serves, so many failed starts in a row end the service. Count. */
const MOST_FAILURES = 5
/** Longest wait for the values of a worker. Milliseconds. */
const MEASURE_MS = 2000

interface PoolOptions {
  readonly size: number
  readonly log: Logger
  /** Longest end of a worker that was replaced. Milliseconds. */
  readonly retireMs: number
  /** Last values of workers that ended. */
  readonly onLastValues: (values: MeasuredValues) => void
  /** No worker serves, and none starts. */
  readonly onGivenUp: () => void
}

export class Pool {
  readonly #options: PoolOptions
  readonly #all = new Set<Member>()
  readonly #serving = new Set<Member>()
  readonly #measuring = new Map<number, (values: MeasuredValues) => void>()
  #isStopping = false
  /** Workers in a row that ended early. */
  #early = 0
  #requests = 0

  constructor(options: PoolOptions) {
    this.#options = options
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Starts one, then the others; resolves with the lines of the first. @throws StartFailed */
  async start(): Promise<readonly string[]> {
    const { lines } = await this.#begin()
    await Promise.all(Array.from({ length: this.#options.size - 1 }, () => this.#begin()))
    return lines
  }

  /** Replaces each by a new one, which serves before the old one takes no connection any more. @throws StartFailed */
  async roll(): Promise<void> {
    // A copy, since those that come need no replacement.
    const present = [...this.#serving]
    for (const old of present) {
      if (this.#isStopping || !this.#serving.has(old)) continue
      const { member } = await this.#begin()
      this.#options.log.info({ worker: old.pid, by: member.pid }, 'a worker is replaced')
      await this.#retire(old)
    }
  }

  send(message: ToWorker): void {
    for (const member of this.#serving) member.send(message)
  }

  /** Current values of all workers that answer in time. */
  async values(): Promise<readonly MeasuredValues[]> {
    const answers = await Promise.all([...this.#serving].map((member) => this.#valuesOf(member)))
    return answers.filter((answer) => answer !== null)
  }

  /** Has every worker stop, and waits for it; false: some did not end in time. */
  async stop(delaySeconds: number, withinMs: number): Promise<boolean> {
    this.#isStopping = true
    let isOrderly = true
    const timer = setTimeout(() => {
      isOrderly = false
      this.kill()
    }, withinMs)
    for (const member of this.#all)
      member.send({ is: 'stop', delaySeconds: this.#serving.has(member) ? delaySeconds : 0 })
    await Promise.all([...this.#all].map(({ ended }) => ended))
    clearTimeout(timer)
    return isOrderly
  }

  kill(): void {
    this.#isStopping = true
    for (const member of this.#all) member.kill()
  }

  /** Resolves when it serves. */
  async #begin(): Promise<{ readonly member: Member; readonly lines: readonly string[] }> {
    const { size, onLastValues } = this.#options
    const member = startMember({ WORKERS: String(size) }, (id, values) => {
      if (id === null) onLastValues(values)
      else this.#measuring.get(id)?.(values)
    })
    this.#all.add(member)
    void member.ended.then(() => this.#all.delete(member))
    const lines = await member.serves
    this.#serving.add(member)
    void this.#watch(member)
    return { member, lines }
  }

  async #watch(member: Member): Promise<void> {
    const since = performance.now()
    const ending = await member.ended
    // A worker that was asked to end is not in the set.
    const isUnexpected = this.#serving.delete(member) && !this.#isStopping
    if (isUnexpected) await this.#replace(member, ending, performance.now() - since)
  }

  async #replace({ pid }: Member, { code, signal }: Ending, servedMs: number): Promise<void> {
    const { log, onGivenUp } = this.#options
    log.error({ worker: pid, exit_code: code, signal }, 'a worker ended; another takes its place')
    this.#early = servedMs < STEADY_MS ? this.#early + 1 : 0
    for (let failures = 0; failures < MOST_FAILURES || this.#serving.size > 0; failures++) {
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** (this.#early + failures), LONGEST_PAUSE_MS))
      if (this.#isStopping) return
      try {
        await this.#begin()
        return
      } catch (error) {
        if (!(error instanceof StartFailed)) throw error
        log.error({ exit_code: error.ending.code, signal: error.ending.signal }, 'a worker did not start')
      }
    }
    onGivenUp()
  }

  async #retire(member: Member): Promise<void> {
    this.#serving.delete(member)
    member.send({ is: 'retire' })
    const timer = setTimeout(member.kill, this.#options.retireMs)
    await member.ended
    clearTimeout(timer)
  }

  async #valuesOf(member: Member): Promise<MeasuredValues | null> {
    const id = (this.#requests += 1)
    const answer = new Promise<MeasuredValues>((resolve) => this.#measuring.set(id, resolve))
    member.send({ is: 'measure', id })
    const values = await Promise.race([answer, pause(MEASURE_MS, null, { ref: false })])
    this.#measuring.delete(id)
    return values
  }
}

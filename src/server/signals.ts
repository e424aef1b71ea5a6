/** What each signal does to the server. docs/starting.md has the same table; all others keep the system's default. */

export const signals = {
  /** From a service manager: the load balancer gets `shutdown_delay_seconds` to see that this process is not ready. */
  SIGTERM: 'stop-later',
  SIGQUIT: 'stop-later',
  /** From a terminal: a person waits. */
  SIGINT: 'stop',
  /** Node would open its debugger, and any process of this user could then read the keys. */
  SIGUSR1: 'ignore',
  /** Replaces workers one by one; without workers it does nothing. The default would end the process without a shutdown. */
  SIGUSR2: 'restart',
} as const satisfies Partial<Record<NodeJS.Signals, 'stop-later' | 'stop' | 'restart' | 'ignore'>>

/** A terminal sends Ctrl-C to npm and to the server, and npm sends it on: two within this time are one. Milliseconds. */
const SAME_MS = 1000

export interface Stopping {
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** Begins the shutdown. @param isLater whether the delay comes first */
  stop(isLater: boolean): void
  /** Ends the delay; false: it was over, or there was none. */
  endDelay(): boolean
  /** Ends the process at once, without waiting for running requests. */
  end(): void
  /** null: there is nothing to restart. */
  readonly restart: (() => void) | null
  ignored(signal: string): void
}

/** Listens to the signals of the table. A second one ends the delay, a further one the process. */
export function onSignals(
  process: NodeJS.EventEmitter,
  { now, stop, endDelay, end, restart, ignored }: Stopping,
): void {
  let last: number | null = null
  for (const [signal, does] of Object.entries(signals))
    process.on(signal, () => {
      if (does === 'restart' && restart) return restart()
      if (does === 'restart' || does === 'ignore') return ignored(signal)
      const at = now()
      const isFirst = last === null
      if (last !== null && at - last < SAME_MS) return
      last = at
      if (isFirst) stop(does === 'stop-later')
      else if (!endDelay()) end()
    })
}

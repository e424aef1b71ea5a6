/** One worker process as its primary sees it. */
import cluster from 'node:cluster'
import type { MeasuredValues } from '../metrics.ts'
import { readToPrimary, type ToWorker } from './messages.ts'

/** Longest start. Milliseconds; on a busy machine one takes ten seconds. */
const START_MS = 60_000

export interface Member {
  readonly pid: number
  /** Lines of its start, when it serves. Rejects with `StartFailed`. */
  readonly serves: Promise<readonly string[]>
  /** How it ended, in words; never rejects. */
  readonly ended: Promise<Ending>
  send(message: ToWorker): void
  kill(): void
}

export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** A worker ended, or did not serve in time. One that ended with code 1 has written the reason to stderr. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed'
  readonly ending: Ending

  constructor(ending: Ending) {
    super(`a worker process ended at its start (${ending.signal ?? `exit code ${ending.code}`})`)
    this.ending = ending
  }
}

/** @param onMeasured gets the metrics that it sends */
export function startMember(
  environment: Readonly<Record<string, string>>,
  onMeasured: (id: number | null, values: MeasuredValues) => void,
): Member {
  const worker = cluster.fork(environment)
  const kill = (): void => void worker.process.kill('SIGKILL')
  const ended = new Promise<Ending>((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }))
    // Of the channel of a process that has just ended; without a process there is no other event.
    worker.on('error', () => {
      if (worker.process.pid === undefined) resolve({ code: null, signal: null })
    })
  })
  const serves = new Promise<readonly string[]>((resolve, reject) => {
    const timer = setTimeout(kill, START_MS)
    const fail = async (): Promise<void> => {
      const ending = await ended
      clearTimeout(timer)
      reject(new StartFailed(ending))
    }
    void fail()
    worker.on('message', (received: unknown) => {
      const message = readToPrimary(received)
      if (message?.is === 'measured') onMeasured(message.id, message.values)
      if (message?.is !== 'ready') return
      clearTimeout(timer)
      resolve(message.lines)
    })
  })
  return {
    pid: worker.process.pid ?? 0,
    serves,
    ended,
    send: (message) => void (worker.isConnected() && worker.send(message, () => undefined)),
    kill,
  }
}

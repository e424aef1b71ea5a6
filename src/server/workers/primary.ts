/**
 * The primary process: it starts the workers, replaces them, and passes signals on to them. No request comes to it; it has the listener of the
 * metrics, and in a demonstration the sample application.
 */
import cluster from 'node:cluster'
import { systemClock } from '../../clock.ts'
import { type Configuration, ConfigurationError } from '../configuration/read.ts'
import { createDelay } from '../delay.ts'
import { createDraining } from '../draining.ts'
import { createLog, type Logger } from '../log.ts'
import { listenForMetrics } from '../metricsListener.ts'
import { openSample } from '../openSample.ts'
import { readSecrets } from '../secrets.ts'
import { onSignals } from '../signals.ts'
import { StartFailed } from './member.ts'
import { Pool } from './pool.ts'
import { createTotals } from './totals.ts'

/** Longest end of a worker after the delay: running requests, the outbox, the store. Milliseconds. */
const END_MS = 20_000
/** Longest end of a worker that was replaced, beside the lifetime of idle connections. Milliseconds. */
const RETIRE_MS = 60_000

type Closable = Readonly<{ close(): Promise<void> }>

export async function runPrimary(configuration: Configuration, readAgain: () => Promise<Configuration>): Promise<void> {
  const { workers: size, logLevel, keepAliveSeconds, demo } = configuration
  // With the other policy the system gives most connections to few workers.
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({ args: ['serve'] })
  const log = createLog(logLevel, undefined, process.pid)
  const totals = createTotals()
  const pool = new Pool({
    size,
    log,
    retireMs: keepAliveSeconds * 1000 + RETIRE_MS,
    onLastValues: (values) => void totals.keep(values),
    onGivenUp() {
      log.fatal('no worker serves and none starts: the service ends')
      process.exit(1)
    },
  })
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const closing: Closable[] = []
  listenToSignals({ configuration, readAgain, log, pool, closing })
  try {
    closing.push(...(await listenersOf(configuration, async () => totals.text(await pool.values()))))
    const lines = await pool.start()
    const sample = demo
      ? await openSample({ configuration, secrets: await readSecrets(configuration), clock: systemClock }, say)
      : null
    if (sample) closing.push(sample)
    for (const line of lines) say(line)
    log.info({ workers: size }, 'all workers serve')
  } catch (error) {
    // The signal ends the process.
    if (pool.isStopping) return
    pool.kill()
    await Promise.all(closing.map((item) => item.close()))
    // It has written the reason to stderr.
    if (error instanceof StartFailed && error.ending.code === 1) process.exit(1)
    throw error
  }
}

async function listenersOf(
  { metricsPort, host }: Configuration,
  text: () => Promise<string>,
): Promise<readonly Closable[]> {
  if (metricsPort === null) return []
  const server = await listenForMetrics(metricsPort, host, text)
  return [{ close: createDraining(server).quickly }]
}

interface Running {
  readonly configuration: Configuration
  readonly readAgain: () => Promise<Configuration>
  readonly log: Logger
  readonly pool: Pool
  readonly closing: readonly Closable[]
}

function listenToSignals({ configuration, readAgain, log, pool, closing }: Running): void {
  const delay = createDelay()
  async function stop(delaySeconds: number): Promise<void> {
    const stopped = pool.stop(delaySeconds, delaySeconds * 1000 + END_MS)
    await Promise.race([delay.wait(delaySeconds), stopped])
    const isOrderly = await stopped
    await Promise.all(closing.map((item) => item.close()))
    process.exit(isOrderly ? 0 : 1)
  }
  onSignals(process, {
    now: () => performance.now(),
    stop: (isLater) => void stop(isLater ? configuration.shutdownDelaySeconds : 0),
    endDelay() {
      const isWaiting = delay.end()
      if (isWaiting) pool.send({ is: 'end-delay' })
      return isWaiting
    },
    end() {
      pool.kill()
      process.exit(1)
    },
    restart: createRestart({ readAgain, log, pool }),
    ignored: (signal) => log.info({ signal }, 'a signal without effect'),
  })
  // The end of its terminal still ends a process that was started there.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => pool.send({ is: 'reload' }))
}

/** One restart at a time. A further request meanwhile has a restart of its own afterwards, since the files may have changed again. */
function createRestart({ readAgain, log, pool }: Pick<Running, 'readAgain' | 'log' | 'pool'>): () => void {
  let isRunning = false
  let isRequested = false

  async function restart(): Promise<void> {
    log.info('the workers are replaced one by one')
    try {
      await readAgain()
      await pool.roll()
      log.info('all workers were replaced')
    } catch (error) {
      const faults = error instanceof ConfigurationError ? error.faults : [String(error)]
      log.error({ faults }, 'the restart has ended: the workers that are left serve on')
    }
  }

  return () => {
    isRequested = true
    if (isRunning) return
    isRunning = true
    void (async () => {
      while (isRequested) {
        isRequested = false
        await restart()
      }
      isRunning = false
    })()
  }
}

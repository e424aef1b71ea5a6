/** Serves until a signal stops it: in this process, in worker processes that it starts, or as one of these. */
import cluster from 'node:cluster'
import type { Configuration } from './configuration/configuration.ts'
import { serve } from './serve.ts'
import { onSignals } from './signals.ts'

export async function runService(configuration: Configuration, readAgain: () => Promise<Configuration>): Promise<void> {
  if (cluster.isWorker) return (await import('./workers/worker.ts')).runWorker(configuration, readAgain)
  if (configuration.workers > 1) return (await import('./workers/primary.ts')).runPrimary(configuration, readAgain)
  const serving = await serve(configuration, (line) => process.stdout.write(`${line}\n`))
  onSignals(process, {
    now: () => performance.now(),
    stop: (isLater) => exitAfter(serving.stop(isLater ? configuration.shutdownDelaySeconds : 0)),
    endDelay: () => serving.endDelay(),
    end: () => process.exit(1),
    restart: null,
    ignored: (signal) => serving.ignored(signal),
  })
  // The end of its terminal still ends a process that was started there.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => void serving.reloadClients(readAgain))
}

function exitAfter(stopping: Promise<void>): void {
  stopping.then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`oidc-rekey: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exit(1)
    },
  )
}

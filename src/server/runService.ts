/** Serves until a signal stops it. SIGHUP reads the clients of the file again. */
import type { Configuration } from './configuration/configuration.ts'
import { serve } from './serve.ts'
import { onSignals } from './signals.ts'

export async function runService(configuration: Configuration, readAgain: () => Promise<Configuration>): Promise<void> {
  const serving = await serve(configuration, (line) => process.stdout.write(`${line}\n`))
  onSignals(process, {
    now: () => performance.now(),
    stop(isLater) {
      serving.stop(isLater ? configuration.shutdownDelaySeconds : 0).then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`oidc-rekey: ${error instanceof Error ? error.message : String(error)}\n`)
          process.exit(1)
        },
      )
    },
    endDelay: () => serving.endDelay(),
    end: () => process.exit(1),
    ignored: (signal) => serving.ignored(signal),
  })
  // The end of its terminal still ends a process that was started there.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => void serving.reloadClients(readAgain))
}

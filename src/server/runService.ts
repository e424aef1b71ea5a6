/** Serves until SIGTERM or Ctrl-C; a second Ctrl-C ends the process at once. SIGHUP reads the clients of the file again. */
import type { Configuration } from './configuration/configuration.ts'
import { serve } from './serve.ts'

export async function runService(configuration: Configuration, readAgain: () => Promise<Configuration>): Promise<void> {
  const serving = await serve(configuration, (line) => process.stdout.write(`${line}\n`))
  const stop = (): void => {
    serving.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`oidc-rekey: ${error instanceof Error ? error.message : String(error)}\n`)
        process.exit(1)
      },
    )
    process.once('SIGINT', () => process.exit(1))
  }
  // The end of its terminal still ends a process that was started there.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => void serving.reloadClients(readAgain))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

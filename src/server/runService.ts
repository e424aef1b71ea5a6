/** Serves until it is told to stop: by SIGTERM or Ctrl-C once in order, twice at once. */
import type { Configuration } from './configuration/configuration.ts'
import { serve } from './serve.ts'

export async function runService(configuration: Configuration): Promise<void> {
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
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

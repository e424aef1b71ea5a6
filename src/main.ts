/** `npm start`: serves what the configuration says, until it is told to stop. */
import { ConfigurationError, readConfiguration } from './server/configuration.ts'
import { serve } from './server/serve.ts'

try {
  const serving = await serve(await readConfiguration(process.env), (line) => console.log(line))
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      serving.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
    })
} catch (error) {
  const lines = error instanceof ConfigurationError ? error.faults : [messageOf(error)]
  for (const line of lines) console.error(`oidc-rekey: ${line}`)
  process.exitCode = 1
}

function messageOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return `${error.message}: is it running already?`
  return error instanceof Error ? error.message : String(error)
}

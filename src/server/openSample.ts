/** The sample application of a demonstration, in one process of the service. */
import type { Clock } from '../ports.ts'
import type { Configuration } from './configuration/configuration.ts'
import { allClients } from './demo.ts'
import type { Secrets } from './secrets.ts'
import type { startSample } from './sample/application.ts'

interface Given {
  readonly configuration: Configuration
  readonly secrets: Secrets
  readonly clock: Clock
}

/** Only the first of several processes gets the port; the others run without the sample. */
export async function openSample(
  { configuration, secrets, clock }: Given,
  say: (line: string) => void,
): Promise<Awaited<ReturnType<typeof startSample>> | null> {
  const { host, samplePort, issuer, acr, allowPlainHttp } = configuration
  const client = allClients(configuration, secrets).find((item) => item.client_id === 'sample')
  if (!client) throw new Error('there is no client "sample"')
  const options = { host, port: samplePort, issuer, client, clock, allowPlainHttp, twoFactorAcr: acr.twoFactor }
  try {
    const sample = await import('./sample/application.ts')
    return await sample.startSample(options)
  } catch (error) {
    say(`the sample application is not started here: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

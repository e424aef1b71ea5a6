/** Starts and stops the service. Stopping: no new requests, running ones finish, the outbox is dispatched, the store closes. */
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { Provider } from 'oidc-provider'
import { createApplication } from './application.ts'
import { assemble, type Assembled, requireOwnStore } from './assemble.ts'
import type { Configuration } from './configuration/configuration.ts'
import { createDelay } from './delay.ts'
import { allClients, createDemoAccounts } from './demo.ts'
import { type Addresses, fixedOrigin } from './fixedOrigin.ts'
import { warningOfHost, warningOfProxy, warningOfUnknown } from './forwardedWarning.ts'
import { noteIssuer } from './issuerOfStore.ts'
import { listen } from './listen.ts'
import { machineEndpoints } from './machineEndpoints.ts'
import { createProvider } from './provider.ts'
import { createClientReload } from './clientReload.ts'
import { answerUnreadable } from './unreadable.ts'
import type { startSample } from './sample/application.ts'
import { demoPassword } from './secrets.ts'

export interface Serving {
  /** Reads the clients again: all of them, or none when anything of the configuration is faulty. One line of the log says which. */
  reloadClients(read: () => Promise<Configuration>): Promise<void>
  /** @param delaySeconds how long requests are still served while `/health/ready` says `stopping` */
  stop(delaySeconds?: number): Promise<void>
  /** Ends the delay of `stop`; false: there is none. */
  endDelay(): boolean
  /** Notes a signal that does nothing. */
  ignored(signal: string): void
}

/** Interval of deleting expired entries. Milliseconds. */
const TIDY_MS = 60_000
/** Interval of reading the stored password costs. Milliseconds. */
const COSTS_MS = 600_000
/** Longest wait for running requests. Milliseconds; a back-channel logout takes up to 2.5 s. */
const DRAIN_MS = 5000

export async function serve(configuration: Configuration, say: (line: string) => void): Promise<Serving> {
  const service = await assemble(configuration)
  try {
    return await open(service, say)
  } catch (error) {
    await service.close()
    throw error
  }
}

async function open(service: Assembled, say: (line: string) => void): Promise<Serving> {
  const { configuration, secrets, rekey, store, log } = service
  const { host, port, demo, trustProxy, metricsPort } = configuration
  await requireOwnStore(service)
  const warn = (line: string): void => log.warn(line)
  await noteIssuer(store, configuration, warn)
  const password = demo ? await demoPassword(configuration.dataDirectory) : null
  if (password !== null) await createDemoAccounts(service.directory, password)
  let stopping = false
  const clients = createClientReload(service)
  const provider = createProvider(rekey, configuration, secrets, clients.current)
  const app = createApplication({ ...service, provider, demoPassword: password, isStopping: () => stopping })
  await rekey.attach(provider)
  const answer = app.callback()
  const listener = fixedOrigin(
    addressesOf(configuration, provider, warn),
    trustProxy,
    (req, res) => void answer(req, res),
  )
  const server = withTimeouts(configuration.keepAliveSeconds, createServer(warningOfProxy(trustProxy, warn, listener)))
  await listen(server, { host, port, key: 'PORT (port)' })
  const metrics =
    metricsPort === null
      ? null
      : await service.metrics?.listen(metricsPort, host).catch(async (error: unknown) => {
          // An open listener would keep the process from ending.
          await drained(server)
          throw error
        })
  const sample = demo ? await openSample(service, say) : null
  const tidying = setInterval(() => {
    Promise.all([store.artefacts.tidy(), store.counters.tidy()]).catch((error: unknown) =>
      log.error({ err: error }, 'deleting expired entries'),
    )
  }, TIDY_MS).unref()

  const learning = learnCosts(service)

  for (const line of greeting(service, password)) say(line)
  const delay = createDelay()
  return {
    reloadClients: clients.reload,
    endDelay: delay.end,
    ignored: (signal) => log.info({ signal }, 'a signal without effect'),
    async stop(delaySeconds = 0) {
      if (stopping) return
      stopping = true
      await delay.wait(delaySeconds)
      clearInterval(tidying)
      clearInterval(learning)
      await Promise.all([drained(server), sample?.close()])
      await rekey.close()
      // Last, so that the final dispatches are still visible.
      if (metrics) await drained(metrics)
      await service.close()
    },
  }
}

function addressesOf(
  { issuer, internalHosts, trustProxy }: Configuration,
  provider: Provider,
  warn: (line: string) => void,
): Addresses {
  return {
    issuer,
    internalHosts,
    isMachineEndpoint: machineEndpoints(provider),
    onUnknownClient: warningOfUnknown(trustProxy, warn),
    onOtherHost: warningOfHost(issuer, warn),
  }
}

/** Only the first of several processes gets the port; the others run without the sample. */
async function openSample(
  { configuration, secrets, clock }: Assembled,
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

/** At once, and again in the background. */
function learnCosts({ directory, log }: Assembled): NodeJS.Timeout {
  const learn = (): void => {
    directory.learnCosts().catch((error: unknown) => log.error({ err: error }, 'reading password costs'))
  }
  learn()
  return setInterval(learn, COSTS_MS).unref()
}

function withTimeouts(keepAliveSeconds: number, server: Server): Server {
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  // Shorter than the proxy in front, and it would send requests into closed connections.
  server.keepAliveTimeout = keepAliveSeconds * 1000
  server.on('clientError', answerUnreadable)
  return server
}

async function drained(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await closed
  clearTimeout(timer)
}

function greeting({ configuration, store, mailbox }: Assembled, password: string | null): string[] {
  const { issuer, sampleOrigin, notices } = configuration
  const lines = [`oidc-rekey serves ${issuer}`, `links are kept in ${store.description}`]
  if (password !== null)
    lines.push(
      '',
      `start here    ${issuer}/`,
      `sign in at    ${sampleOrigin}/  as admin@example.com, user01@example.com … with the password ${password}`,
      `console at    ${issuer}/admin`,
      ...(mailbox ? [`read mail at  ${issuer}/mailbox`] : []),
    )
  return [...lines, ...notices.map((notice) => `NOTICE: ${notice}`), '']
}

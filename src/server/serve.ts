/** Starts and stops the service. Stopping: no new requests, running ones finish, the outbox is dispatched, the store closes. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Provider } from 'oidc-provider'
import { createApplication } from './application.ts'
import { assemble, type Assembled, requireOwnStore } from './assemble.ts'
import type { Configuration } from './configuration/configuration.ts'
import { createDelay } from './delay.ts'
import { createDemoAccounts } from './demo.ts'
import { createDraining } from './draining.ts'
import { type Addresses, fixedOrigin } from './fixedOrigin.ts'
import { warningOfHost, warningOfProxy, warningOfUnknown } from './forwardedWarning.ts'
import { noteIssuer } from './issuerOfStore.ts'
import { listen } from './listen.ts'
import { machineEndpoints } from './machineEndpoints.ts'
import type { MeasuredValues } from './metrics.ts'
import { listenForMetrics } from './metricsListener.ts'
import { createProvider } from './provider.ts'
import { createClientReload } from './clientReload.ts'
import { answerUnreadable } from './unreadable.ts'
import { openSample } from './openSample.ts'
import { demoPassword } from './secrets.ts'

export interface Serving {
  /** Reads the clients again: all of them, or none when anything of the configuration is faulty. One line of the log says which. */
  reloadClients(read: () => Promise<Configuration>): Promise<void>
  /** @param delaySeconds how long requests are still served while `/health/ready` says `stopping` */
  stop(delaySeconds?: number): Promise<void>
  /** Ends the delay of `stop`; false: there is none. */
  endDelay(): boolean
  /** Stops because another process has its place: `/health/ready` stays as it is, and no connection is cut. */
  retire(): Promise<void>
  /** @param isLast the store is closed */
  measured(isLast?: boolean): Promise<MeasuredValues>
  /** Notes a signal that does nothing. */
  ignored(signal: string): void
}

/** Interval of deleting expired entries. Milliseconds. */
const TIDY_MS = 60_000
/** Interval of reading the stored password costs. Milliseconds. */
const COSTS_MS = 600_000

/** @param isWorker its primary has the metrics and the sample application */
export async function serve(
  configuration: Configuration,
  say: (line: string) => void,
  isWorker = false,
): Promise<Serving> {
  const service = await assemble(configuration)
  try {
    return await open(service, say, isWorker)
  } catch (error) {
    await service.close()
    throw error
  }
}

async function open(service: Assembled, say: (line: string) => void, isWorker: boolean): Promise<Serving> {
  const { configuration, secrets, rekey, store, log, metrics } = service
  const { host, port, demo, trustProxy, metricsPort } = configuration
  await requireOwnStore(service)
  const warn = (line: string): void => log.warn(line)
  await noteIssuer(store, configuration, warn)
  const password = demo ? await demoPassword(configuration.dataDirectory) : null
  if (password !== null) await createDemoAccounts(service.directory, password)
  let stopping = false
  let retiring = false
  const clients = createClientReload(service)
  const provider = createProvider(rekey, configuration, secrets, clients.current)
  const app = createApplication({ ...service, provider, demoPassword: password, isStopping: () => stopping })
  await rekey.attach(provider)
  const answer = app.callback()
  const fixed = fixedOrigin(addressesOf(configuration, provider, warn), trustProxy, (req, res) => void answer(req, res))
  const listener = warningOfProxy(trustProxy, warn, fixed)
  const server = serverOf(configuration.keepAliveSeconds, listener, () => stopping || retiring)
  await listen(server, { host, port, key: 'PORT (port)' })
  const draining = createDraining(server, rekey.endWaiting)
  const measuring =
    metrics === null || metricsPort === null || isWorker
      ? null
      : await listenForMetrics(metricsPort, host, metrics.text).catch(async (error: unknown) => {
          // An open listener would keep the process from ending.
          await draining.quickly()
          throw error
        })
  const sample = demo && !isWorker ? await openSample(service, say) : null
  const timers = [tidyRegularly(service), learnCosts(service)]
  for (const line of greeting(service, password)) say(line)
  const delay = createDelay()
  let ending: Promise<void> | null = null
  const end = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    await sample?.close()
    await rekey.close()
    // Last, so that the final dispatches are still visible.
    if (measuring) await createDraining(measuring).quickly()
    await service.close()
  }
  return {
    reloadClients: clients.reload,
    endDelay: delay.end,
    ignored: (signal) => log.info({ signal }, 'a signal without effect'),
    async stop(delaySeconds = 0) {
      if (stopping) return
      stopping = true
      await delay.wait(delaySeconds)
      await draining.quickly()
      await (ending ??= end())
    },
    async retire() {
      retiring = true
      await draining.slowly()
      await (ending ??= end())
    },
    measured: async (isLast = false) => (isLast ? metrics?.lastValues() : metrics?.values()) ?? [],
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

function tidyRegularly({ store, log }: Assembled): NodeJS.Timeout {
  const failed = (error: unknown): void => log.error({ err: error }, 'deleting expired entries')
  return setInterval(() => {
    Promise.all([store.artefacts.tidy(), store.counters.tidy()]).catch(failed)
  }, TIDY_MS).unref()
}

/** At once, and again in the background. */
function learnCosts({ directory, log }: Assembled): NodeJS.Timeout {
  const learn = (): void => {
    directory.learnCosts().catch((error: unknown) => log.error({ err: error }, 'reading password costs'))
  }
  learn()
  return setInterval(learn, COSTS_MS).unref()
}

function serverOf(keepAliveSeconds: number, listener: RequestListener, isLeaving: () => boolean): Server {
  const server = createServer((req, res) => {
    // The client opens its next connection elsewhere.
    if (isLeaving()) res.shouldKeepAlive = false
    listener(req, res)
  })
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  // Shorter than the proxy in front, and it would send requests into closed connections.
  server.keepAliveTimeout = keepAliveSeconds * 1000
  server.on('clientError', answerUnreadable)
  return server
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

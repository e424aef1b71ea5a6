/** Builds the parts of the service from a configuration, without opening a socket; for the server and for the commands. */
import { mkdir } from 'node:fs/promises'
import { createRekey, type Rekey, type Store } from '../index.ts'
import { systemClock } from '../clock.ts'
import type { Clock, Mailer } from '../ports.ts'
import type { Configuration } from './configuration/configuration.ts'
import { createDirectory, type DirectoryOfServer } from './directory.ts'
import { createLog, type Logger } from './log.ts'
import { type DevelopmentMailbox, developmentMailbox } from './mailbox.ts'
import { mailerOf } from './mailer.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { openStore } from './openStore.ts'
import { optionsOf } from './rekeyOptions.ts'
import { readSecrets, type Secrets } from './secrets.ts'

export interface Assembled {
  readonly configuration: Configuration
  readonly secrets: Secrets
  readonly store: Store
  readonly directory: DirectoryOfServer
  readonly mailbox: DevelopmentMailbox | null
  readonly rekey: Rekey
  readonly clock: Clock
  readonly log: Logger
  /** null: metrics are off. */
  readonly metrics: Metrics | null
  close(): Promise<void>
}

export async function assemble(configuration: Configuration): Promise<Assembled> {
  const { dataDirectory, mail } = configuration
  const clock = systemClock
  const log = createLog(configuration.logLevel)
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const secrets = await readSecrets(configuration)
  const store = await openStore(configuration, clock, (line) => log.warn(line))
  const directory = createDirectory({
    profiles: store.profiles,
    clock,
    key: secrets.encryption.at(-1)?.key ?? new Uint8Array(32),
  })
  const mailbox = mail.smtpUrl === null ? developmentMailbox(store.journal('mailbox'), clock) : null
  const smtp = mailerOf(configuration)
  const mailer: Mailer | undefined = mailbox?.mailer ?? smtp ?? undefined
  if (!mailer) throw new Error('no way to send mail')
  const metrics = configuration.metricsPort === null ? null : createMetrics({ store, clock })
  const rekey = await createRekey({
    ...optionsOf(configuration),
    store,
    directory,
    clock,
    mail: mailer,
    keys: secrets.encryption,
    onAudit: (event) => metrics?.audited(event),
    onAuditDropped: (count) => metrics?.dropped(count),
    onLimit(limit) {
      metrics?.limited(limit)
      // The audit has one line for a burst of refusals; the log, which is rotated, has each.
      log.info({ limit }, 'a password was refused')
    },
    onError(error, doing) {
      metrics?.failed()
      log.error({ err: error }, doing)
    },
  })
  return {
    configuration,
    secrets,
    store,
    directory,
    mailbox,
    rekey,
    clock,
    log,
    metrics,
    async close() {
      smtp?.close()
      await store.close()
    },
  }
}

/** Builds the parts of the service from a configuration, without opening a socket; for the server and for the commands. */
import { createRekey, type Rekey, type Store } from '../index.ts'
import { systemClock } from '../clock.ts'
import { KEY_RING_REMEDY, keyRingTrouble } from '../doctor/keyRing.ts'
import { StoreUnfit } from '../errors.ts'
import type { StoreRoom } from '../core/storeRoom.ts'
import type { Clock, Mailer } from '../ports.ts'
import type { Configuration } from './configuration/configuration.ts'
import { prepareDataDirectory } from './dataDirectory.ts'
import { createDirectory, type DirectoryOfServer } from './directory.ts'
import { createLog, type Logger, pidFor } from './log.ts'
import { type DevelopmentMailbox, developmentMailbox } from './mailbox.ts'
import { mailerOf } from './mailer.ts'
import type { Metrics } from './metrics.ts'
import { requireFinished } from './restoreMark.ts'
import { openStore } from './openStore.ts'
import { createReadiness, type Readiness } from './readiness.ts'
import { optionsOf } from './rekeyOptions.ts'
import { requestStore } from '../store/requestStore.ts'
import { watchRoom } from '../store/room.ts'
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
  readonly readiness: () => Promise<Readiness>
  close(): Promise<void>
}

export async function assemble(configuration: Configuration): Promise<Assembled> {
  const { mail, logLevel, workers } = configuration
  const clock = systemClock
  const log = createLog(logLevel, undefined, pidFor(workers))
  await prepareDataDirectory(configuration)
  const secrets = await readSecrets(configuration)
  const opened = await openStore(configuration, clock, (line) => log.warn(line))
  const watched = watchRoom(opened, { onChange: (room, used) => log.warn(roomLine(room, used)) })
  const { store } = watched
  const directory = createDirectory({
    profiles: requestStore(store).profiles,
    clock,
    key: secrets.encryption.at(-1)?.key ?? new Uint8Array(32),
  })
  const mailbox = mail.smtpUrl === null ? developmentMailbox(store.journal('mailbox'), clock) : null
  const smtp = mailerOf(configuration)
  const mailer: Mailer | undefined = mailbox?.mailer ?? smtp ?? undefined
  if (!mailer) throw new Error('no way to send mail')
  const readiness = createReadiness(watched, clock)
  const metrics =
    configuration.metricsPort === null ? null : (await import('./metrics.ts')).createMetrics(readiness, watched.used)
  const rekey = await createRekey({
    ...optionsOf(configuration),
    store,
    directory,
    clock,
    mail: mailer,
    keys: secrets.encryption,
    onAudit: (event) => metrics?.audited(event),
    onReset: (outcome) => metrics?.reset(outcome),
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
    readiness,
    async close() {
      smtp?.close()
      watched.stop()
      await store.close()
    },
  }
}

const roomLine = (room: StoreRoom, used: number): string =>
  `${Math.round(used * 100)} % of the store are used: ${
    { ok: 'there is room again', low: 'add room', 'nearly-full': 'no new sign-in begins before there is room' }[room]
  }`

/** Before anything is written: the store of another installation stays as it is. @throws StoreUnfit */
export async function requireOwnStore(
  { store, secrets }: Pick<Assembled, 'store' | 'secrets'>,
  isRestoring = false,
): Promise<void> {
  if (!isRestoring) await requireFinished(store.records)
  const trouble = await keyRingTrouble(store.artefacts, secrets.encryption)
  if (trouble) throw new StoreUnfit(`${trouble.found}. ${KEY_RING_REMEDY}`)
}

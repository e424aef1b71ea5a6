/** From a configuration to the parts of the service, without a socket: what the server listens with and the commands work on. */
import { mkdir } from 'node:fs/promises'
import { createRekey, type Rekey, type Store } from '../index.ts'
import { systemClock } from '../options.ts'
import { smtpMailer } from '../mail/smtp.ts'
import type { Clock, Mailer } from '../ports.ts'
import type { Configuration } from './configuration/configuration.ts'
import { type Accounts, createDirectory } from './directory.ts'
import type { Directory } from '../ports.ts'
import { createLog, type Logger } from './log.ts'
import { type DevelopmentMailbox, developmentMailbox } from './mailbox.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { openStore } from './openStore.ts'
import { readSecrets, type Secrets } from './secrets.ts'

export interface Assembled {
  readonly configuration: Configuration
  readonly secrets: Secrets
  readonly store: Store
  readonly directory: Required<Directory> & Accounts
  readonly mailbox: DevelopmentMailbox | null
  readonly rekey: Rekey
  readonly clock: Clock
  readonly log: Logger
  /** null: nobody asks. */
  readonly metrics: Metrics | null
  close(): Promise<void>
}

/** Whole time for one letter. Milliseconds; shorter than the lease of what is owed, so that no two send it at once. */
const EMAIL_DEADLINE_MS = 15_000

export async function assemble(configuration: Configuration): Promise<Assembled> {
  const {
    issuer,
    dataDirectory,
    mail,
    reset,
    attempts,
    passwordAttempts,
    passwordLinks,
    stepUp,
    twoFactor,
    acr,
    brand,
    locales,
  } = configuration
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
  const smtp =
    mail.smtpUrl === null
      ? null
      : smtpMailer({ url: mail.smtpUrl, from: mail.from, issuer, deadlineMs: EMAIL_DEADLINE_MS })
  const mailer: Mailer | undefined = mailbox?.mailer ?? smtp ?? undefined
  if (!mailer) throw new Error('no way to send mail')
  const metrics = configuration.metricsPort === null ? null : createMetrics({ store, clock })
  const rekey = await createRekey({
    issuer,
    allowPlainHttp: configuration.allowPlainHttp,
    store,
    directory,
    clock,
    mail: mailer,
    keys: secrets.encryption,
    brand,
    languages: locales,
    issuerName: twoFactor.issuerName,
    signInUrl: configuration.signInUrl,
    required: twoFactor.required,
    acr: { twoFactor: acr.twoFactor, oneFactor: acr.oneFactor },
    requireReason: reset.requireReason,
    helpdeskGroups: configuration.helpdesk.groups,
    anonymousWritesPerMinute: configuration.anonymous.writesPerMinute,
    rules: {
      profile: reset.profile,
      strictRoles: reset.strictRoles,
      linkLifetimeSeconds: reset.linkLifetimeSeconds,
      signInLifetimeSeconds: reset.signInLifetimeSeconds,
      linksPerHour: reset.linksPerHour,
      actsPerHour: stepUp.actsPerHour,
      stepUpMaxAgeSeconds: stepUp.maxAgeSeconds,
      stepUpMinFactorAgeSeconds: stepUp.minFactorAgeSeconds,
      freeAttempts: attempts.free,
      firstPauseSeconds: attempts.firstPauseSeconds,
      longestPauseSeconds: attempts.longestPauseSeconds,
      lockAfter: attempts.lockAfter,
      mailsPerHour: stepUp.mailsPerHour,
      passwordLinksPerNetwork: passwordLinks.fromNetworkPerHour,
      passwordLinksPerBrowser: passwordLinks.fromBrowserPerHour,
      passwordFreeAttempts: passwordAttempts.free,
      passwordFirstPauseSeconds: passwordAttempts.firstPauseSeconds,
      passwordLongestPauseSeconds: passwordAttempts.longestPauseSeconds,
      passwordsPerAccount: passwordAttempts.perAccountPerHour,
      passwordsPerNetwork: passwordAttempts.perNetworkPerHour,
    },
    onAudit: (event) => metrics?.audited(event),
    onAuditDropped: (count) => metrics?.dropped(count),
    onLimit(limit) {
      metrics?.limited(limit)
      // A flood of refusals is one line a burst in the audit; here each stands, where logs are rotated.
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

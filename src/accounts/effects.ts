/** One handler per effect, complete by type. Each is idempotent by the entry's id and may run any number of times. */
import type { Account } from '../core/account.ts'
import type { EndedClient, Effect, LinkMail, Notice, OutboxEntry, EffectOutcome } from '../core/effect.ts'
import type { Purpose } from '../core/link.ts'
import type { Device } from '../core/device.ts'
import type { RequiredProofs } from '../core/proofs.ts'
import { MailRefused, RekeyError } from '../errors.ts'
import type { AuditLog, Directory, Person } from '../ports.ts'

type Result = EffectOutcome['result']
type EntryOf<K extends Effect['is']> = Extract<OutboxEntry, { is: K }>
type Handler<E extends OutboxEntry> = (account: Account, entry: E, now: number) => Promise<Result>

export type Effects = { readonly [K in Effect['is']]: Handler<EntryOf<K>> }

export interface EffectPorts {
  readonly audit: Pick<AuditLog, 'append'>
  readonly directory: Pick<Directory, 'find' | 'enrolled' | 'setPassword' | 'verifyEmail' | 'signedOut'>
  /** Notifies the directory, which then reads the state of the factor. */
  readonly notifyFactor: (accountId: string) => Promise<void>
  /** Composes and sends; throws `MailRefused` for a permanent failure, anything else for a temporary one. */
  readonly post: {
    reset(person: Person, message: LinkEmail): Promise<void>
    invitation(person: Person, message: LinkEmail): Promise<void>
    password(person: Person, message: LinkEmail): Promise<void>
    notice(person: Person, message: NoticeEmail): Promise<void>
  }
  /** The proofs that a set-up requires of this person. */
  readonly proofsOf: (account: Account, person: Person, now: number) => RequiredProofs
  /** The link in a sealed outbox entry. */
  readonly openLink: (purpose: Purpose, sealed: string, accountId: string, resetId: string) => string
  /** The password hash in a sealed outbox entry. */
  readonly openPassword: (sealed: string, accountId: string) => string
  /** Logs out and deletes what is older than `epoch`. `final`: keep no rows for another attempt. */
  readonly purge: (accountId: string, epoch: number, final: boolean) => Promise<PurgeResult>
  readonly onError: (error: unknown, doing: string) => void
}

export interface LinkEmail {
  readonly id: string
  readonly link: string
  readonly at: number
  readonly expiresAt: number
  /** Whether the link alone suffices, and why not. */
  readonly proofs: Pick<RequiredProofs, 'both' | 'because'>
}

export interface NoticeEmail {
  readonly id: string
  readonly at: number
  readonly notice: Notice
  /** The browser of the act, if the recipient may have done it; null: unknown, or another person's. */
  readonly device: Device | null
}

export interface PurgeResult {
  readonly clients: readonly EndedClient[]
  /** A relying party could not be reached; its row is kept. */
  readonly incomplete: boolean
}

/** Attempts at a back-channel logout before its session row is deleted. */
const LOGOUT_TRIES = 5
/** Attempts at a notice before it fails; an email with a link is retried until the link expires. */
const NOTICE_TRIES = 20
/** Longest wait between two attempts. Seconds. */
const LONGEST_WAIT_SECONDS = 600
/** The same for a new password: until it is stored, neither the old one nor the new one works. Seconds. */
const LONGEST_LOCK_OUT_SECONDS = 10

/** Fails for good; the message is the reason shown to administrators. */
class Permanent extends Error {}

/** Runs the work once; an error leads to a later attempt, or to a failure if `isFinal` says so. */
type Retry = <E extends OutboxEntry>(
  work: (account: Account, entry: E, now: number) => Promise<readonly EndedClient[] | void>,
  options?: {
    readonly isFinal?: (error: unknown, entry: E) => boolean
    /** Longest wait between two attempts. Seconds. */
    readonly longest?: number
  },
) => Handler<E>

const retrying =
  (onError: EffectPorts['onError']): Retry =>
  (work, { isFinal = () => false, longest = LONGEST_WAIT_SECONDS } = {}) =>
  async (account, entry, now) => {
    try {
      const clients = await work(account, entry, now)
      return { is: 'done', ...(clients ? { clients } : {}) }
    } catch (error) {
      if (error instanceof Permanent) return { is: 'failed', error: error.message }
      if (isFinal(error, entry)) return { is: 'failed', error: reasonOf(error) }
      onError(error, `dispatching ${entry.is}`)
      return { is: 'again', at: now + Math.min(5 * 2 ** entry.tries, longest), error: reasonOf(error) }
    }
  }

export function createEffects(ports: EffectPorts): Effects {
  const retried = retrying(ports.onError)
  return { ...emailEffects(ports, retried), ...directoryEffects(ports, retried), ...otherEffects(ports, retried) }
}

function emailEffects(
  { directory, post, proofsOf, openLink }: EffectPorts,
  retried: Retry,
): Pick<Effects, LinkMail | 'notice'> {
  const recipient = async (id: string): Promise<Person> => {
    const person = await directory.find(id)
    if (!person) throw new Permanent('account is gone')
    return person
  }
  const isRefused = (error: unknown): boolean => error instanceof MailRefused
  const mailLink = (purpose: Purpose) =>
    retried<EntryOf<LinkMail>>(
      async (account, entry, now) => {
        if (now >= entry.expiresAt) throw new Permanent('the link expired before the mail server took it')
        const person = await recipient(account.id)
        const link = openLink(purpose, entry.sealedLink, account.id, entry.resetId)
        const { at, expiresAt } = entry
        const proofs = proofsOf(account, person, now)
        await post[purpose](person, { id: messageId(account, entry), link, at, expiresAt, proofs })
      },
      { isFinal: isRefused },
    )
  return {
    'reset-mail': mailLink('reset'),
    'invitation-mail': mailLink('invitation'),
    'password-mail': mailLink('password'),
    notice: retried(
      async (account, entry) => {
        const { at, notice, device = null } = entry
        await post.notice(await recipient(account.id), { id: messageId(account, entry), at, notice, device })
      },
      { isFinal: (error, entry) => isRefused(error) || entry.tries >= NOTICE_TRIES },
    ),
  }
}

function directoryEffects(
  { directory, notifyFactor, openPassword }: EffectPorts,
  retried: Retry,
): Pick<Effects, 'set-password' | 'verify-email' | 'tell-directory'> {
  return {
    'set-password': retried(
      async (account, entry) => {
        const hash = openPassword(entry.sealedPassword, account.id)
        await directory.setPassword?.(account.id, hash, { generation: entry.epoch })
      },
      { longest: LONGEST_LOCK_OUT_SECONDS },
    ),
    'verify-email': retried(async (account, entry) => directory.verifyEmail?.(account.id, entry.email)),
    'tell-directory': retried(async (account, entry) => {
      if (entry.enrolledAt !== null) await directory.enrolled(account.id, entry.enrolledAt)
      await notifyFactor(account.id)
    }),
  }
}

function otherEffects({ audit, directory, purge }: EffectPorts, retried: Retry): Pick<Effects, 'audit' | 'purge'> {
  return {
    audit: retried(async (account, entry) => {
      const { target, ...line } = entry.line
      await audit.append({ id: messageId(account, entry), at: entry.at, ...line, target: target ?? account.id })
    }),
    purge: retried(async (account, entry) => {
      // First: a session of the host's own signs in by itself.
      await directory.signedOut?.(account.id, { at: entry.at, because: entry.because })
      const { clients, incomplete } = await purge(account.id, entry.epoch, entry.tries >= LOGOUT_TRIES)
      if (incomplete) throw new Error('a relying party could not be reached')
      return clients
    }),
  }
}

/** The same for every attempt at one entry. */
const messageId = (account: Account, entry: OutboxEntry): string => `${account.id}.${entry.id}`

/** One short line without addresses or content, safe to show to an administrator. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'responseCode' in error) return `mail server answered ${String(error.responseCode)}`
  if (error instanceof RekeyError) return error.name
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}

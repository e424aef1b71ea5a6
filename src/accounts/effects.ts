/** One handler per effect, complete by type. Each is idempotent by the entry's id and may run any number of times. */
import type { Account } from '../core/account.ts'
import type { EndedClient, Effect, LinkMail, Notice, OutboxEntry } from '../core/effect.ts'
import type { Purpose } from '../core/link.ts'
import type { Device } from '../core/device.ts'
import type { RequiredProofs } from '../core/proofs.ts'
import { MailRefused } from '../errors.ts'
import type { AuditLog, Directory, Person } from '../ports.ts'
import {
  type Handler,
  Incomplete,
  LOGOUT_TRIES,
  LONGEST_LOCK_OUT_SECONDS,
  NOTICE_TRIES,
  Permanent,
  type Retry,
  retrying,
} from './retry.ts'

export type EntryOf<K extends Effect['is']> = OutboxEntry & { readonly is: K }

export type Effects = { readonly [K in Effect['is']]: Handler<EntryOf<K>> }

export interface EffectPorts {
  readonly audit: Pick<AuditLog, 'append' | 'redact'>
  readonly directory: Pick<Directory, 'find' | 'enrolled' | 'setPassword' | 'verifyEmail' | 'signedOut' | 'remove'>
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

/** Lines that requests under way may still write about a deleted person are redacted after this time. Seconds. */
const UNDER_WAY_SECONDS = 600

export function createEffects(ports: EffectPorts): Effects {
  const retried = retrying(ports.onError)
  return {
    ...emailEffects(ports, retried),
    ...directoryEffects(ports, retried),
    ...auditEffects(ports, retried),
    purge: purgeEffect(ports, retried),
  }
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
): Pick<Effects, 'set-password' | 'verify-email' | 'tell-directory' | 'remove-person'> {
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
    'remove-person': retried(async (account) => directory.remove?.(account.id)),
  }
}

function auditEffects({ audit }: EffectPorts, retried: Retry): Pick<Effects, 'audit' | 'redact-audit'> {
  const redact = retried<EntryOf<'redact-audit'>>(async (account) => audit.redact?.(account.id))
  return {
    audit: retried(async (account, entry) => {
      const { target, ...line } = entry.line
      const id = messageId(account, { id: entry.lineId ?? entry.id })
      // The line of a refusal may be lost: without replicas, codes that are refused would fill the outbox.
      const durable = line.outcome !== 'refused'
      await audit.append({ id, at: entry.at, ...line, target: target ?? account.id }, { durable })
    }),
    async 'redact-audit'(account, entry, now) {
      const result = await redact(account, entry, now)
      const last = entry.at + UNDER_WAY_SECONDS
      return result.is === 'done' && now < last
        ? { is: 'again', at: last, error: 'requests under way may write lines' }
        : result
    },
  }
}

const purgeEffect = ({ directory, purge }: EffectPorts, retried: Retry): Effects['purge'] =>
  retried(async (account, entry) => {
    // First: a session of the host's own signs in by itself.
    await directory.signedOut?.(account.id, { at: entry.at, because: entry.because })
    const { clients, incomplete } = await purge(account.id, entry.epoch, entry.tries >= LOGOUT_TRIES)
    if (incomplete) throw new Incomplete('a relying party could not be reached', clients)
    return clients
  })

/** The same for every attempt at one entry. */
const messageId = (account: Account, entry: Pick<OutboxEntry, 'id'>): string => `${account.id}.${entry.id}`

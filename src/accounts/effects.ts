/**
 * What is owed, and the port that settles it: one row per debt, complete by type. Each is idempotent by the debt's id,
 * may be tried any number of times, and says what became of it.
 */
import type { Account } from '../core/account.ts'
import type { EndedClient, Effect, LinkMail, Notice, OutboxEntry, EffectOutcome } from '../core/effect.ts'
import type { Purpose } from '../core/link.ts'
import type { Device } from '../core/device.ts'
import type { RequiredProofs } from '../core/proofs.ts'
import { MailRefused, RekeyError } from '../errors.ts'
import type { AuditLog, Directory, Person } from '../ports.ts'

export type Effects = {
  readonly [K in Effect['is']]: (
    account: Account,
    entry: Extract<OutboxEntry, { is: K }>,
    now: number,
  ) => Promise<EffectOutcome['result']>
}

export interface EffectPorts {
  readonly audit: Pick<AuditLog, 'append'>
  readonly directory: Pick<Directory, 'find' | 'enrolled' | 'setPassword' | 'verifyEmail'>
  /** Has the directory ask what the factor is now. */
  readonly notifyFactor: (accountId: string) => Promise<void>
  /** Composes and sends; throws `MailRefused` for never, anything else for later. */
  readonly post: {
    reset(person: Person, message: LinkEmail): Promise<void>
    invitation(person: Person, message: LinkEmail): Promise<void>
    password(person: Person, message: LinkEmail): Promise<void>
    notice(person: Person, message: NoticeEmail): Promise<void>
  }
  /** What setting up takes of this person. */
  readonly proofsOf: (account: Account, person: Person, now: number) => RequiredProofs
  /** The link in a sealed debt. */
  readonly openLink: (purpose: Purpose, sealed: string, accountId: string, resetId: string) => string
  /** What the directory is to keep of a password, in a sealed debt. */
  readonly openPassword: (sealed: string, accountId: string) => string
  /** Logs out and deletes what is older than `epoch`. `final`: do not keep rows for another try. */
  readonly purge: (accountId: string, epoch: number, final: boolean) => Promise<PurgeResult>
  readonly onError: (error: unknown, doing: string) => void
}

export interface LinkEmail {
  readonly id: string
  readonly link: string
  readonly at: number
  readonly expiresAt: number
  /** Whether the link alone is enough, and why not. */
  readonly proofs: Pick<RequiredProofs, 'both' | 'because'>
}

export interface NoticeEmail {
  readonly id: string
  readonly at: number
  readonly notice: Notice
  /** Where it was done, when its reader may have done it; null: not known, or somebody else's. */
  readonly device: Device | null
}

export interface PurgeResult {
  readonly clients: readonly EndedClient[]
  /** Some relying party could not be reached; its row is still there. */
  readonly incomplete: boolean
}

/** Tries of a back-channel logout before the relying party is given up and its session row deleted. */
const LOGOUT_TRIES = 5
/** Tries of a notice before it is given up; a reset's letter is tried until its link expires. */
const NOTICE_TRIES = 20
/** Longest wait between two tries. Seconds. */
const LONGEST_WAIT_SECONDS = 600
/** The same where somebody is shut out until it is done: neither the old password fits nor the new one. Seconds. */
const LONGEST_LOCK_OUT_SECONDS = 10

export function createEffects({
  audit,
  directory,
  notifyFactor,
  post,
  proofsOf,
  openLink,
  openPassword,
  purge,
  onError,
}: EffectPorts): Effects {
  const later = (
    entry: OutboxEntry,
    now: number,
    error: unknown,
    longest = LONGEST_WAIT_SECONDS,
  ): EffectOutcome['result'] => {
    onError(error, `settling ${entry.is}`)
    const wait = Math.min(5 * 2 ** entry.tries, longest)
    return { is: 'again', at: now + wait, error: reasonOf(error) }
  }

  async function mail(
    account: Account,
    entry: OutboxEntry,
    now: number,
    givenUp: boolean,
    send: (person: Person) => Promise<void>,
  ): Promise<EffectOutcome['result']> {
    try {
      const person = await directory.find(account.id)
      if (!person) return { is: 'failed', error: 'account is gone' }
      await send(person)
      return { is: 'done' }
    } catch (error) {
      if (error instanceof MailRefused || givenUp) return { is: 'failed', error: reasonOf(error) }
      return later(entry, now, error)
    }
  }

  const mailLink =
    (purpose: Purpose) =>
    async (
      account: Account,
      entry: Extract<OutboxEntry, { is: LinkMail }>,
      now: number,
    ): Promise<EffectOutcome['result']> => {
      if (now >= entry.expiresAt) return { is: 'failed', error: 'the link expired before the mail server took it' }
      return mail(account, entry, now, false, async (person) => {
        const link = openLink(purpose, entry.sealedLink, account.id, entry.resetId)
        const id = messageId(account, entry)
        const { at, expiresAt } = entry
        await post[purpose](person, { id, link, at, expiresAt, proofs: proofsOf(account, person, now) })
      })
    }

  return {
    'reset-mail': mailLink('reset'),
    'invitation-mail': mailLink('invitation'),
    'password-mail': mailLink('password'),
    notice: async (account, entry, now) =>
      mail(account, entry, now, entry.tries >= NOTICE_TRIES, (person) =>
        post.notice(person, {
          id: messageId(account, entry),
          at: entry.at,
          notice: entry.notice,
          device: entry.device ?? null,
        }),
      ),
    audit: async (account, entry, now) => {
      const { target, ...line } = entry.line
      const id = messageId(account, entry)
      try {
        await audit.append({ id, at: entry.at, ...line, target: target ?? account.id })
        return { is: 'done' }
      } catch (error) {
        return later(entry, now, error)
      }
    },
    purge: async (account, entry, now) => {
      try {
        const { clients, incomplete } = await purge(account.id, entry.epoch, entry.tries >= LOGOUT_TRIES)
        return incomplete
          ? later(entry, now, new Error('a relying party could not be reached'))
          : { is: 'done', clients }
      } catch (error) {
        return later(entry, now, error)
      }
    },
    'set-password': async (account, entry, now) => {
      try {
        const hash = openPassword(entry.sealedPassword, account.id)
        await directory.setPassword?.(account.id, hash, { generation: entry.epoch })
        return { is: 'done' }
      } catch (error) {
        return later(entry, now, error, LONGEST_LOCK_OUT_SECONDS)
      }
    },
    'verify-email': async (account, entry, now) => {
      try {
        await directory.verifyEmail?.(account.id, entry.email)
        return { is: 'done' }
      } catch (error) {
        return later(entry, now, error)
      }
    },
    'tell-directory': async (account, entry, now) => {
      try {
        if (entry.enrolledAt !== null) await directory.enrolled(account.id, entry.enrolledAt)
        await notifyFactor(account.id)
        return { is: 'done' }
      } catch (error) {
        return later(entry, now, error)
      }
    },
  }
}

/** The same for every try at the same debt. */
const messageId = (account: Account, entry: OutboxEntry): string => `${account.id}.${entry.id}`

/** One short line without addresses or content, safe to show to an administrator. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'responseCode' in error) return `mail server answered ${String(error.responseCode)}`
  if (error instanceof RekeyError) return error.name
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}

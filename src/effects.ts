/**
 * What is owed, and the port that settles it: one row per debt, complete by type. Each is idempotent by the debt's id,
 * may be tried any number of times, and says what became of it.
 */
import type { Account, EndedClient, Purpose } from './core/account.ts'
import type { Device } from './core/device.ts'
import type { RequiredProofs } from './core/proofs.ts'
import type { Debt, LinkMail, Notice, Owed, Settled } from './core/vocabulary.ts'
import { type AuditLog, type Directory, MailRefused, type Person } from './ports.ts'

export type Effects = {
  readonly [K in Debt['is']]: (
    account: Account,
    owed: Extract<Owed, { is: K }>,
    now: number,
  ) => Promise<Settled['result']>
}

export interface EffectPorts {
  readonly audit: Pick<AuditLog, 'append'>
  readonly directory: Pick<Directory, 'find' | 'enrolled' | 'setPassword' | 'verifyEmail'>
  /** Has the directory ask what the factor is now. */
  readonly tellFactor: (accountId: string) => Promise<void>
  /** Composes and sends; throws `MailRefused` for never, anything else for later. */
  readonly post: {
    reset(person: Person, letter: LinkLetter): Promise<void>
    invitation(person: Person, letter: LinkLetter): Promise<void>
    password(person: Person, letter: LinkLetter): Promise<void>
    notice(person: Person, letter: NoticeLetter): Promise<void>
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

export interface LinkLetter {
  readonly id: string
  readonly link: string
  readonly at: number
  readonly expiresAt: number
  /** Whether the link alone is enough, and why not. */
  readonly proofs: Pick<RequiredProofs, 'both' | 'because'>
}

export interface NoticeLetter {
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
  tellFactor,
  post,
  proofsOf,
  openLink,
  openPassword,
  purge,
  onError,
}: EffectPorts): Effects {
  const later = (owed: Owed, now: number, error: unknown, longest = LONGEST_WAIT_SECONDS): Settled['result'] => {
    onError(error, `settling ${owed.is}`)
    const wait = Math.min(5 * 2 ** owed.tries, longest)
    return { is: 'again', at: now + wait, error: reasonOf(error) }
  }

  async function mail(
    account: Account,
    owed: Owed,
    now: number,
    givenUp: boolean,
    send: (person: Person) => Promise<void>,
  ): Promise<Settled['result']> {
    try {
      const person = await directory.find(account.id)
      if (!person) return { is: 'failed', error: 'account is gone' }
      await send(person)
      return { is: 'done' }
    } catch (error) {
      if (error instanceof MailRefused || givenUp) return { is: 'failed', error: reasonOf(error) }
      return later(owed, now, error)
    }
  }

  const mailLink =
    (purpose: Purpose) =>
    async (account: Account, owed: Extract<Owed, { is: LinkMail }>, now: number): Promise<Settled['result']> => {
      if (now >= owed.expiresAt) return { is: 'failed', error: 'the link expired before the mail server took it' }
      return mail(account, owed, now, false, async (person) => {
        const link = openLink(purpose, owed.sealedLink, account.id, owed.resetId)
        const id = letterId(account, owed)
        const { at, expiresAt } = owed
        await post[purpose](person, { id, link, at, expiresAt, proofs: proofsOf(account, person, now) })
      })
    }

  return {
    'reset-mail': mailLink('reset'),
    'invitation-mail': mailLink('invitation'),
    'password-mail': mailLink('password'),
    notice: async (account, owed, now) =>
      mail(account, owed, now, owed.tries >= NOTICE_TRIES, (person) =>
        post.notice(person, {
          id: letterId(account, owed),
          at: owed.at,
          notice: owed.notice,
          device: owed.device ?? null,
        }),
      ),
    audit: async (account, owed, now) => {
      const { target, ...line } = owed.line
      const id = letterId(account, owed)
      try {
        await audit.append({ id, at: owed.at, ...line, target: target ?? account.id })
        return { is: 'done' }
      } catch (error) {
        return later(owed, now, error)
      }
    },
    purge: async (account, owed, now) => {
      try {
        const { clients, incomplete } = await purge(account.id, owed.epoch, owed.tries >= LOGOUT_TRIES)
        return incomplete
          ? later(owed, now, new Error('a relying party could not be reached'))
          : { is: 'done', clients }
      } catch (error) {
        return later(owed, now, error)
      }
    },
    'set-password': async (account, owed, now) => {
      try {
        const hash = openPassword(owed.sealedPassword, account.id)
        await directory.setPassword?.(account.id, hash, { generation: owed.epoch })
        return { is: 'done' }
      } catch (error) {
        return later(owed, now, error, LONGEST_LOCK_OUT_SECONDS)
      }
    },
    'verify-email': async (account, owed, now) => {
      try {
        await directory.verifyEmail?.(account.id, owed.email)
        return { is: 'done' }
      } catch (error) {
        return later(owed, now, error)
      }
    },
    'tell-directory': async (account, owed, now) => {
      try {
        if (owed.enrolledAt !== null) await directory.enrolled(account.id, owed.enrolledAt)
        await tellFactor(account.id)
        return { is: 'done' }
      } catch (error) {
        return later(owed, now, error)
      }
    },
  }
}

/** The same for every try at the same debt. */
const letterId = (account: Account, owed: Owed): string => `${account.id}.${owed.id}`

/** One short line without addresses or content, safe to show to an administrator. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'responseCode' in error) return `mail server answered ${String(error.responseCode)}`
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}

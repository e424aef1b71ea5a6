/**
 * What happens to an account besides its second factor: its password is forgotten or changed, its letters go elsewhere. Passwords end
 * here: what goes down the corridor is the directory's hash, sealed.
 */
import type { Caller, NewLink, NotedType, PasswordRight } from './core/vocabulary.ts'
import type { Sealing } from './crypto/sealing.ts'
import { newId } from './crypto/tokens.ts'
import type { Corridor, Outcome } from './perform.ts'
import type { Directory, Person } from './ports.ts'

export interface PasswordChosen {
  readonly accountId: string
  /** On the strength of what. */
  readonly right: PasswordRight
  readonly password: string
  /** The one-time token of its form: sending the same form again shows the same result. */
  readonly form: string
}

export interface AccountJourney {
  /** Whether passwords are kept where we can change them. */
  readonly keepsPasswords: boolean
  /** Whether the old one can be asked for as well, as a change in a sign-in does. */
  readonly checksPasswords: boolean
  /** A letter with a link to another password. */
  sendPasswordLink(to: Pick<Person, 'id' | 'status'>, by: Caller): Promise<Outcome>
  /** Ends every other sign-in and leaves the second factor alone. When it returns, the directory has the new password. */
  changePassword(chosen: PasswordChosen, by: Caller): Promise<Outcome>
  /** Before the directory has the new address: links that went to the old one die, and it is told. */
  changeEmail(accountId: string, from: string, by: Caller): Promise<Outcome>
  /** Before something changes in the directory. `reason`: what. */
  noteChange(accountId: string, type: NotedType, reason: string | null, by: Caller): Promise<Outcome>
  /** What the directory is to keep, from a sealed debt of the outbox. */
  openPassword(sealed: string, accountId: string): string
}

export type PasswordKeeper = Pick<Directory, 'authenticate' | 'hashPassword' | 'setPassword' | 'findByEmail'>

export interface AccountJourneyOptions {
  readonly corridor: Corridor
  readonly sealing: Sealing
  readonly directory: PasswordKeeper
  readonly makeLink: (accountId: string, linkId: string) => Promise<NewLink>
}

const contextOf = (accountId: string): string => `${accountId}|password`

export function createAccountJourney(options: AccountJourneyOptions): AccountJourney {
  const { corridor, sealing, directory, makeLink } = options
  const keepsPasswords = [directory.hashPassword, directory.setPassword, directory.findByEmail].every(Boolean)
  return {
    keepsPasswords,
    checksPasswords: keepsPasswords && directory.authenticate !== undefined,

    async sendPasswordLink({ id: accountId, status }, by) {
      const id = newId()
      const link = await makeLink(accountId, id)
      return corridor.perform(accountId, () => ({ is: 'send-password-link', id, status, link, by }), { durable: true })
    },

    async changePassword({ accountId, right, password, form }, by) {
      if (!directory.hashPassword) throw new TypeError('this directory keeps no passwords')
      const hash = await directory.hashPassword(password)
      const sealedPassword = sealing.seal(hash, contextOf(accountId))
      const ask = () => ({ is: 'change-password', right, sealedPassword, form, by }) as const
      const outcome = await corridor.perform(accountId, ask, { durable: true })
      // Nobody is told that it is done while the old password still fits.
      if (outcome.is !== 'refused') await corridor.paid(accountId, 'set-password')
      return outcome
    },

    changeEmail: (accountId, from, by) =>
      corridor.perform(accountId, () => ({ is: 'change-email', from, by }), { durable: true }),

    noteChange: (accountId, type, reason, by) =>
      corridor.perform(accountId, () => ({ is: 'note-change', type, reason, by }), {
        durable: true,
        newcomer: type === 'account.created',
      }),

    openPassword: (sealed, accountId) => sealing.open(sealed, contextOf(accountId)),
  }
}

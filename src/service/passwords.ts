/** Password links and password changes. A command carries the sealed hash of the directory, never a password. */
import { mayNotSendLink } from '../core/password.ts'
import type { Rules } from '../core/rules.ts'
import type { Caller, NewLink, PasswordRight } from '../core/command.ts'
import { passwordUse } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import { newId } from '../crypto/tokens.ts'
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Clock, Directory, Person } from '../ports.ts'

export interface PasswordChosen {
  readonly accountId: string
  readonly right: PasswordRight
  readonly password: string
  /** The one-time token of the form: the same form sent again shows the same result. */
  readonly form: string
}

export interface Passwords {
  /** Whether the directory lets us change passwords. */
  readonly keepsPasswords: boolean
  /** Whether the directory can check the current password too, which a change in a sign-in needs. */
  readonly checksPasswords: boolean
  /** Mails a link to a new password. Concurrent requests cause one email. */
  sendPasswordLink(to: Pick<Person, 'id' | 'status'>, by: Caller): Promise<Outcome>
  /** Ends every other sign-in and leaves the second factor alone. When it returns, the directory has the new password. */
  changePassword(chosen: PasswordChosen, by: Caller): Promise<Outcome>
  /** The password hash in a sealed entry of the outbox. */
  openPassword(sealed: string, accountId: string): string
}

export type PasswordKeeper = Pick<
  Directory,
  'find' | 'authenticate' | 'hashPassword' | 'setPassword' | 'findByEmail' | 'verifyEmail'
>

export interface PasswordsOptions {
  readonly accounts: Accounts
  readonly sealing: Sealing<'record'>
  readonly directory: PasswordKeeper
  readonly clock: Clock
  readonly rules: Rules
  /** @param indexSeconds how long its state is still shown */
  readonly makeLink: (accountId: string, linkId: string, indexSeconds: number) => Promise<NewLink>
}

/** The address that a used link verifies; null: it is verified already. */
export const unverifiedEmail = (person: Person | null): string | null =>
  person?.emailVerified === false ? person.email : null

/** How long the state of a requested link can be shown. Seconds: 30 days. */
const LINK_INDEX_SECONDS = 2_592_000

export function createPasswords(options: PasswordsOptions): Passwords {
  const { accounts, sealing, directory, clock, rules, makeLink } = options
  /** Emails in preparation, by account: a concurrent request shares the result. */
  const sending = new Map<string, Promise<Outcome>>()

  /** Checked before the account's queue, so that a flood of requests stores nothing and delays no other command. */
  async function sendLink({ id: accountId, status }: Pick<Person, 'id' | 'status'>, by: Caller): Promise<Outcome> {
    const account = await accounts.get(accountId)
    const refusal = account && mayNotSendLink(account, { status }, clock.now(), rules)
    if (refusal) return { is: 'refused', refusal: refusal, account }
    const id = newId()
    const link = await makeLink(accountId, id, LINK_INDEX_SECONDS)
    return accounts.execute(accountId, () => ({ is: 'send-password-link', id, status, link, by }), { durable: true })
  }

  const keepsPasswords = [directory.hashPassword, directory.setPassword, directory.findByEmail].every(Boolean)
  return {
    keepsPasswords,
    checksPasswords: keepsPasswords && directory.authenticate !== undefined,

    sendPasswordLink(to, by) {
      const run = sending.get(to.id) ?? sendLink(to, by).finally(() => sending.delete(to.id))
      sending.set(to.id, run)
      return run
    },

    async changePassword({ accountId, right, password, form }, by) {
      if (!directory.hashPassword) throw new TypeError('this directory keeps no passwords')
      const hash = await directory.hashPassword(password)
      const sealedPassword = sealing.seal(hash, passwordUse(accountId))
      // Read before the command: a change of the address cancels the link before the directory has the new one.
      const asksPerson = right.is === 'link' && directory.verifyEmail
      const mailedTo = asksPerson ? unverifiedEmail(await directory.find(accountId)) : null
      const ask = () => ({ is: 'change-password', right, sealedPassword, form, mailedTo, by }) as const
      const outcome = await accounts.execute(accountId, ask, { durable: true })
      // The answer waits until the directory refuses the old password.
      if (outcome.is !== 'refused') await accounts.flush(accountId, 'set-password')
      return outcome
    },

    openPassword: (sealed, accountId) => sealing.open(sealed, passwordUse(accountId)),
  }
}

/** A person's own authenticators: the list, another passkey, another name, and the end of one. The core decides. */
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Account } from '../core/account.ts'
import type { ProvenBy } from '../core/authenticatorCommand.ts'
import type { Caller } from '../core/command.ts'
import type { Rules } from '../core/rules.ts'
import type { Directory, Person } from '../ports.ts'
import type { NewPasskeyAnswer, Passkeys, Unaccepted } from './passkeys.ts'
import { standingOf } from './signIn.ts'

/** Where a change is made, and what has proven the second factor there. */
export interface OwnChangeContext {
  readonly accountId: string
  readonly epoch: number
  readonly since: number | null
  readonly provenAt: number
  readonly provenBy: ProvenBy
}

export interface OwnAuthenticator {
  readonly id: string
  readonly kind: 'totp' | 'passkey'
  /** null: the app has no name. */
  readonly name: string | null
  readonly addedAt: number
  readonly lastUsedAt: number | null
  readonly isSynced: boolean
  readonly isSuspect: boolean
  /** The RP ID at which it works, if that is another one. */
  readonly elsewhere: string | null
  /** Whether it may be removed: another one works, and acts on others need the app. */
  readonly isRemovable: boolean
}

export interface OwnAuthenticators {
  list(account: Account, person: Pick<Person, 'roles'>): readonly OwnAuthenticator[]
  /** `userHandle`: used if the account has none. */
  add(
    at: OwnChangeContext & { readonly userHandle: string },
    answer: NewPasskeyAnswer,
    by: Caller,
  ): Promise<Outcome | Unaccepted>
  remove(at: OwnChangeContext, id: string, by: Caller): Promise<Outcome>
  /** @param name from `readName` */
  rename(at: OwnChangeContext, passkey: { readonly id: string; readonly name: string }, by: Caller): Promise<Outcome>
}

export interface OwnAuthenticatorsOptions {
  readonly accounts: Accounts
  readonly passkeys: Passkeys
  readonly directory: Pick<Directory, 'find'>
  readonly rules: Rules
}

export function createOwnAuthenticators(options: OwnAuthenticatorsOptions): OwnAuthenticators {
  const { accounts, passkeys, directory, rules } = options
  const { rpId } = passkeys
  const factsOf = async ({ accountId, ...at }: OwnChangeContext) => ({
    ...at,
    roles: standingOf(await directory.find(accountId), rules).roles,
    rpId,
  })

  return {
    list: listOf(rpId),

    async add({ userHandle: fresh, ...at }, answer, by) {
      const [facts, account] = await Promise.all([factsOf(at), accounts.getStored(at.accountId)])
      if (!account || !passkeys.isOffered) return { is: 'unaccepted', why: 'stale' }
      const { userHandle = fresh } = account
      const created = await passkeys.created({ ...at, userHandle, authenticatorId: null }, answer)
      if (created.is === 'unaccepted') return created
      const { authenticatorId, passkey } = created
      const ask = () => ({ is: 'add-authenticator', ...facts, authenticatorId, passkey, by }) as const
      return accounts.execute(at.accountId, ask, { durable: true, read: account })
    },

    async remove(at, id, by) {
      const facts = await factsOf(at)
      return accounts.execute(at.accountId, () => ({ is: 'remove-authenticator', ...facts, id, by }), { durable: true })
    },

    rename: ({ accountId, epoch, since }, { id, name }, by) =>
      accounts.execute(accountId, () => ({ is: 'rename-authenticator', epoch, since, id, name, by })),
  }
}

const listOf =
  (rpId: string | null): OwnAuthenticators['list'] =>
  ({ factor }, { roles }) => {
    if (factor.is !== 'active') return []
    const items = factor.authenticators.map((item) =>
      item.kind === 'totp'
        ? { id: item.id, kind: item.kind, name: null, addedAt: factor.enrolledAt, lastUsedAt: null, ...ofApp }
        : {
            id: item.id,
            kind: item.kind,
            name: item.name,
            addedAt: item.addedAt,
            lastUsedAt: item.lastUsedAt,
            isSynced: item.backupEligible,
            isSuspect: item.suspectAt !== null,
            elsewhere: item.rpId === rpId ? null : item.rpId,
          },
    )
    const working = items.filter(({ elsewhere }) => elsewhere === null)
    return items.map((item) => ({
      ...item,
      isRemovable: working.some((other) => other !== item) && (item.kind === 'passkey' || roles.length === 0),
    }))
  }

const ofApp = { isSynced: false, isSuspect: false, elsewhere: null } as const

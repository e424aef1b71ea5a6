/** What a record keeps sealed, and the record with it sealed under another key: what is inside stays what it is, and so does all else. */
import type { Account, Purpose } from './account.ts'
import { done, isLinkMail, leadsToOf } from './outbox.ts'
import type { Command, Decision, Owed } from './vocabulary.ts'

/** `of`: the authenticator, or the reset (invitation, …) whose link it is. */
export type Seal = { readonly sealed: string } & (
  | { readonly is: 'secret' | 'codes'; readonly of: string }
  | { readonly is: 'link'; readonly leadsTo: Purpose; readonly of: string }
  | { readonly is: 'password' }
)

export function sealsOf({ factor, owed }: Account): Seal[] {
  const debts = owed.flatMap((one): Seal[] => {
    if (isLinkMail(one)) return [{ is: 'link', leadsTo: leadsToOf(one), of: one.resetId, sealed: one.sealedLink }]
    return one.is === 'set-password' ? [{ is: 'password', sealed: one.sealedPassword }] : []
  })
  if (factor.is !== 'active') return debts
  const [{ id, sealed }] = factor.authenticators
  return [{ is: 'secret', of: id, sealed }, { is: 'codes', of: id, sealed: factor.backupCodes.sealed }, ...debts]
}

export function reseal(account: Account, { seals }: Extract<Command, { is: 'reseal' }>, now: number): Decision {
  if (!sealsOf(account).some(({ sealed }) => seals.has(sealed))) return { is: 'repeated', event: { is: 'resealed' } }
  const anew = (sealed: string): string => seals.get(sealed) ?? sealed
  const { factor, owed } = account
  const next: Account = { ...account, factor: factorAnew(factor, anew), owed: owed.map((one) => debtAnew(one, anew)) }
  return done(next, { is: 'resealed' }, now, [])
}

type Anew = (sealed: string) => string

function factorAnew(factor: Account['factor'], anew: Anew): Account['factor'] {
  if (factor.is !== 'active') return factor
  const [totp] = factor.authenticators
  const { backupCodes } = factor
  return {
    ...factor,
    authenticators: [{ ...totp, sealed: anew(totp.sealed) }],
    backupCodes: { ...backupCodes, sealed: anew(backupCodes.sealed) },
  }
}

function debtAnew(owed: Owed, anew: Anew): Owed {
  if (isLinkMail(owed)) return { ...owed, sealedLink: anew(owed.sealedLink) }
  return owed.is === 'set-password' ? { ...owed, sealedPassword: anew(owed.sealedPassword) } : owed
}

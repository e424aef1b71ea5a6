/** Sealed values of a record, and the record with them sealed under another key. Nothing else changes. */
import type { Account } from './account.ts'
import { idOfCodes } from './authenticators.ts'
import type { Purpose } from './link.ts'
import { done, type Decision } from './decision.ts'
import { isLinkMail, leadsToOf } from './outbox.ts'
import type { CommandOf } from './command.ts'
import type { OutboxEntry } from './effect.ts'

/** `of`: the id of the authenticator, or of the reset or invitation of the link. */
export type Seal = { readonly sealed: string } & (
  | { readonly is: 'secret' | 'passkey' | 'codes'; readonly of: string }
  | { readonly is: 'link'; readonly leadsTo: Purpose; readonly of: string }
  | { readonly is: 'password' }
)

export function sealsOf({ factor, outbox }: Account): Seal[] {
  const effects = outbox.flatMap((entry): Seal[] => {
    if (isLinkMail(entry))
      return [{ is: 'link', leadsTo: leadsToOf(entry), of: entry.resetId, sealed: entry.sealedLink }]
    return entry.is === 'set-password' ? [{ is: 'password', sealed: entry.sealedPassword }] : []
  })
  if (factor.is !== 'active') return effects
  return [
    ...factor.authenticators.map(({ kind, id, sealed }): Seal => ({ is: sealOf[kind], of: id, sealed })),
    { is: 'codes', of: idOfCodes(factor), sealed: factor.backupCodes.sealed },
    ...effects,
  ]
}

const sealOf = { totp: 'secret', passkey: 'passkey' } as const

export function reseal(account: Account, { seals }: CommandOf<'reseal'>, now: number): Decision {
  if (!sealsOf(account).some(({ sealed }) => seals.has(sealed))) return { is: 'repeated', event: { is: 'resealed' } }
  const reEncrypted = (sealed: string): string => seals.get(sealed) ?? sealed
  const { factor, outbox } = account
  const next: Account = {
    ...account,
    factor: reEncryptedFactor(factor, reEncrypted),
    outbox: outbox.map((entry) => reEncryptedEffect(entry, reEncrypted)),
  }
  return done(next, { is: 'resealed' }, now, [])
}

type ReEncrypted = (sealed: string) => string

function reEncryptedFactor(factor: Account['factor'], reEncrypted: ReEncrypted): Account['factor'] {
  if (factor.is !== 'active') return factor
  const { authenticators, backupCodes } = factor
  const [first, ...others] = authenticators
  const renewed = <A extends { readonly sealed: string }>(item: A): A => ({ ...item, sealed: reEncrypted(item.sealed) })
  return {
    ...factor,
    authenticators: [renewed(first), ...others.map(renewed)],
    backupCodes: { ...backupCodes, sealed: reEncrypted(backupCodes.sealed) },
  }
}

function reEncryptedEffect(entry: OutboxEntry, reEncrypted: ReEncrypted): OutboxEntry {
  if (isLinkMail(entry)) return { ...entry, sealedLink: reEncrypted(entry.sealedLink) }
  return entry.is === 'set-password' ? { ...entry, sealedPassword: reEncrypted(entry.sealedPassword) } : entry
}

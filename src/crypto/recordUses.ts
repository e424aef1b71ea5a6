/** The use of each seal in an account record. */
import type { Purpose } from '../core/link.ts'
import type { Seal } from '../core/keyRotation.ts'
import type { Use } from './purposes.ts'

type RecordUse = Use<'record'>

export const secretUse = (account: string, authenticator: string): RecordUse => ({
  for: 'authenticator',
  account,
  authenticator,
})

export const passkeyUse = (account: string, authenticator: string): RecordUse => ({
  for: 'passkey',
  account,
  authenticator,
})

export const codesUse = (account: string, authenticator: string): RecordUse => ({
  for: 'backup-codes',
  account,
  authenticator,
})

export const linkUse = (account: string, leadsTo: Purpose, link: string): RecordUse => ({
  for: 'mailed-link',
  account,
  leadsTo,
  link,
})

export const passwordUse = (account: string): RecordUse => ({ for: 'new-password', account })

/** The use of an existing seal. */
export function useOfSeal(account: string, seal: Seal): RecordUse {
  switch (seal.is) {
    case 'secret':
      return secretUse(account, seal.of)
    case 'passkey':
      return passkeyUse(account, seal.of)
    case 'codes':
      return codesUse(account, seal.of)
    case 'link':
      return linkUse(account, seal.leadsTo, seal.of)
    case 'password':
      return passwordUse(account)
  }
}

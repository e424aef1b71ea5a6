/** The record that an account without one gets at first sight, with the authenticator that the host knows of. */
import type { Account } from '../core/account.ts'
import { decide } from '../core/decide.ts'
import { missingAccount, newAccount } from '../core/newAccount.ts'
import type { Rules } from '../core/rules.ts'
import { readImported } from '../crypto/importedSecret.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { Clock, Directory } from '../ports.ts'
import { sealedImport } from './adoption.ts'
import type { Sealed } from './sealed.ts'

export interface FirstRecordOptions {
  readonly directory: Pick<Directory, 'foreignFactor'>
  readonly sealing: Sealing<'record'>
  readonly sealed: Pick<Sealed, 'sealCodes'>
  readonly clock: Clock
  readonly rules: Rules
  readonly onError: (error: unknown, doing: string) => void
}

export type FirstRecord = (accountId: string) => Promise<Account>

const unknownCaller = { actor: null, requestId: null, address: null }

/** An authenticator that cannot be used must not become "none": the password alone would set up another. */
export function createFirstRecord(options: FirstRecordOptions): FirstRecord {
  const { directory, clock, rules, onError } = options
  return async (accountId) => {
    const now = clock.now()
    const fresh = newAccount(accountId, now)
    const given: unknown = (await directory.foreignFactor?.(accountId)) ?? null
    if (given === null) return fresh
    const imported = readImported(typeof given === 'string' ? given : '')
    if (imported.is === 'refused') {
      onError(
        new Error(`the factor of ${JSON.stringify(accountId)} cannot be adopted: ${imported.why}`),
        'foreignFactor',
      )
      return missingAccount(accountId, now)
    }
    const command = sealedImport(options, { id: accountId, ...imported, enrolledAt: now, lastStep: 0 })
    const adopted = decide(fresh, { ...command, mode: 'new', isSame: false, by: unknownCaller }, now, rules)
    return adopted.is === 'done' ? adopted.account : missingAccount(accountId, now)
  }
}

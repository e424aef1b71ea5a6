/** The only module that opens and makes the sealed parts of a second factor. */
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Account } from '../core/account.ts'
import { idOfCodes, totpOf } from '../core/authenticators.ts'
import { sealsOf } from '../core/keyRotation.ts'
import {
  digestBackupCodes,
  matchBackupCode,
  newBackupCodes,
  packBackupCodes,
  unpackBackupCodes,
} from '../crypto/backupCodes.ts'
import { normaliseCode, type TypedCode } from '../crypto/codes.ts'
import { codesUse, secretUse, useOfSeal } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import { newId, newUserHandle } from '../crypto/tokens.ts'
import { digitsOf, matchStep, newSecret } from '../crypto/totp.ts'
import type { Clock } from '../ports.ts'

/** A set-up in progress. It is sealed for one browser in one flow; no other browser can read or cancel it. */
export interface SetUp {
  readonly authenticatorId: string
  /** Base32. */
  readonly secret: string
  readonly codes: readonly string[]
  /** For a passkey, if the account has none: see `Account.userHandle`. null: no passkey is offered. */
  readonly userHandle: string | null
}

/** A set-up sealed for the record, and the step that its first code matches. */
interface Confirmed {
  readonly authenticatorId: string
  readonly sealedSecret: string
  readonly sealedCodes: string
  readonly step: number | null
}

export interface Sealed {
  /** @param isPasskeyOffered whether the person may create a passkey in place of the app. Default false */
  newSetUp(isPasskeyOffered?: boolean): SetUp
  /** The code that was typed; eight digits are one for an account whose authenticator shows eight. */
  typedCode(accountId: string, typed: unknown): Promise<TypedCode>
  /** The step that a code matches; null: none. */
  stepOf(account: Account, code: string): number | null
  /** The index of the backup code that was typed; null: none. */
  backupCodeOf(account: Account, typed: unknown): number | null
  /** `of`: see `BackupCodes`. */
  sealCodes(accountId: string, of: string, codes: readonly string[]): string
  confirmed(accountId: string, setUp: SetUp, code: string): Confirmed
  /** Re-encrypts every seal of an older key with the newest key. */
  reseal(accountId: string): Promise<Outcome>
}

export interface SealedOptions {
  readonly accounts: Accounts
  readonly sealing: Sealing<'record'>
  readonly clock: Clock
}

export function createSealed({ accounts, sealing, clock }: SealedOptions): Sealed {
  const sealCodes: Sealed['sealCodes'] = (accountId, of, codes) =>
    sealing.sealBytes(packBackupCodes(digestBackupCodes(codes)), codesUse(accountId, of))

  return {
    newSetUp: (isPasskeyOffered = false) => ({
      authenticatorId: newId(),
      secret: newSecret(),
      codes: newBackupCodes(),
      userHandle: isPasskeyOffered ? newUserHandle() : null,
    }),
    sealCodes,

    async typedCode(accountId, typed) {
      const code = normaliseCode(typed, true)
      if (code.is !== 'code' || code.code.length === 6) return code
      const { factor } = (await accounts.getStored(accountId)) ?? {}
      const totp = factor?.is === 'active' ? totpOf(factor) : null
      if (!totp) return { is: 'malformed' }
      const secret = sealing.open(totp.sealed, secretUse(accountId, totp.id))
      return digitsOf(secret) === code.code.length ? code : { is: 'malformed' }
    },

    stepOf({ id, factor }, code) {
      const totp = factor.is === 'active' ? totpOf(factor) : null
      if (!totp) return null
      return matchStep(sealing.open(totp.sealed, secretUse(id, totp.id)), code, clock.now())
    },

    backupCodeOf({ id, factor }, typed) {
      if (factor.is !== 'active') return null
      const bytes = sealing.openBytes(factor.backupCodes.sealed, codesUse(id, idOfCodes(factor)))
      return matchBackupCode(unpackBackupCodes(bytes), typed)
    },

    confirmed: (accountId, { authenticatorId, secret, codes }, code) => ({
      authenticatorId,
      sealedSecret: sealing.seal(secret, secretUse(accountId, authenticatorId)),
      sealedCodes: sealCodes(accountId, authenticatorId, codes),
      step: matchStep(secret, code, clock.now()),
    }),

    reseal: (accountId) =>
      accounts.execute(accountId, (account) => {
        const reEncrypted = sealsOf(account).flatMap((seal): [string, string][] => {
          const renewed = sealing.renew(seal.sealed, useOfSeal(accountId, seal))
          return renewed === null ? [] : [[seal.sealed, renewed]]
        })
        return { is: 'reseal', seals: new Map(reEncrypted) }
      }),
  }
}

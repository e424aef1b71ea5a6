/** Ten single-use codes beside the authenticator: one budget with it, valid from the set-up on, never stranding anybody. */
import type { Account, Active } from './account.ts'
import { mayNotTry, noAttempts } from './attempts.ts'
import { activeFactor, countFailure, refused } from './authenticator.ts'
import { audit, done, ownNotice } from './outbox.ts'
import { codesRemaining } from './questions.ts'
import type { Rules } from './rules.ts'
import type { Command, Decision } from './vocabulary.ts'

type Asked<K extends Command['is']> = Extract<Command, { is: K }>

export function useBackupCode(account: Account, asked: Asked<'use-backup-code'>, now: number, rules: Rules): Decision {
  const factor = activeFactor(account, asked)
  if (factor.is !== 'active') return refused(factor)
  const codes = factor.backupCodes
  if (asked.index !== null && asked.index === codes.used.at(-1) && asked.form === codes.lastForm)
    return {
      is: 'repeated',
      event: { is: 'backup-code-accepted', at: factor.lastUsedAt ?? now, remaining: codesRemaining(account) },
    }
  const no = mayNotTry(account, asked.knownBrowser, now, rules)
  if (no) return refused(no)
  if (asked.index === null || codes.used.includes(asked.index))
    return countFailure(account, now, rules, {
      type: 'two_factor.code_refused',
      by: asked.by,
      target: null,
      knownBrowser: asked.knownBrowser,
    })
  const backupCodes = { ...codes, used: [...codes.used, asked.index], lastForm: asked.form }
  const [totp] = factor.authenticators
  const burnt: Active = { ...factor, authenticators: [{ ...totp, lastForm: null }], backupCodes, lastUsedAt: now }
  const next: Account = { ...account, attempts: noAttempts, factor: burnt }
  const remaining = codesRemaining(next)
  return done(next, { is: 'backup-code-accepted', at: now, remaining }, now, [
    audit('two_factor.backup_code_used', asked.by),
    ownNotice({ is: 'backup-code-used', remaining }, asked.by),
  ])
}

export function saveCodes(account: Account, asked: Asked<'save-codes'>, now: number): Decision {
  const factor = activeFactor(account, asked)
  if (factor.is !== 'active') return refused(factor)
  // Another browser was shown a newer set: what is saved here opens nothing, and theirs must not count as saved for it.
  if (asked.holder !== undefined && asked.holder !== factor.backupCodes.holder) return refused({ is: 'sign-in-over' })
  if (factor.backupCodes.savedAt !== null) return { is: 'repeated', event: { is: 'codes-saved' } }
  const backupCodes = { ...factor.backupCodes, savedAt: now }
  return done({ ...account, factor: { ...factor, backupCodes } }, { is: 'codes-saved' }, now, [])
}

export function renewCodes(account: Account, asked: Asked<'renew-codes'>, now: number): Decision {
  const factor = activeFactor(account, asked)
  if (factor.is !== 'active') return refused(factor)
  if (factor.backupCodes.holder === asked.holder) return { is: 'repeated', event: { is: 'codes-renewed' } }
  const fresh = { sealed: asked.sealedCodes, holder: asked.holder, issuedAt: now }
  const backupCodes = { ...fresh, used: [], lastForm: null, savedAt: null }
  return done({ ...account, factor: { ...factor, backupCodes } }, { is: 'codes-renewed' }, now, [
    audit('two_factor.backup_codes_renewed', asked.by),
    ownNotice({ is: 'codes-renewed' }, asked.by),
  ])
}

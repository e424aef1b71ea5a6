/** Ten single-use codes. They share the attempts budget of the authenticator and are valid from the set-up on, saved or not. */
import type { Account, Active } from './account.ts'
import { changed, withoutForm } from './authenticators.ts'
import { mayNotTry, noAttempts } from './attempts.ts'
import { activeFactor, countFailure } from './authenticator.ts'
import { refused, done, type Decision } from './decision.ts'
import { audit, ownNotice } from './outbox.ts'
import { backupCodesState, codesRemaining } from './questions.ts'
import type { Rules } from './rules.ts'
import type { Effect } from './effect.ts'
import type { CommandOf } from './command.ts'

export function useBackupCode(
  account: Account,
  command: CommandOf<'use-backup-code'>,
  now: number,
  rules: Rules,
): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  const codes = factor.backupCodes
  if (command.index !== null && command.index === codes.used.at(-1) && command.form === codes.lastForm)
    return {
      is: 'repeated',
      event: { is: 'backup-code-accepted', at: factor.lastUsedAt ?? now, remaining: codesRemaining(account) },
    }
  const refusal = mayNotTry(account, command.knownBrowser, now, rules)
  if (refusal) return refused(refusal)
  if (command.index === null || codes.used.includes(command.index))
    return countFailure(account, now, rules, {
      type: 'two_factor.code_refused',
      by: command.by,
      target: null,
      knownBrowser: command.knownBrowser,
    })
  const backupCodes = { ...codes, used: [...codes.used, command.index], lastForm: command.form }
  const authenticators = changed(factor, withoutForm)
  const burnt: Active = { ...factor, authenticators, backupCodes, lastUsedAt: now }
  const next: Account = { ...account, attempts: noAttempts, factor: burnt }
  const remaining = codesRemaining(next)
  return done(next, { is: 'backup-code-accepted', at: now, remaining }, now, [
    audit('two_factor.backup_code_used', command.by),
    ownNotice({ is: 'backup-code-used', remaining }, command.by),
    ...notifyOfCodes(account, next),
  ])
}

/** The directory lists people by the state of their codes. */
const notifyOfCodes = (before: Account, after: Account): readonly Effect[] =>
  backupCodesState(before) === backupCodesState(after) ? [] : [{ is: 'tell-directory', enrolledAt: null }]

export function saveCodes(account: Account, command: CommandOf<'save-codes'>, now: number): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  // Another browser was shown a newer set: the codes saved here are void, and the newer set must not count as saved.
  if (command.binding !== undefined && command.binding !== factor.backupCodes.binding)
    return refused({ is: 'sign-in-over' })
  if (factor.backupCodes.savedAt !== null) return { is: 'repeated', event: { is: 'codes-saved' } }
  const backupCodes = { ...factor.backupCodes, savedAt: now }
  return done({ ...account, factor: { ...factor, backupCodes } }, { is: 'codes-saved' }, now, [])
}

export function renewCodes(account: Account, command: CommandOf<'renew-codes'>, now: number): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  if (factor.backupCodes.binding === command.binding) return { is: 'repeated', event: { is: 'codes-renewed' } }
  const { of } = factor.backupCodes
  const fresh = {
    sealed: command.sealedCodes,
    ...(of !== undefined && { of }),
    binding: command.binding,
    issuedAt: now,
  }
  const backupCodes = { ...fresh, used: [], lastForm: null, savedAt: null }
  const next: Account = { ...account, factor: { ...factor, backupCodes } }
  return done(next, { is: 'codes-renewed' }, now, [
    audit('two_factor.backup_codes_renewed', command.by),
    ownNotice({ is: 'codes-renewed' }, command.by),
    ...notifyOfCodes(account, next),
  ])
}

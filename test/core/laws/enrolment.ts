/** Laws of set-ups and of who may have one. */
import { isDeepStrictEqual } from 'node:util'
import type { CommandOf } from '../../../src/core/command.ts'
import { isDeleted } from '../../../src/core/questions.ts'
import { PENDING_SECONDS } from '../../../src/core/rules.ts'
import { usedBy } from '../stateSpace.ts'
import { implies, type Law, passkeysIn } from './answer.ts'

const sealedIn = (command: CommandOf<'enrol' | 'replace'>): string =>
  'sealedSecret' in command ? command.sealedSecret : command.passkey.sealed

export const enrolmentLaws: Readonly<Record<string, Law>> = {
  'An account that has ever enrolled is never invited': ({ account, done }) =>
    implies(done === 'invited', account.factor.is === 'none'),

  'A disabled person sets up nothing and receives no link': ({ command, done, decision, account, after }) =>
    !('status' in command) ||
    command.status !== 'disabled' ||
    (done === null &&
      after === account &&
      (command.is === 'start-reset' ||
        (decision.is === 'refused' &&
          decision.refusal.is === (isDeleted(account) ? 'account-deleted' : 'account-disabled')))),

  'An account that enrolled never becomes one that never did': ({ account, after }) =>
    implies(after.factor.is === 'none', account.factor.is === 'none'),

  'An app is replaced only if codes are not locked, or by a passkey, and after a recent proof in this sign-in': ({
    command,
    done,
    account,
    now,
    rules,
  }) =>
    done !== 'replaced' ||
    (command.is === 'replace' &&
      account.factor.is === 'active' &&
      (account.attempts.failures < rules.lockAfter ||
        (command.provenBy === 'passkey' && passkeysIn(account).length > 0)) &&
      command.epoch === account.epoch &&
      now - command.provenAt < PENDING_SECONDS),

  'A set-up or a replacement stores the authenticator, secret and codes of one browser; passkeys outlive a replacement':
    ({ command, done, account, after }) => {
      if (done !== 'enrolled' && done !== 'replaced') return true
      if ((command.is !== 'enrol' && command.is !== 'replace') || after.factor.is !== 'active') return false
      const { authenticators, backupCodes, binding } = after.factor
      return (
        isDeepStrictEqual(authenticators.slice(1), done === 'replaced' ? passkeysIn(account) : []) &&
        authenticators[0].id === command.authenticatorId &&
        authenticators[0].sealed === sealedIn(command) &&
        backupCodes.sealed === command.sealedCodes &&
        backupCodes.used.length === 0 &&
        backupCodes.binding === command.binding &&
        binding === command.binding
      )
    },

  'A reset leads to one set-up at most, in either flow; so does a link': ({ command, done, account, kept }) =>
    done !== 'enrolled' ||
    [...usedBy(account), command.is === 'enrol' && command.flow === 'link' ? command.link : null].every(
      (name) => name === null || !kept.used.includes(name),
    ),
}

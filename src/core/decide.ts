/**
 * decide(account, command, now, rules) → Decision. Every change of an account passes through this switch. It is pure: it reads neither
 * clock nor secret, and it returns refusals instead of throwing them.
 */
import type { Account } from './account.ts'
import { adopt, proveCode } from './authenticator.ts'
import { renewCodes, saveCodes, useBackupCode } from './backupCodes.ts'
import { deleteAccount } from './deletion.ts'
import { enrol } from './enrolment.ts'
import { invite } from './invitation.ts'
import { recordEffects } from './outbox.ts'
import { changePassword, sendPasswordLink } from './password.ts'
import { decideOnAuthenticators, isOfAuthenticators } from './ownAuthenticators.ts'
import { changeEmail, noteChange } from './accountChange.ts'
import { renewLink } from './renewal.ts'
import { replace } from './replace.ts'
import { endSessions, endSignIns, openLink, resend, revoke, sendAgain, startReset } from './reset.ts'
import { restore } from './restore.ts'
import type { Rules } from './rules.ts'
import { reseal } from './keyRotation.ts'
import { spendProof, stepUp } from './stepUp.ts'
import type { Command } from './command.ts'
import { type Decision, refused } from './decision.ts'
import { isDeleted } from './questions.ts'

export function decide(account: Account, command: Command, now: number, rules: Rules): Decision {
  // One rule for all commands: no command, a future one included, gives a deleted account or its id to a person again.
  const isKept = command.is === 'delete-account' || command.is === 'record-effects'
  if (isDeleted(account) && !isKept) return refused({ is: 'account-deleted' })
  if (isOfAuthenticators(command)) return decideOnAuthenticators(account, command, now, rules)
  switch (command.is) {
    case 'prove-code':
      return proveCode(account, command, now, rules)
    case 'use-backup-code':
      return useBackupCode(account, command, now, rules)
    case 'step-up':
      return stepUp(account, command, now, rules)
    case 'spend-proof':
      return spendProof(account, command, now, rules)
    case 'enrol':
      return enrol(account, command, now, rules)
    case 'replace':
      return replace(account, command, now, rules)
    case 'save-codes':
      return saveCodes(account, command, now)
    case 'renew-codes':
      return renewCodes(account, command, now)
    case 'start-reset':
      return startReset(account, command, now, rules)
    case 'invite':
      return invite(account, command, now, rules)
    case 'open-link':
      return openLink(account, command, now)
    case 'renew-link':
      return renewLink(account, command, now, rules)
    case 'resend':
      return resend(account, command, now, rules)
    case 'send-again':
      return sendAgain(account, command, now, rules)
    case 'revoke':
      return revoke(account, command, now)
    case 'send-password-link':
      return sendPasswordLink(account, command, now, rules)
    case 'change-password':
      return changePassword(account, command, now)
    case 'change-email':
      return changeEmail(account, command, now)
    case 'note-change':
      return noteChange(account, command, now)
    case 'end-sessions':
      return endSessions(account, command, now)
    case 'end-sign-ins':
      return endSignIns(account, command, now)
    case 'adopt':
      return adopt(account, command, now)
    case 'delete-account':
      return deleteAccount(account, command, now)
    case 'reseal':
      return reseal(account, command, now)
    case 'restore':
      return restore(account, command, now, rules)
    case 'record-effects':
      return recordEffects(account, command.results, now)
  }
}

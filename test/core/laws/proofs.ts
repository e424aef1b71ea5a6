/** Laws of attempts, generations of sign-ins and proofs. */
import { areCurrent, endedAtOf } from '../../../src/core/signInFacts.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../../../src/core/account.ts'
import { factorState, isSignInOver } from '../../../src/core/questions.ts'
import { WARNED_FAILURES } from '../../../src/core/rules.ts'
import {
  type Answer,
  type Law,
  implies,
  isRaising,
  ofCodes,
  auditTypes,
  noticesOfWrongCodes,
  lastStepOf,
  sameApp,
  sameAuthenticators,
  passkeysIn,
  numberIn,
  isByPasskey,
} from './answer.ts'

const changing = new Set<Answer['done']>([
  'enrolled',
  'set-up-corrected',
  'replaced',
  'adopted',
  'authenticator-added',
  'authenticator-removed',
  'reset-started',
  'account-deleted',
])

export const proofLaws: Readonly<Record<string, Law>> = {
  'A refusal grants nothing: it counts an attempt, enqueues an audit line, at a lock a call to the directory, perhaps a notice, and changes nothing else':
    (answer) => {
      const { decision, account, after, rules } = answer
      if (decision.is !== 'refused' || after === account) return true
      if (decision.refusal.is === 'passkey-suspect') return true // covered by a separate law
      const mayChange = ['attempts', 'outbox', 'outboxCount']
      const fields = Object.keys(account) as (keyof Account)[]
      return (
        fields.every((field) => mayChange.includes(field) || after[field] === account[field]) &&
        Object.keys(after).length === fields.length &&
        after.attempts.failures >= account.attempts.failures &&
        (after.attempts.pausedUntil ?? 0) >= (account.attempts.pausedUntil ?? 0) &&
        account.outbox.every((effect, n) => after.outbox[n] === effect) &&
        after.outbox.length ===
          account.outbox.length +
            (factorState(after, rules) === 'locked' ? 2 : 1) +
            noticesOfWrongCodes(answer).length &&
        auditTypes(answer).length === 1
      )
    },

  'A notice is sent at the first wrong code in an unknown browser and at the fifth in a row, each once per run, and at nothing else':
    (answer) => {
      const { account, after, command, rules } = answer
      const notices = noticesOfWrongCodes(answer)
      if (after.attempts.failures <= account.attempts.failures) return notices.length === 0
      const isElsewhere = 'knownBrowser' in command && !command.knownBrowser && account.attempts.warned !== true
      const isMany = after.attempts.failures === Math.min(WARNED_FAILURES, rules.lockAfter)
      const expected = isMany ? ['any'] : isElsewhere ? ['unknown-browser'] : []
      return (
        isDeepStrictEqual(notices, expected) &&
        after.attempts.warned === (account.attempts.warned === true || isElsewhere ? true : undefined)
      )
    },

  'A wrong code or assertion against a stored secret is counted once; nothing else is': ({
    decision,
    account,
    after,
    command,
  }) => {
    const counted = after.attempts.failures - account.attempts.failures
    const isOfStored = ofCodes.has(command.is) || command.is === 'prove-passkey'
    const wrong =
      decision.is === 'refused' &&
      (decision.refusal.is === 'code-incorrect' || decision.refusal.is === 'passkey-incorrect') &&
      isOfStored
    return wrong ? counted === 1 : counted <= 0
  },

  'Attempts are cleared by a code, a reset, a set-up, a replacement, an import and a deletion, by nothing else': (
    answer,
  ) => {
    const { account, after, done, command } = answer
    const forgetting = [
      'code-accepted',
      'backup-code-accepted',
      'stepped-up',
      'reset-started',
      'enrolled',
      'replaced',
      'adopted',
      'account-deleted',
    ]
    if (done !== null && forgetting.includes(done) && !isByPasskey(command))
      return after.attempts.failures === 0 && after.attempts.pausedUntil === null
    return implies(done !== null, after.attempts === account.attempts)
  },

  'A lock of codes is ended by a reset, an import, or a replacement that a passkey proved, by nothing else': ({
    account,
    after,
    rules,
    done,
    command,
  }) => {
    if (account.attempts.failures < rules.lockAfter) return true
    if (ofCodes.has(command.is) && !isByPasskey(command)) return done === null
    const isEnded = after.attempts.failures < rules.lockAfter
    return implies(isEnded && done === 'replaced', command.is === 'replace' && command.provenBy === 'passkey')
  },

  'The epoch never falls; it rises by a reset, a set-up, a replacement, a removed authenticator, the end of sessions, another password, another address, an import over a factor, a deletion and a restore, by nothing else':
    (answer) => {
      const { account, after, now } = answer
      return isRaising(answer) ? after.epoch > account.epoch && after.epoch >= now : after.epoch === account.epoch
    },

  'What has no stamp, and so the epoch 0, counts until the first rise and never again': (answer) => {
    const { account, after } = answer
    const counts = (record: Account): boolean => !isSignInOver(record, { epoch: 0 })
    return isRaising(answer) ? !counts(after) : counts(after) === counts(account)
  },

  'The record keeps the wall time of every rise of the epoch, and of nothing else': (answer) => {
    const { account, after, now } = answer
    return endedAtOf(after) === (isRaising(answer) ? now : endedAtOf(account))
  },

  'A proof from before a rise of the epoch, or from its second, does not count afterwards': (answer) => {
    const { after, now } = answer
    return (
      !isRaising(answer) ||
      [now - 1, now].every(
        (at) =>
          !areCurrent(after, { authenticatedAt: at, provenAt: null }) &&
          !areCurrent(after, { authenticatedAt: now + 1, provenAt: at }),
      )
    )
  },

  'The newest step of an authenticator only rises, and only by a proof': (answer) => {
    if (!sameApp(answer)) return true
    const before = lastStepOf(answer.account) ?? 0
    const after = lastStepOf(answer.after) ?? 0
    const proof = answer.done === 'code-accepted' || (answer.done === 'stepped-up' && !isByPasskey(answer.command))
    return proof ? after > before : after === before
  },

  'Authenticators change by a set-up, a replacement, an import, an addition, a removal, a reset, a restore or a deletion, by nothing else':
    (answer) =>
      implies(
        !changing.has(answer.done) && !(answer.command.is === 'restore' && answer.command.factor),
        answer.account.factor.is === answer.after.factor.is &&
          implies(answer.account.factor.is === 'active', sameAuthenticators(answer)),
      ),

  'Every proof needs a step newer than any used one, an unused backup code, or an assertion': (answer) => {
    const { command, done, account } = answer
    // Covered by separate laws.
    if ('passkey' in command) return true
    switch (done) {
      case 'code-accepted':
      case 'stepped-up':
        return (
          (command.is === 'prove-code' || command.is === 'step-up') &&
          (command.step ?? -1) > (lastStepOf(account) ?? Infinity)
        )
      case 'proof-accepted':
        return (
          command.is === 'spend-proof' &&
          account.factor.is === 'active' &&
          (command.proof.by === 'otp' || command.proof.by === 'passkey') &&
          command.proof.epoch === account.epoch &&
          command.proof.at > Math.max(account.factor.enrolledAt, account.factor.usedProofAt ?? 0) &&
          passkeysIn(account).every(({ addedAt }) => command.proof.at > addedAt)
        )
      case 'enrolled':
        return command.is === 'enrol' && typeof command.step === 'number'
      case 'replaced':
        return command.is === 'replace' && command.step !== null
      case 'backup-code-accepted':
        return (
          command.is === 'use-backup-code' &&
          command.index !== null &&
          account.factor.is === 'active' &&
          !account.factor.backupCodes.used.includes(command.index)
        )
      case 'account-deleted':
      case 'adopted':
      case 'authenticator-added':
      case 'authenticator-removed':
      case 'authenticator-renamed':
      case 'passkey-accepted':
      case 'set-up-corrected':
      case 'change-noted':
      case 'codes-renewed':
      case 'codes-saved':
      case 'effects-recorded':
      case 'email-changed':
      case 'invited':
      case 'link-opened':
      case 'link-resent':
      case 'password-changed':
      case 'password-link-sent':
      case 'resealed':
      case 'reset-revoked':
      case 'reset-started':
      case 'restored':
      case 'sessions-ended':
      case 'sign-ins-ended':
      case null:
        return true
    }
  },

  'A proof is used up in the swap that accepts it': ({ command, done, account, after }) => {
    if ('passkey' in command && done !== null) return numberIn(after) === numberIn(account) + 1
    if (done === 'code-accepted' || done === 'stepped-up' || done === 'enrolled' || done === 'replaced')
      return 'step' in command && lastStepOf(after) === command.step
    if (done === 'proof-accepted')
      return (
        command.is === 'spend-proof' && after.factor.is === 'active' && after.factor.usedProofAt === command.proof.at
      )
    if (done === 'backup-code-accepted')
      return (
        command.is === 'use-backup-code' &&
        after.factor.is === 'active' &&
        after.factor.backupCodes.used.at(-1) === command.index
      )
    return true
  },
}

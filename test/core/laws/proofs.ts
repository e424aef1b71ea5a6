/** Laws of attempts, generations of sign-ins and proofs. */
import { sealsOf } from '../../../src/core/keyRotation.ts'
import { areCurrent, endedAtOf } from '../../../src/core/signInFacts.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../../../src/core/account.ts'
import { purposeOf } from '../../../src/core/link.ts'
import { factorState, isSignInOver } from '../../../src/core/questions.ts'
import { WARNED_FAILURES } from '../../../src/core/rules.ts'
import {
  type Law,
  implies,
  isRaising,
  ofCodes,
  auditTypes,
  noticesOfWrongCodes,
  lastStepOf,
  sameAuthenticator,
} from './answer.ts'

export const proofLaws: Readonly<Record<string, Law>> = {
  'A refusal grants nothing: it counts an attempt, enqueues an audit line, at a lock a call to the directory, perhaps a notice, and changes nothing else':
    (answer) => {
      const { decision, account, after, rules } = answer
      if (decision.is !== 'refused' || after === account) return true
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

  'A wrong code against a stored secret is counted once; nothing else is': ({ decision, account, after, command }) => {
    const counted = after.attempts.failures - account.attempts.failures
    const wrong = decision.is === 'refused' && decision.refusal.is === 'code-incorrect' && ofCodes.has(command.is)
    return wrong ? counted === 1 : counted <= 0
  },

  'Attempts are cleared by a proof, a reset, a set-up, a replacement, an import and a deletion, by nothing else': (
    answer,
  ) => {
    const { account, after, done } = answer
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
    if (done !== null && forgetting.includes(done))
      return after.attempts.failures === 0 && after.attempts.pausedUntil === null
    return implies(done !== null, after.attempts === account.attempts)
  },

  'A lock is ended by a reset or an import, by nothing else': ({ account, rules, done, command }) =>
    implies(account.attempts.failures >= rules.lockAfter && ofCodes.has(command.is), done === null),

  'The epoch never falls; it rises by a reset, a set-up, a replacement, the end of sessions, another password, another address, an import over a factor, a deletion and a restore, by nothing else':
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
    if (!sameAuthenticator(answer)) return true
    const before = lastStepOf(answer.account) ?? 0
    const after = lastStepOf(answer.after) ?? 0
    const proof = answer.done === 'code-accepted' || answer.done === 'stepped-up'
    return proof ? after > before : after === before
  },

  'An authenticator changes by a set-up, a replacement, an import, a reset, a restore or a deletion, by nothing else': (
    answer,
  ) =>
    implies(
      !['enrolled', 'replaced', 'adopted', 'reset-started', 'account-deleted'].includes(answer.done ?? '') &&
        !(answer.command.is === 'restore' && answer.command.factor),
      answer.account.factor.is === answer.after.factor.is &&
        implies(answer.account.factor.is === 'active', sameAuthenticator(answer)),
    ),

  'Every proof needs a step newer than any used one, or an unused backup code': (answer) => {
    const { command, done, account } = answer
    switch (done) {
      case 'code-accepted':
      case 'stepped-up':
        return (
          (command.is === 'prove-code' || command.is === 'step-up') &&
          command.step !== null &&
          command.step > (lastStepOf(account) ?? Infinity)
        )
      case 'proof-accepted':
        return (
          command.is === 'spend-proof' &&
          account.factor.is === 'active' &&
          command.proof.byCode &&
          command.proof.epoch === account.epoch &&
          command.proof.at > Math.max(account.factor.enrolledAt, account.factor.usedProofAt ?? 0)
        )
      case 'enrolled':
        return command.is === 'enrol' && command.step !== null
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

  'A proof is used up in the swap that accepts it': ({ command, done, after }) => {
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

  'Only the same form and code, act, browser or id gets a repeated result': ({ decision, command, account }) => {
    if (decision.is !== 'repeated') return true
    const { factor } = account
    const active = factor.is === 'active' ? factor : null
    switch (command.is) {
      case 'prove-code':
        return (
          command.step !== null &&
          command.step === lastStepOf(account) &&
          command.form === active?.authenticators[0].lastForm
        )
      case 'use-backup-code':
        return (
          command.index !== null &&
          command.index === active?.backupCodes.used.at(-1) &&
          command.form === active.backupCodes.lastForm
        )
      case 'step-up':
      case 'spend-proof':
        return account.acts.some(({ at: _, ...act }) => isDeepStrictEqual(act, command.act))
      case 'enrol':
      case 'replace':
        return command.binding === active?.binding && active.epoch === account.epoch
      case 'renew-codes':
        return command.binding === active?.backupCodes.binding
      case 'save-codes':
        return active?.backupCodes.savedAt !== null
      case 'reseal':
        return !sealsOf(account).some(({ sealed }) => command.seals.has(sealed))
      case 'start-reset':
        return account.resets.some(({ id }) => id === command.id)
      case 'send-again':
        return account.links.some(({ form }) => form === command.form)
      case 'open-link':
        return (
          account.resets[0]?.state.is === 'opened' ||
          account.links.some((link) => link.digest === command.digest && purposeOf(link) !== 'reset')
        )
      case 'change-password':
        return account.password?.form === command.form && account.password.epoch === account.epoch
      case 'record-effects':
        return command.results.every(({ id }) => !account.outbox.some((outbox) => outbox.id === id))
      case 'restore':
        return account.restored === command.id
      case 'delete-account':
        return account.factor.is === 'deleted'
      case 'adopt':
        return account.factor.is === 'active' && command.isSame && command.mode !== 'replace'
      case 'change-email':
      case 'end-sessions':
      case 'end-sign-ins':
      case 'invite':
      case 'note-change':
      case 'renew-link':
      case 'resend':
      case 'revoke':
      case 'send-password-link':
        return false
    }
  },

  'An act is never repeated for another purpose': (answer) => {
    const { account, command, decision } = answer
    if ((command.is !== 'step-up' && command.is !== 'spend-proof') || decision.is !== 'repeated') return true
    return account.acts.some(({ id, does }) => id === command.act.id && does === command.act.does)
  },
}

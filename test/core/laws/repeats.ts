/** Laws of what is sent again. */
import { isDeepStrictEqual } from 'node:util'
import { sealsOf } from '../../../src/core/keyRotation.ts'
import { purposeOf } from '../../../src/core/link.ts'
import { type Law, lastStepOf, numberIn, passkeysIn } from './answer.ts'

export const repeatLaws: Readonly<Record<string, Law>> = {
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
      case 'prove-passkey': {
        const { assertion, form, number } = command
        const isSame = passkeysIn(account).some(
          ({ id, lastForm }) => assertion.is === 'verified' && id === assertion.authenticatorId && lastForm === form,
        )
        return isSame && number === numberIn(account) - 1
      }
      case 'add-authenticator':
        return passkeysIn(account).some(
          ({ id, credential }) => id === command.authenticatorId && credential === command.passkey.credential,
        )
      case 'rename-authenticator':
        return passkeysIn(account).some(({ id, name }) => id === command.id && name === command.name)
      case 'remove-authenticator':
        return false
      case 'use-backup-code':
        return (
          command.index !== null &&
          command.index === active?.backupCodes.used.at(-1) &&
          command.form === active.backupCodes.lastForm
        )
      case 'step-up':
      case 'spend-proof':
        return account.acts.some(({ at: _, with: __, ...act }) => isDeepStrictEqual(act, command.act))
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

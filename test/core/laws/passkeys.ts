/** Laws of passkeys and of a list of authenticators. */
import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../../../src/core/account.ts'
import { idOfCodes, type Passkey } from '../../../src/core/authenticators.ts'
import type { PasskeyProof, ProvenBy } from '../../../src/core/authenticatorCommand.ts'
import type { AssertionFact } from '../../../src/core/passkeyFacts.ts'
import type { Command } from '../../../src/core/command.ts'
import { isSignInOver } from '../../../src/core/questions.ts'
import { OUTBOX_LIMIT } from '../../../src/core/rules.ts'
import { type Answer, implies, isByPasskey, type Law, numberIn, passkeysIn } from './answer.ts'

/** The assertion in a command; null: there is none. */
function proofIn(command: Command): PasskeyProof | null {
  if (command.is === 'prove-passkey') return command
  return 'passkey' in command ? (command.passkey ?? null) : null
}

/** The passkey of the record that verified the assertion. */
const verifiedBy = (account: Account, assertion: AssertionFact): Passkey | undefined =>
  passkeysIn(account).find(({ id }) => assertion.is === 'verified' && id === assertion.authenticatorId)

/** The answer accepted an assertion. */
const accepts = ({ done, command }: Answer): boolean => done !== null && proofIn(command) !== null

const ids = (account: Account): string[] =>
  account.factor.is === 'active' ? account.factor.authenticators.map(({ id }) => id) : []

const hasOldCount = (passkey: Passkey, assertion: AssertionFact): boolean =>
  assertion.is === 'verified' &&
  !passkey.backupEligible &&
  Math.max(passkey.signCount, assertion.signCount) > 0 &&
  assertion.signCount <= passkey.signCount

/** Whether the proof is one of possession that is beyond doubt. */
const isStrong = (by: ProvenBy): boolean => by === 'otp' || by === 'passkey'

export const passkeyLaws: Readonly<Record<string, Law>> = {
  'An accepted assertion raises the number by one and had the number of the record, or of the set-up that it corrects; the number never falls':
    (answer) => {
      const { account, after, command, done } = answer
      const before = numberIn(account)
      if (!accepts(answer)) return numberIn(after) === before || done === 'account-deleted'
      const number = proofIn(command)?.number
      return (
        numberIn(after) === before + 1 && (number === before || (done === 'set-up-corrected' && number === before - 1))
      )
    },

  'An assertion that is refused, of no passkey of the record, or of another epoch changes nothing but the count of failures':
    ({ account, after, command, done }) => {
      const proof = proofIn(command)
      if (!proof || (command.is !== 'prove-passkey' && command.is !== 'step-up')) return true
      const epoch = command.is === 'prove-passkey' ? command.epoch : command.passkey?.epoch
      return implies(
        epoch !== account.epoch || !verifiedBy(account, proof.assertion),
        done === null &&
          after.factor === account.factor &&
          numberIn(after) === numberIn(account) &&
          after.acts === account.acts,
      )
    },

  'A right assertion proves the second factor whatever was guessed, and leaves the attempts as they are': (answer) => {
    const { account, after, command, decision, done } = answer
    const proof = proofIn(command)
    if (!proof || (command.is !== 'prove-passkey' && command.is !== 'step-up')) return true
    if (done !== null) return after.attempts === account.attempts
    const isRight = proof.number === numberIn(account) && verifiedBy(account, proof.assertion) !== undefined
    if (decision.is === 'refused' && isRight && ['paused', 'locked'].includes(decision.refusal.is)) return false
    if (command.is === 'step-up' || !isRight || isSignInOver(account, command)) return true
    return account.outbox.length + 2 > OUTBOX_LIMIT || decision.is === 'done'
  },

  'A stale number and a repeated form change nothing': ({ account, after, command, decision, done }) => {
    const proof = proofIn(command)
    if (!proof) return true
    const isStale = proof.number !== numberIn(account) && done !== 'set-up-corrected'
    return implies(isStale || decision.is === 'repeated', after === account)
  },

  'A passkey enters a record only by its own set-up or addition, which assert it; so after a reset none of before is there':
    ({ account, after, command, done }) => {
      const known = new Set(passkeysIn(account).map(({ credential }) => credential))
      const added = passkeysIn(after).filter(({ credential }) => !known.has(credential))
      if (added.length === 0) return true
      if (command.is !== 'enrol' && command.is !== 'add-authenticator') return false
      const { passkey } = command
      const [only] = added
      return (
        (done === 'enrolled' || done === 'set-up-corrected' || done === 'authenticator-added') &&
        added.length === 1 &&
        only?.credential === passkey?.credential &&
        passkey?.assertion.is === 'verified' &&
        passkey.assertion.authenticatorId === only?.id
      )
    },

  'A correction of a set-up changes one passkey in its place, while its codes are shown and not saved': ({
    account,
    after,
    command,
    done,
  }) =>
    done !== 'set-up-corrected' ||
    (isDeepStrictEqual(ids(after), ids(account)) &&
      passkeysIn(after).filter(({ credential }, n) => passkeysIn(account)[n]?.credential !== credential).length === 1 &&
      account.factor.is === 'active' &&
      account.factor.backupCodes.savedAt === null &&
      command.is === 'enrol' &&
      account.factor.backupCodes.binding === command.binding &&
      after.epoch === account.epoch),

  'A removal takes one authenticator away, never the last that works, after a recent proof; the others stay': ({
    account,
    after,
    command,
    done,
    now,
  }) => {
    if (done !== 'authenticator-removed') return true
    if (command.is !== 'remove-authenticator' || account.factor.is !== 'active' || after.factor.is !== 'active')
      return false
    const rest = account.factor.authenticators.filter(({ id }) => id !== command.id)
    return (
      isDeepStrictEqual(after.factor.authenticators, rest) &&
      rest.length === ids(account).length - 1 &&
      rest.some((item) => item.kind === 'totp' || item.rpId === command.rpId) &&
      isStrong(command.provenBy) &&
      Math.abs(now - command.provenAt) <= 300
    )
  },

  'An addition ends nothing, needs a recent proof and the handle of the record, and respects the cap': ({
    account,
    after,
    command,
    done,
    now,
    rules,
  }) => {
    if (done !== 'authenticator-added') return true
    if (command.is !== 'add-authenticator') return false
    return (
      after.epoch === account.epoch &&
      isDeepStrictEqual(ids(after).slice(0, -1), ids(account)) &&
      passkeysIn(after).length <= rules.maxPasskeys &&
      isStrong(command.provenBy) &&
      Math.abs(now - command.provenAt) <= 300 &&
      command.passkey.userHandle === after.userHandle
    )
  },

  'The handle of a person, once set, stays until the account is deleted': ({ account, after, done }) =>
    account.userHandle === undefined || after.userHandle === account.userHandle || done === 'account-deleted',

  'A change of name enqueues its audit line and changes nothing else': ({ account, after, effects, command, done }) => {
    if (done !== 'authenticator-renamed' || command.is !== 'rename-authenticator')
      return done !== 'authenticator-renamed'
    const named = passkeysIn(account).map((item) => (item.id === command.id ? { ...item, name: command.name } : item))
    return effects.length === 1 && isDeepStrictEqual(passkeysIn(after), named) && after.epoch === account.epoch
  },

  'A step-up by a passkey notes the act with that passkey, in the swap that accepts the assertion': ({
    account,
    after,
    command,
    done,
    now,
  }) => {
    if (command.is !== 'step-up' || command.passkey === undefined || done === null) return true
    const signer = verifiedBy(account, command.passkey.assertion)?.id
    return isDeepStrictEqual(after.acts[0], { ...command.act, at: now, with: signer })
  },

  'A suspect passkey never steps up, and one whose counter does not rise is marked, which nothing but its removal ends':
    ({ account, after, command, done, decision }) => {
      const marked = passkeysIn(account).filter(({ suspectAt }) => suspectAt !== null)
      const isKept = marked.every(({ id, credential, suspectAt }) => {
        const later = passkeysIn(after).find((item) => item.id === id && item.credential === credential)
        return !later || later.suspectAt === suspectAt
      })
      const proof = proofIn(command)
      const passkey = proof ? verifiedBy(account, proof.assertion) : undefined
      if (!proof || !passkey) return isKept
      const isSuspect = passkey.suspectAt !== null || hasOldCount(passkey, proof.assertion)
      if (command.is === 'step-up') return isKept && implies(isSuspect, done === null)
      const event = decision.is === 'done' ? decision.event : null
      return isKept && (event?.is !== 'passkey-accepted' || event.isSuspect === isSuspect)
    },

  'A refusal of a suspect passkey changes its mark alone, and sends its owner a notice': ({
    account,
    after,
    decision,
    effects,
  }) => {
    if (decision.is !== 'refused' || decision.refusal.is !== 'passkey-suspect' || after === account) return true
    const bare = ({ outbox: _, outboxCount: __, factor, ...rest }: Account): unknown => [
      rest,
      JSON.stringify(factor, (key, value: unknown) => (key === 'suspectAt' ? null : value)),
    ]
    const observed = effects.map((entry) => (entry.is === 'notice' ? entry.notice.is : entry.is))
    return isDeepStrictEqual(bare(after), bare(account)) && isDeepStrictEqual(observed, ['audit', 'passkey-suspect'])
  },

  'Where a role needs a passkey, nothing else proves an act on others': ({ command, done, rules }) => {
    if (command.is !== 'step-up' && command.is !== 'spend-proof') return true
    return implies(
      done !== null && command.roles.some((role) => rules.passkeyRoles.includes(role)),
      isByPasskey(command),
    )
  },

  'Where a role needs a passkey, nothing else proves a change of the own authenticators beside one': ({
    account,
    command,
    done,
    rules,
  }) => {
    const isChange =
      command.is === 'add-authenticator' || command.is === 'remove-authenticator' || command.is === 'replace'
    if (!isChange || done === null || command.provenBy === 'passkey') return true
    const roles = command.roles ?? rules.passkeyRoles
    const hasUsable = passkeysIn(account).some(({ rpId }) => command.is === 'replace' || rpId === command.rpId)
    return !(hasUsable && roles.some((role) => rules.passkeyRoles.includes(role)))
  },

  'A suspect passkey proves no change of the own authenticators': ({ command, done }) =>
    !('provenBy' in command) || command.provenBy !== 'suspect-passkey' || done === null,

  'A passkey whose counter counts never becomes one of several devices': ({ account, after }) =>
    passkeysIn(account).every(({ id, credential, backupEligible, signCount }) => {
      const later = passkeysIn(after).find((item) => item.id === id && item.credential === credential)
      return backupEligible || signCount === 0 || !later?.backupEligible
    }),

  'The same backup codes keep the id that their seal is bound to': ({ account, after }) =>
    account.factor.is !== 'active' ||
    after.factor.is !== 'active' ||
    account.factor.backupCodes.sealed !== after.factor.backupCodes.sealed ||
    idOfCodes(account.factor) === idOfCodes(after.factor),
}

/** Laws of the outbox: what each change enqueues. They hold by themselves for an answer without an event that keeps the record. */
import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../../../src/core/account.ts'
import { type Link, purposeOf } from '../../../src/core/link.ts'
import { isLinkMail } from '../../../src/core/outbox.ts'
import { backupCodesState, factorState, isUnfinished } from '../../../src/core/questions.ts'
import { MAILBOX_REST_SECONDS } from '../../../src/core/rules.ts'
import {
  type Answer,
  type Law,
  passkeysIn,
  purposes,
  implies,
  auditLines,
  isPasswordLinkOpened,
  isFirstImport,
  isRaising,
  auditTypes,
} from './answer.ts'

/** A passkey was marked in this swap. */
const isNewlySuspect = ({ account, after }: Answer): boolean => suspects(after) > suspects(account)
const suspects = (account: Account): number => passkeysIn(account).filter(({ suspectAt }) => suspectAt !== null).length

export const effectLaws: Readonly<Record<string, Law>> = {
  'Every change enqueues one audit line of its own; proofs and saved codes, which the sign-in reports, enqueue nothing':
    (answer) => {
      if (answer.done === null || answer.done === 'effects-recorded') return true
      const isMarked = answer.done === 'passkey-accepted' && isNewlySuspect(answer)
      const type = isMarked
        ? 'two_factor.passkey_suspect'
        : isPasswordLinkOpened(answer)
          ? undefined
          : auditLines[answer.done]
      return type ? auditTypes(answer).filter((item) => item === type).length === 1 : answer.effects.length === 0
    },

  'A reset that ends because of a newer one or a set-up enqueues an audit line': (answer) => {
    const ended = answer.account.resets.some(isUnfinished)
    const isRestored = answer.command.is === 'restore' && answer.command.factor && answer.done === 'restored'
    const superseded = ended && (answer.done === 'reset-started' || answer.done === 'adopted' || isRestored) ? 1 : 0
    const completed = ended && answer.done === 'enrolled' ? 1 : 0
    const types = auditTypes(answer)
    return (
      types.filter((type) => type === 'two_factor.reset.superseded').length === superseded &&
      types.filter((type) => type === 'two_factor.reset.completed').length === completed
    )
  },

  'Every rise of the epoch enqueues a purge, and nothing else does': (answer) => {
    const purges = answer.effects.filter((outbox) => outbox.is === 'purge')
    if (!isRaising(answer)) return purges.length === 0
    return purges.length === 1 && purges.every((outbox) => outbox.is === 'purge' && outbox.epoch === answer.after.epoch)
  },

  'A set-up and every other state of the factor or its codes is sent to the directory; another authenticator and used or renewed codes enqueue a notice':
    (answer) => {
      const { done, account, after, rules } = answer
      if (after === account && done === null) return true
      // A deleted person is removed from the directory instead.
      const isOther = factorState(account, rules) !== factorState(after, rules) && done !== 'account-deleted'
      const isOfCodes = done === 'backup-code-accepted' || done === 'codes-renewed' || done === 'restored'
      const haveOther = isOfCodes && backupCodesState(account) !== backupCodesState(after)
      const enqueues = answer.effects.map((outbox) => (outbox.is === 'notice' ? outbox.notice.is : outbox.is))
      const expected: readonly [word: string, when: boolean][] = [
        ['tell-directory', isOther || haveOther || done === 'enrolled' || done === 'replaced' || done === 'adopted'],
        [
          'enrolled',
          done === 'enrolled' || done === 'set-up-corrected' || (done === 'adopted' && !isFirstImport(answer)),
        ],
        ['replaced', done === 'replaced'],
        ['backup-code-used', done === 'backup-code-accepted'],
        ['codes-renewed', done === 'codes-renewed'],
        ['authenticator-added', done === 'authenticator-added'],
        ['authenticator-removed', done === 'authenticator-removed'],
        ['passkey-suspect', isNewlySuspect(answer)],
      ]
      return expected.every(([word, when]) => enqueues.filter((entry) => entry === word).length === (when ? 1 : 0))
    },

  'An outbox entry is removed only by its outcome, or by the end of its link': ({ account, after, command }) =>
    after.outbox === account.outbox ||
    command.is === 'record-effects' ||
    // Covered by separate laws.
    command.is === 'reseal' ||
    command.is === 'delete-account' ||
    account.outbox.every(
      (outbox) =>
        after.outbox.includes(outbox) ||
        // Only the newest password may reach the directory, also after a change at a page of the host.
        (outbox.is === 'set-password' &&
          (command.is === 'change-password' ||
            (command.is === 'enrol' && command.sealedPassword !== null) ||
            (command.is === 'end-sessions' && command.because === 'password-changed'))) ||
        (isLinkMail(outbox) &&
          !after.links.some(
            ({ state, issuedAt, resetId }) =>
              state.is === 'live' &&
              resetId === outbox.resetId &&
              issuedAt === outbox.at &&
              command.is !== 'resend' &&
              command.is !== 'renew-link' &&
              command.is !== 'send-again',
          )),
    ),

  'A password changes by a password link, in a valid sign-in or by a restore, and is then enqueued for the directory': (
    answer,
  ) => {
    const { done, command, account, now } = answer
    if (done === 'enrolled') return true // covered by a separate law
    const enqueues = answer.effects.filter(({ is }) => is === 'set-password').length
    if (done !== 'password-changed') return enqueues === 0
    if (command.is !== 'change-password') return false
    const { right } = command
    if (right.is === 'restore') return enqueues === 1 && account.factor.is !== 'lost'
    const isLive = ({ digest, state, expiresAt }: Link): boolean =>
      right.is === 'link' && digest === right.digest && state.is === 'live' && now < expiresAt
    const ownLinks = account.links.filter((link) => purposeOf(link) === 'password')
    return (
      enqueues === 1 &&
      (right.is === 'link' ? ownLinks.some(isLive) : right.epoch === account.epoch && account.factor.is !== 'reset')
    )
  },

  'A set-up stores the password that its own browser chose with a live invitation, and no other': (answer) => {
    const { done, command, account, now } = answer
    if (done !== 'enrolled' || command.is !== 'enrol') return true
    const { sealedPassword, link: used } = command
    const written = answer.effects.flatMap((outbox) => (outbox.is === 'set-password' ? [outbox.sealedPassword] : []))
    if (sealedPassword === null) return written.length === 0
    const isInvitation = (link: Link): boolean =>
      link.digest === used && purposeOf(link) === 'invitation' && link.state.is === 'live' && now < link.expiresAt
    return isDeepStrictEqual(written, [sealedPassword]) && account.links.some(isInvitation)
  },

  'An address is verified by the use of a live link, and by nothing else': (answer) => {
    const { done, command, account, now } = answer
    const verified = answer.effects.flatMap((outbox) => (outbox.is === 'verify-email' ? [outbox.email] : []))
    const byPassword = command.is === 'change-password'
    if (!byPassword && command.is !== 'enrol') return verified.length === 0
    const digest = byPassword ? command.right.is === 'link' && command.right.digest : command.link
    const isUsed =
      (done === 'enrolled' || done === 'password-changed') &&
      account.links.some(
        (link) =>
          link.digest === digest &&
          (purposeOf(link) === 'password') === byPassword &&
          link.state.is === 'live' &&
          now < link.expiresAt,
      )
    return isDeepStrictEqual(verified, isUsed && command.mailedTo ? [command.mailedTo] : [])
  },

  'A mailbox proves one factor: no password link works while the second one must be set up, nor soon after a link did so':
    ({ account, after, done, command, now }) => {
      const isUsed = (): boolean =>
        account.factor.is === 'reset' ||
        account.resets.some(
          ({ state }) => state.is === 'completed' && state.via === 'link' && now < state.at + MAILBOX_REST_SECONDS,
        )
      const byLink = command.is === 'change-password' && command.right.is === 'link'
      const needsMailbox = done === 'password-link-sent' || (done === 'password-changed' && byLink)
      return (
        (!needsMailbox || !isUsed()) &&
        implies(
          after.factor.is === 'reset',
          !after.links.some((link) => purposeOf(link) === 'password' && link.state.is === 'live'),
        )
      )
    },

  'Changes of password and address do not change the second factor, and a reset’s link changes no other link': (
    answer,
  ) => {
    const { account, after, done, command } = answer
    const own = done === 'invited' ? 'invitation' : 'reset'
    const others = ({ links }: Account): string => JSON.stringify(links.filter((link) => purposeOf(link) !== own))
    const haveSameOthers = (): boolean => after.links === account.links || others(after) === others(account)
    const isReset = ['resend', 'renew-link', 'send-again', 'open-link'].includes(command.is)
    const isAccount = done === 'password-changed' || done === 'email-changed' || done === 'password-link-sent'
    return (
      implies(isAccount, after.factor === account.factor && after.attempts === account.attempts) &&
      (!isReset || isPasswordLinkOpened(answer) || haveSameOthers())
    )
  },

  'Of each purpose one link is live at most, and none after the address changed, the account was disabled or the store restored':
    ({ account, after, done, command }) => {
      const live = after.links.filter(({ state }) => state.is === 'live')
      const isShut =
        done === 'email-changed' ||
        done === 'restored' ||
        (done === 'sessions-ended' && command.is === 'end-sessions' && command.because === 'disabled')
      // The same links were judged in the answer that made them.
      return (
        implies(isShut, live.length === 0) &&
        (after.links === account.links ||
          purposes.every((purpose) => live.filter((link) => purposeOf(link) === purpose).length <= 1))
      )
    },

  'Outbox entries are numbered without a gap, and due at once': (answer) => {
    const effects = answer.effects
    const { account, after, now, command } = answer
    return (
      after.outboxCount === account.outboxCount + effects.length &&
      (command.is === 'record-effects' ||
        effects.every((outbox) => outbox.at === now && outbox.nextAt === now && outbox.tries === 0)) &&
      effects.every((outbox, n) => outbox.id === `${after.epoch}.${account.outboxCount + n}`)
    )
  },
}

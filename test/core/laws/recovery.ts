/** Laws of resets, set-ups after them, links and backup codes. */
import { sealsOf } from '../../../src/core/keyRotation.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../../../src/core/account.ts'
import type { Link } from '../../../src/core/link.ts'
import { decide } from '../../../src/core/decide.ts'
import { isUnfinished } from '../../../src/core/questions.ts'
import { INVITATION_RENEWAL_SECONDS, PASSWORD_BY_EMAIL_SECONDS } from '../../../src/core/rules.ts'
import { type Law, implies, ofCodes, isPasswordOfEmail } from './answer.ts'

export const recoveryLaws: Readonly<Record<string, Law>> = {
  'Sign-ins in progress are ended by the end of sessions, up to that second and in that epoch, by nothing else': ({
    account,
    after,
    now,
    done,
  }) =>
    done === 'account-deleted' // covered by a separate law
      ? true
      : done === 'sign-ins-ended'
        ? after.signInsEnded?.epoch === account.epoch && after.signInsEnded.at >= now
        : after.signInsEnded === account.signInsEnded,

  'Stale facts are refused: an old epoch, a sign-in begun before sessions were ended, an ended link, an unknown one': ({
    stale,
    decision,
  }) => implies(stale, decision.is === 'refused'),

  'After a reset or in a lost record every code of the old authenticator is refused': ({
    account,
    command,
    decision,
  }) =>
    implies(
      account.factor.is !== 'active' && ofCodes.has(command.is),
      decision.is === 'refused' ||
        (decision.is === 'repeated' && (command.is === 'step-up' || command.is === 'spend-proof')),
    ),

  'While an account is frozen, set-up and emails are refused': ({ account, command, decision }) =>
    implies(
      account.factor.is === 'reset' &&
        account.factor.frozen &&
        ['enrol', 'open-link', 'resend', 'renew-link', 'send-again', 'revoke'].includes(command.is),
      decision.is === 'refused',
    ),

  'An expired link is exchanged once for its successor and does nothing else: it extends no time': ({
    account,
    after,
    command,
    done,
    now,
  }) => {
    if (command.is !== 'renew-link' || done === null) return true
    const expired = account.links.find(
      ({ digest, state, expiresAt }) => digest === command.digest && state.is === 'live' && now >= expiresAt,
    )
    const [newest] = after.links
    const { factor } = account
    return (
      expired !== undefined &&
      newest?.digest === command.link.digest &&
      newest.resetId === expired.resetId &&
      newest.purpose === expired.purpose &&
      after.links.every(({ digest, state }) => digest !== command.digest || state.is === 'replaced') &&
      after.epoch === account.epoch &&
      after.factor === factor &&
      (done === 'link-resent'
        ? factor.is === 'reset' && !factor.frozen && now < factor.signInUntil
        : done === 'invited' && factor.is === 'none' && now < expired.expiresAt + INVITATION_RENEWAL_SECONDS)
    )
  },

  'A request for another email at a sign-in sends a successor of its link and does nothing else: it extends no time': ({
    account,
    after,
    command,
    done,
  }) =>
    command.is !== 'send-again' ||
    implies(
      done !== null,
      done === 'link-resent' &&
        command.epoch === account.epoch &&
        after.epoch === account.epoch &&
        after.factor === account.factor &&
        account.factor.is === 'reset' &&
        after.links[0]?.resetId === account.factor.resetId &&
        account.resets.some(({ id, state }) => id === after.links[0]?.resetId && ['sent', 'opened'].includes(state.is)),
    ),

  'If both proofs are required, a set-up after a reset needs the password and the live link of that reset, in either flow':
    ({ account, command, done, now, rules }) => {
      const { factor, links } = account
      if (done !== 'enrolled' || command.is !== 'enrol' || factor.is !== 'reset') return true
      const isStrict = factor.profile !== 'standard' || command.roles.some((role) => rules.strictRoles.includes(role))
      const isLive = ({ digest, resetId, state, expiresAt }: Link): boolean =>
        digest === command.link && resetId === factor.resetId && state.is === 'live' && now < expiresAt
      const isBoth = isStrict || factor.afterWrongCodes === true
      return !isBoth || (command.password && links.some(isLive) && !isPasswordOfEmail(account, now))
    },

  'The proofs for a reset are decided by the roles at its start and by wrong codes before it, and are never reduced later':
    ({ account, after, command, done, now, rules }) => {
      if (command.is === 'start-reset' && done === 'reset-started') {
        const wasGuessed = account.factor.is === 'reset' && account.factor.afterWrongCodes === true
        const isGuessed = wasGuessed || account.attempts.failures >= rules.freeAttempts
        const isStrict = isGuessed || command.roles.some((role) => rules.strictRoles.includes(role))
        return (
          after.factor.is === 'reset' &&
          after.factor.profile === (isStrict ? 'strict' : 'standard') &&
          (after.factor.afterWrongCodes === true) === isGuessed &&
          !(isStrict && isPasswordOfEmail(account, now))
        )
      }
      if (account.factor.is !== 'reset' || after.factor.is !== 'reset') return true
      return (
        after.factor.profile === account.factor.profile &&
        after.factor.afterWrongCodes === account.factor.afterWrongCodes
      )
    },

  'A reset that nothing could complete is refused with the time from which one can, and changes nothing': ({
    command,
    decision,
    account,
    after,
    now,
  }) =>
    decision.is !== 'refused' ||
    decision.refusal.is !== 'password-too-new' ||
    ((command.is === 'start-reset' || command.is === 'enrol') &&
      after === account &&
      isPasswordOfEmail(account, now) &&
      decision.refusal.until === (account.password?.at ?? 0) + PASSWORD_BY_EMAIL_SECONDS),

  'A first set-up does not depend on roles': ({ account, command, decision, rules, ...world }) => {
    if (command.is !== 'enrol' || account.factor.is !== 'none') return true
    const bare = { ...command, roles: [] }
    return decision.is === decide(account, bare, world.now, rules).is
  },

  'A freeze is ended by a new reset, an import or a deletion, by nothing else': ({ account, after, done }) =>
    implies(
      account.factor.is === 'reset' &&
        account.factor.frozen &&
        !['reset-started', 'adopted', 'account-deleted'].includes(done ?? ''),
      after.factor === account.factor,
    ),

  'In a lost record everything is refused except a reset, an import that replaces or into a missing one, a deletion, outcomes of effects and new seals':
    ({ account, command, decision }) =>
      implies(
        account.factor.is === 'lost' &&
          command.is !== 'record-effects' &&
          command.is !== 'reseal' &&
          command.is !== 'delete-account' &&
          !(command.is === 'adopt' && (command.mode === 'replace' || account.factor.missing === true)) &&
          !(command.is === 'start-reset' && command.status === 'active'),
        decision.is === 'refused',
      ),

  'A finished reset and an ended link keep their state': ({ account, after }) =>
    (after.resets === account.resets ||
      account.resets
        .filter((reset) => !isUnfinished(reset))
        .every(({ id, state }) => {
          const later = after.resets.find((reset) => reset.id === id)
          return !later || later.state === state
        })) &&
    (after.links === account.links ||
      account.links
        .filter(({ state }) => state.is !== 'live')
        .every(({ digest, state }) => {
          const later = after.links.find((link) => link.digest === digest)
          return !later || later.state === state
        })),

  'The time for a set-up at the sign-in is never shortened': ({ account, after }) =>
    account.factor.is !== 'reset' ||
    after.factor.is !== 'reset' ||
    after.factor.resetId !== account.factor.resetId ||
    after.factor.signInUntil >= account.factor.signInUntil,

  'Codes count as saved when a browser that was shown them confirms it, not before': ({
    account,
    after,
    command,
    done,
  }) => {
    if (after.factor.is !== 'active') return true
    const codes = after.factor.backupCodes
    const before = account.factor.is === 'active' ? account.factor.backupCodes : null
    const isSame = before && (before.sealed === codes.sealed || done === 'resealed')
    if (isSame && before.savedAt === codes.savedAt) return true
    if (done === 'codes-saved')
      return command.is === 'save-codes' && (command.binding === undefined || command.binding === codes.binding)
    return codes.savedAt === null && (codes.used.length === 0 || done === 'restored')
  },

  'A change of seals changes nothing else': ({ account, after, done, command }) => {
    if (command.is !== 'reseal') return true
    const bare = (item: Account): string => {
      const hidden = sealsOf(item).map(({ sealed }) => sealed)
      return JSON.stringify(item, (_key, value: unknown) => (hidden.includes(value as string) ? 'sealed' : value))
    }
    const [before, now] = [sealsOf(account), sealsOf(after)]
    return (
      implies(done === null, after === account) &&
      (after === account || bare(account) === bare(after)) &&
      now.length === before.length &&
      now.every(({ sealed, ...seal }, n) => {
        const { sealed: kept = '', ...was } = before[n] ?? {}
        return isDeepStrictEqual(was, seal) && sealed === (command.seals.get(kept) ?? kept)
      })
    )
  },
}

/**
 * The laws of the core: what must hold for every answer to every question, and in every state. Each is a sentence, so that
 * a broken one can be read aloud.
 */
import { sealsOf } from '../../src/core/keyRotation.ts'
import { areCurrent, endedAtOf } from '../../src/core/signInFacts.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Account, Reset } from '../../src/core/account.ts'
import { type Link, type Purpose, purposeOf } from '../../src/core/link.ts'
import { decide } from '../../src/core/decide.ts'
import { isLinkMail } from '../../src/core/outbox.ts'
import { flowClosed, factorState, isUnfinished, mustSaveCodes } from '../../src/core/questions.ts'
import {
  KEPT_ACTS,
  KEPT_LINKS,
  KEPT_RESETS,
  MAILBOX_REST_SECONDS,
  OUTBOX_LIMIT,
  PASSWORD_BY_EMAIL_SECONDS,
  PENDING_SECONDS,
  type Rules,
  WARNED_FAILURES,
} from '../../src/core/rules.ts'
import type { AuditType, OutboxEntry } from '../../src/core/effect.ts'
import type { Command } from '../../src/core/command.ts'
import type { Decision, Event } from '../../src/core/decision.ts'
import { type Question, usedBy, type World } from './stateSpace.ts'

export interface Answer extends World, Question {
  readonly decision: Decision
  readonly rules: Rules
  /** The record afterwards, the same one when nothing is to be saved. */
  readonly after: Account
  /** What happened now; null: nothing new. */
  readonly done: Event['is'] | null
}

export function answerTo(world: World, question: Question, rules: Rules): Answer {
  const decision = decide(world.account, question.command, world.now, rules)
  const after = (decision.is === 'repeated' ? undefined : decision.account) ?? world.account
  return { ...world, ...question, decision, rules, after, done: decision.is === 'done' ? decision.event.is : null }
}

const purposes: readonly Purpose[] = ['reset', 'invitation', 'password']

type Law = (answer: Answer) => boolean

const implies = (when: boolean, then: boolean): boolean => !when || then

/** What each event tells the audit; those that are not here owe nothing at all. */
const notified: { readonly [K in Event['is']]?: AuditType } = {
  enrolled: 'two_factor.enrolled',
  replaced: 'two_factor.replaced',
  adopted: 'two_factor.adopted',
  'backup-code-accepted': 'two_factor.backup_code_used',
  'codes-renewed': 'two_factor.backup_codes_renewed',
  'reset-started': 'two_factor.reset.started',
  invited: 'account.invited',
  'link-opened': 'two_factor.reset.opened',
  'link-resent': 'two_factor.reset.resent',
  'reset-revoked': 'two_factor.reset.revoked',
  'sessions-ended': 'session.ended',
  'sign-ins-ended': 'session.ended',
  'password-link-sent': 'account.password_link_sent',
  'password-changed': 'account.password_changed',
  'email-changed': 'account.email_changed',
  'change-noted': 'account.changed',
}

/** What is kept of it keeps a stranger from replacing it; it opens nothing. */
const isPasswordLinkOpened = ({ account, command, done }: Answer): boolean =>
  done === 'link-opened' &&
  command.is === 'open-link' &&
  account.links.some((link) => link.digest === command.digest && link.purpose === 'password')

/** What begins a new sign-in generation. */
const raising = new Set<Event['is'] | null>([
  'reset-started',
  'enrolled',
  'replaced',
  'sessions-ended',
  'password-changed',
  'email-changed',
  'adopted',
])
/** What looks at a code of a stored secret. */
export const ofCodes = new Set<Command['is']>(['prove-code', 'use-backup-code', 'step-up', 'spend-proof'])

const newEffects = ({ account, after }: Answer): readonly OutboxEntry[] =>
  after === account ? [] : after.outbox.filter((outbox) => !account.outbox.some((entry) => entry.id === outbox.id))

const auditTypes = (answer: Answer): string[] =>
  newEffects(answer).flatMap((outbox) => (outbox.is === 'audit' ? [outbox.line.type] : []))

const lettersAbout = (answer: Answer): string[] =>
  newEffects(answer).flatMap((outbox) =>
    outbox.is === 'notice' && outbox.notice.is === 'wrong-codes' ? [outbox.notice.where] : [],
  )

/** A mailed link has set the password so short a time ago that it proves nothing beside another one. */
const isPasswordOfLetter = ({ password }: Account, now: number): boolean =>
  password?.via === 'link' && now < password.at + PASSWORD_BY_EMAIL_SECONDS

const lastStepOf = ({ factor }: Account): number | null =>
  factor.is === 'active' ? factor.authenticators[0].lastStep : null

const sameAuthenticator = ({ account, after }: Answer): boolean =>
  account.factor.is === 'active' &&
  after.factor.is === 'active' &&
  account.factor.authenticators[0].id === after.factor.authenticators[0].id

export const laws: Readonly<Record<string, Law>> = {
  'A refusal adds no power: it counts an attempt, tells the audit, of a lock the directory too, perhaps its owner, and changes nothing else':
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
          account.outbox.length + (factorState(after, rules) === 'locked' ? 2 : 1) + lettersAbout(answer).length &&
        auditTypes(answer).length === 1
      )
    },

  'A letter tells of the first wrong code in an unknown browser and of the fifth in a row, once in a run each, and of nothing else':
    (answer) => {
      const { account, after, command, rules } = answer
      const letters = lettersAbout(answer)
      if (after.attempts.failures <= account.attempts.failures) return letters.length === 0
      const isElsewhere = 'knownBrowser' in command && !command.knownBrowser && account.attempts.warned !== true
      const isMany = after.attempts.failures === Math.min(WARNED_FAILURES, rules.lockAfter)
      const expected = isMany ? ['any'] : isElsewhere ? ['unknown-browser'] : []
      return (
        isDeepStrictEqual(letters, expected) &&
        after.attempts.warned === (account.attempts.warned === true || isElsewhere ? true : undefined)
      )
    },

  'A wrong code against a stored secret is counted once; nothing else is': ({ decision, account, after, command }) => {
    const counted = after.attempts.failures - account.attempts.failures
    const wrong = decision.is === 'refused' && decision.refusal.is === 'code-incorrect' && ofCodes.has(command.is)
    return wrong ? counted === 1 : counted <= 0
  },

  'Attempts are forgotten by a proof, a reset, a set-up, a replacement and an import, by nothing else': (answer) => {
    const { account, after, done } = answer
    const forgetting = [
      'code-accepted',
      'backup-code-accepted',
      'stepped-up',
      'reset-started',
      'enrolled',
      'replaced',
      'adopted',
    ]
    if (done !== null && forgetting.includes(done))
      return after.attempts.failures === 0 && after.attempts.pausedUntil === null
    return implies(done !== null, after.attempts === account.attempts)
  },

  'Out of a lock leads a reset or an import, nothing else': ({ account, rules, done, command }) =>
    implies(account.attempts.failures >= rules.lockAfter && ofCodes.has(command.is), done === null),

  'The epoch never falls; it rises by a reset, a set-up, a replacement, the end of sessions, another password, another address and an import, by nothing else':
    ({ account, after, now, done }) =>
      raising.has(done) ? after.epoch > account.epoch && after.epoch >= now : after.epoch === account.epoch,

  'The record keeps the wall time of every rise of the epoch, and of nothing else': ({ account, after, now, done }) =>
    endedAtOf(after) === (raising.has(done) ? now : endedAtOf(account)),

  'What was proven before the epoch rose, in that second too, is no fact afterwards': ({ after, now, done }) =>
    !raising.has(done) ||
    [now - 1, now].every(
      (at) =>
        !areCurrent(after, { authenticatedAt: at, provenAt: null }) &&
        !areCurrent(after, { authenticatedAt: now + 1, provenAt: at }),
    ),

  'The newest step of an authenticator only rises, and only by a proof': (answer) => {
    if (!sameAuthenticator(answer)) return true
    const before = lastStepOf(answer.account) ?? 0
    const after = lastStepOf(answer.after) ?? 0
    const proof = answer.done === 'code-accepted' || answer.done === 'stepped-up'
    return proof ? after > before : after === before
  },

  'An authenticator changes by a set-up, a replacement, an import or a reset, by nothing else': (answer) =>
    implies(
      !['enrolled', 'replaced', 'adopted', 'reset-started'].includes(answer.done ?? ''),
      answer.account.factor.is === answer.after.factor.is &&
        implies(answer.account.factor.is === 'active', sameAuthenticator(answer)),
    ),

  'Nothing is proven without a step newer than any burnt one, or a backup code that was not used': (answer) => {
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
      default:
        return true
    }
  },

  'What was proven once is burnt in the very swap': ({ command, done, after }) => {
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

  'What is shown again is the asker’s own: the same form and code, act, browser or id': ({
    decision,
    command,
    account,
  }) => {
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
      default:
        return false
    }
  },

  'Who has ever enrolled is invited by nobody': ({ account, done }) =>
    implies(done === 'invited', account.factor.is === 'none'),

  'A disabled person sets up nothing and receives no link': ({ command, done, decision, account, after }) =>
    !('status' in command) ||
    command.status !== 'disabled' ||
    (done === null &&
      after === account &&
      (command.is === 'start-reset' || (decision.is === 'refused' && decision.refusal.is === 'account-disabled'))),

  'An account that enrolled never becomes one that never did': ({ account, after }) =>
    implies(after.factor.is === 'none', account.factor.is === 'none'),

  'An authenticator is replaced where one works that is not locked, on a proof of this sign-in that is young': ({
    command,
    done,
    account,
    now,
    rules,
  }) =>
    done !== 'replaced' ||
    (command.is === 'replace' &&
      account.factor.is === 'active' &&
      account.attempts.failures < rules.lockAfter &&
      command.epoch === account.epoch &&
      now - command.provenAt < PENDING_SECONDS),

  'A set-up or a replacement puts one holder’s authenticator, secret and codes into the record, and nobody else’s': ({
    command,
    done,
    after,
  }) => {
    if (done !== 'enrolled' && done !== 'replaced') return true
    if ((command.is !== 'enrol' && command.is !== 'replace') || after.factor.is !== 'active') return false
    const { authenticators, backupCodes, binding } = after.factor
    return (
      authenticators.length === 1 &&
      authenticators[0].id === command.authenticatorId &&
      authenticators[0].sealed === command.sealedSecret &&
      backupCodes.sealed === command.sealedCodes &&
      backupCodes.used.length === 0 &&
      backupCodes.binding === command.binding &&
      binding === command.binding
    )
  },

  'A reset leads to one set-up at most, whichever door it comes by; so does a link': ({
    command,
    done,
    account,
    kept,
  }) =>
    done !== 'enrolled' ||
    [...usedBy(account), command.is === 'enrol' && command.flow === 'link' ? command.link : null].every(
      (name) => name === null || !kept.used.includes(name),
    ),

  'Sign-ins in progress are ended by whoever ends sessions, from that second on and in that epoch, by nothing else': ({
    account,
    after,
    now,
    done,
  }) =>
    done === 'sign-ins-ended'
      ? after.signInsEnded?.epoch === account.epoch && after.signInsEnded.at >= now
      : after.signInsEnded === account.signInsEnded,

  'Nothing that is over helps: an old epoch, a sign-in begun before sessions were ended, a dead link, a foreign one': ({
    stale,
    decision,
  }) => implies(stale, decision.is === 'refused'),

  'After a reset or behind a lost record no code of the old authenticator, of whatever kind, helps': ({
    account,
    command,
    decision,
  }) =>
    implies(
      account.factor.is !== 'active' && ofCodes.has(command.is),
      decision.is === 'refused' ||
        (decision.is === 'repeated' && (command.is === 'step-up' || command.is === 'spend-proof')),
    ),

  'While an account is frozen neither door opens, and nobody sends a letter': ({ account, command, decision }) =>
    implies(
      account.factor.is === 'reset' &&
        account.factor.frozen &&
        ['enrol', 'open-link', 'resend', 'renew-link', 'send-again', 'revoke'].includes(command.is),
      decision.is === 'refused',
    ),

  'An expired link mails its own successor and nothing else: no door opens by it or stays open for longer, and it does so once':
    ({ account, after, command, done, now }) =>
      command.is !== 'renew-link' ||
      implies(
        done !== null,
        done === 'link-resent' &&
          account.links.some(
            ({ digest, state, expiresAt }) => digest === command.digest && state.is === 'live' && now >= expiresAt,
          ) &&
          after.links.every(({ digest, state }) => digest !== command.digest || state.is === 'replaced') &&
          after.epoch === account.epoch &&
          after.factor === account.factor &&
          account.factor.is === 'reset' &&
          !account.factor.frozen &&
          now < account.factor.signInUntil,
      ),

  'Whoever misses the letter at a sign-in is sent a successor of its link, and nothing else: no door opens by it or stays open for longer':
    ({ account, after, command, done }) =>
      command.is !== 'send-again' ||
      implies(
        done !== null,
        done === 'link-resent' &&
          command.epoch === account.epoch &&
          after.epoch === account.epoch &&
          after.factor === account.factor &&
          account.factor.is === 'reset' &&
          after.links[0]?.resetId === account.factor.resetId &&
          account.resets.some(
            ({ id, state }) => id === after.links[0]?.resetId && ['sent', 'opened'].includes(state.is),
          ),
      ),

  'Where both proofs are needed nobody sets up after a reset without the password and the live link of that reset, at either door':
    ({ account, command, done, now, rules }) => {
      const { factor, links } = account
      if (done !== 'enrolled' || command.is !== 'enrol' || factor.is !== 'reset') return true
      const isStrict = factor.profile !== 'standard' || command.roles.some((role) => rules.strictRoles.includes(role))
      const isLive = ({ digest, resetId, state, expiresAt }: Link): boolean =>
        digest === command.link && resetId === factor.resetId && state.is === 'live' && now < expiresAt
      const isBoth = isStrict || factor.afterWrongCodes === true
      return !isBoth || (command.password && links.some(isLive) && !isPasswordOfLetter(account, now))
    },

  'What a reset takes is decided by the roles of then and by wrong codes before it, and nothing that comes after takes less':
    ({ account, after, command, done, now, rules }) => {
      if (command.is === 'start-reset' && done === 'reset-started') {
        const wasGuessed = account.factor.is === 'reset' && account.factor.afterWrongCodes === true
        const isGuessed = wasGuessed || account.attempts.failures >= rules.freeAttempts
        const isStrict = isGuessed || command.roles.some((role) => rules.strictRoles.includes(role))
        return (
          after.factor.is === 'reset' &&
          after.factor.profile === (isStrict ? 'strict' : 'standard') &&
          (after.factor.afterWrongCodes === true) === isGuessed &&
          !(isStrict && isPasswordOfLetter(account, now))
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
      isPasswordOfLetter(account, now) &&
      decision.refusal.until === (account.password?.at ?? 0) + PASSWORD_BY_EMAIL_SECONDS),

  'A first set-up takes what it always took, whoever it is': ({ account, command, decision, rules, ...world }) => {
    if (command.is !== 'enrol' || account.factor.is !== 'none') return true
    const bare = { ...command, roles: [] }
    return decision.is === decide(account, bare, world.now, rules).is
  },

  'A frozen account is thawed by a new reset or an import, by nothing else': ({ account, after, done }) =>
    implies(
      account.factor.is === 'reset' && account.factor.frozen && done !== 'reset-started' && done !== 'adopted',
      after.factor === account.factor,
    ),

  'Behind a lost record everything is refused but a reset, an import told to replace, settling and new seals': ({
    account,
    command,
    decision,
  }) =>
    implies(
      account.factor.is === 'lost' &&
        command.is !== 'record-effects' &&
        command.is !== 'reseal' &&
        !(command.is === 'adopt' && command.replace) &&
        !(command.is === 'start-reset' && command.status === 'active'),
      decision.is === 'refused',
    ),

  'What has ended stays as it ended: a finished reset, a dead link': ({ account, after }) =>
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

  'The sign-in door of a reset never shuts earlier than was said': ({ account, after }) =>
    account.factor.is !== 'reset' ||
    after.factor.is !== 'reset' ||
    after.factor.resetId !== account.factor.resetId ||
    after.factor.signInUntil >= account.factor.signInUntil,

  'Codes count as saved when a browser that was shown them says so, not before': ({
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
    return codes.savedAt === null && codes.used.length === 0
  },

  'Sealing anew changes the seals and nothing else': ({ account, after, done, command }) => {
    if (command.is !== 'reseal') return true
    const bare = (item: Account): string => {
      const hidden = sealsOf(item).map(({ sealed }) => sealed)
      return JSON.stringify(item, (_key, value: unknown) => (hidden.includes(value as string) ? 'sealed' : value))
    }
    const [before, now] = [sealsOf(account), sealsOf(after)]
    return (
      implies(done === null, after === account) &&
      bare(account) === bare(after) &&
      now.length === before.length &&
      now.every(({ sealed, ...seal }, n) => {
        const { sealed: kept = '', ...was } = before[n] ?? {}
        return isDeepStrictEqual(was, seal) && sealed === (command.seals.get(kept) ?? kept)
      })
    )
  },

  'Two acts for different purposes never answer for each other': (answer) => {
    const { account, command, decision } = answer
    if ((command.is !== 'step-up' && command.is !== 'spend-proof') || decision.is !== 'repeated') return true
    return account.acts.some(({ id, does }) => id === command.act.id && does === command.act.does)
  },

  'Every change tells the audit what happened; proofs and ticks, which the sign-in tells, owe nothing': (answer) => {
    if (answer.done === null || answer.done === 'effects-recorded') return true
    const type = isPasswordLinkOpened(answer) ? undefined : notified[answer.done]
    return type ? auditTypes(answer).filter((item) => item === type).length === 1 : newEffects(answer).length === 0
  },

  'A reset that ends because of a newer one or a set-up tells the audit so': (answer) => {
    const ended = answer.account.resets.some(isUnfinished)
    const superseded = ended && (answer.done === 'reset-started' || answer.done === 'adopted') ? 1 : 0
    const completed = ended && answer.done === 'enrolled' ? 1 : 0
    const types = auditTypes(answer)
    return (
      types.filter((type) => type === 'two_factor.reset.superseded').length === superseded &&
      types.filter((type) => type === 'two_factor.reset.completed').length === completed
    )
  },

  'Whatever raises the epoch owes the end of all that is older, and nothing else does': (answer) => {
    const purges = newEffects(answer).filter((outbox) => outbox.is === 'purge')
    if (!raising.has(answer.done)) return purges.length === 0
    return purges.length === 1 && purges.every((outbox) => outbox.is === 'purge' && outbox.epoch === answer.after.epoch)
  },

  'A set-up and every other state of the factor is told to the directory; whoever has another authenticator is told, and whose codes were used or renewed':
    (answer) => {
      const { done, account, after, rules } = answer
      const isOther = factorState(account, rules) !== factorState(after, rules)
      const enqueues = newEffects(answer).map((outbox) => (outbox.is === 'notice' ? outbox.notice.is : outbox.is))
      const expected: readonly [word: string, when: boolean][] = [
        ['tell-directory', isOther || done === 'enrolled' || done === 'replaced' || done === 'adopted'],
        ['enrolled', done === 'enrolled' || (done === 'adopted' && account.factor.is !== 'none')],
        ['replaced', done === 'replaced'],
        ['backup-code-used', done === 'backup-code-accepted'],
        ['codes-renewed', done === 'codes-renewed'],
      ]
      return expected.every(([word, when]) => enqueues.filter((entry) => entry === word).length === (when ? 1 : 0))
    },

  'Nothing that is owed is forgotten: only settling strikes it out, or the death of its link': ({
    account,
    after,
    command,
  }) =>
    after.outbox === account.outbox ||
    command.is === 'record-effects' ||
    // What it does to them has a law of its own.
    command.is === 'reseal' ||
    account.outbox.every(
      (outbox) =>
        after.outbox.includes(outbox) ||
        // Only the newest password is to arrive, also when it was changed at a page of the host.
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

  'A password changes by its own link or by a sign-in of now, and then the directory is owed it': (answer) => {
    const { done, command, account, now } = answer
    if (done === 'enrolled') return true // has a law of its own
    const enqueues = newEffects(answer).filter(({ is }) => is === 'set-password').length
    if (done !== 'password-changed') return enqueues === 0
    if (command.is !== 'change-password') return false
    const { right } = command
    const isLive = ({ digest, state, expiresAt }: Link): boolean =>
      right.is === 'link' && digest === right.digest && state.is === 'live' && now < expiresAt
    const ownLinks = account.links.filter((link) => purposeOf(link) === 'password')
    return (
      enqueues === 1 &&
      (right.is === 'link' ? ownLinks.some(isLive) : right.epoch === account.epoch && account.factor.is !== 'reset')
    )
  },

  'A set-up writes the password that its own holder chose behind a live invitation, and no other': (answer) => {
    const { done, command, account, now } = answer
    if (done !== 'enrolled' || command.is !== 'enrol') return true
    const { sealedPassword, link: used } = command
    const written = newEffects(answer).flatMap((outbox) =>
      outbox.is === 'set-password' ? [outbox.sealedPassword] : [],
    )
    if (sealedPassword === null) return written.length === 0
    const isInvitation = (link: Link): boolean =>
      link.digest === used && purposeOf(link) === 'invitation' && link.state.is === 'live' && now < link.expiresAt
    return isDeepStrictEqual(written, [sealedPassword]) && account.links.some(isInvitation)
  },

  'An address is verified by the use of a live link, and by nothing else': (answer) => {
    const { done, command, account, now } = answer
    const verified = newEffects(answer).flatMap((outbox) => (outbox.is === 'verify-email' ? [outbox.email] : []))
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

  'A mailbox vouches for one factor: no letter leads to a password while the second one is to be set up, nor soon after a link did it':
    ({ account, after, done, command, now }) => {
      const isUsed =
        account.factor.is === 'reset' ||
        account.resets.some(
          ({ state }) => state.is === 'completed' && state.via === 'link' && now < state.at + MAILBOX_REST_SECONDS,
        )
      const byLetter = command.is === 'change-password' && command.right.is === 'link'
      return (
        implies(done === 'password-link-sent' || (done === 'password-changed' && byLetter), !isUsed) &&
        implies(
          after.factor.is === 'reset',
          !after.links.some((link) => purposeOf(link) === 'password' && link.state.is === 'live'),
        )
      )
    },

  'Neither a password nor an address touches the second factor, and a reset’s link touches no other': (answer) => {
    const { account, after, done, command } = answer
    const others = ({ links }: Account): string => JSON.stringify(links.filter((link) => purposeOf(link) !== 'reset'))
    const isReset = ['resend', 'renew-link', 'send-again', 'open-link'].includes(command.is)
    const isAccount = done === 'password-changed' || done === 'email-changed' || done === 'password-link-sent'
    return (
      implies(isAccount, after.factor === account.factor && after.attempts === account.attempts) &&
      implies(isReset && !isPasswordLinkOpened(answer), others(after) === others(account))
    )
  },

  'Of each purpose one link is live at most, and none when letters go elsewhere or the account is disabled': ({
    after,
    done,
    command,
  }) => {
    const live = after.links.filter(({ state }) => state.is === 'live')
    const isShut =
      done === 'email-changed' ||
      (done === 'sessions-ended' && command.is === 'end-sessions' && command.because === 'disabled')
    return (
      implies(isShut, live.length === 0) &&
      purposes.every((purpose) => live.filter((link) => purposeOf(link) === purpose).length <= 1)
    )
  },

  'What is owed is numbered without a gap, and due at once': (answer) => {
    const effects = newEffects(answer)
    const { account, after, now, command } = answer
    return (
      after.outboxCount === account.outboxCount + effects.length &&
      (command.is === 'record-effects' ||
        effects.every((outbox) => outbox.at === now && outbox.nextAt === now && outbox.tries === 0)) &&
      effects.every((outbox, n) => outbox.id === `${after.epoch}.${account.outboxCount + n}`)
    )
  },
}

type StateLaw = (world: World, rules: Rules) => boolean

const request = (world: World, rules: Rules, command: Command): Decision =>
  decide(world.account, command, world.now, rules)
const nobody = { actor: null, requestId: null, address: null }
const newReset = (now: number, roles: readonly string[]): Command => ({
  is: 'start-reset',
  id: `helpdesk's at ${now}`,
  reason: null,
  status: 'active',
  roles,
  link: { digest: `helpdesk's link at ${now}`, sealed: '' },
  seen: undefined,
  ended: { sessions: 0, grants: 0, clients: [] },
  by: nobody,
})

/** It died of something else than the reset's own end, which stands as expired since. */
const hasLostItsLink = ({ id, expiresAt }: Reset, links: readonly Link[]): boolean =>
  links.some(({ resetId, state }) => resetId === id && state.is === 'cancelled' && expiresAt <= state.at)

function leadsBackIn(world: World, rules: Rules, roles: readonly string[]): boolean {
  const { account, now } = world
  const reset = account.factor.is === 'none' ? null : request(world, rules, newReset(now, roles))
  if (reset?.is === 'refused' && reset.refusal.is === 'password-too-new')
    return leadsBackIn({ ...world, now: reset.refusal.until }, rules, roles)
  if (reset && reset.is !== 'done') return false
  const open = reset ? reset.account : account
  if (flowClosed(open, now) !== null) return false
  const setUp = {
    is: 'enrol',
    status: 'active',
    flow: 'sign-in',
    epoch: open.epoch,
    binding: 'a new browser',
    link: reset ? (open.links[0]?.digest ?? null) : null,
    password: true,
    roles,
    authenticatorId: '',
    sealedSecret: '',
    sealedCodes: '',
    sealedPassword: null,
    step: 1,
    by: nobody,
  } as const
  return request({ ...world, account: open }, rules, setUp).is === 'done'
}

export const stateLaws: Readonly<Record<string, StateLaw>> = {
  'A started reset has one live link, and owes one letter with it or knows what became of that; a finished one has neither':
    ({ account: { resets, links, outbox, factor } }) => {
      const open = resets.filter(isUnfinished)
      const live = links.filter((link) => link.state.is === 'live' && purposeOf(link) === 'reset')
      const letters = outbox.filter(({ is }) => is === 'reset-mail')
      const [reset] = open
      const [link] = live
      // Its letters go elsewhere by now, or it was disabled meanwhile: it stands as expired, and a resend revives it.
      if (reset && !link) return hasLostItsLink(reset, links) && letters.length === 0
      if (!reset || !link) return open.length + live.length + letters.length === 0
      const [letter] = letters
      return (
        open.length === 1 &&
        live.length === 1 &&
        factor.is === 'reset' &&
        factor.resetId === reset.id &&
        link.resetId === reset.id &&
        link.expiresAt === reset.expiresAt &&
        letters.length === (reset.mail.status === 'queued' ? 1 : 0) &&
        (letter?.is !== 'reset-mail' || (letter.resetId === reset.id && letter.expiresAt === link.expiresAt))
      )
    },

  'Only who never enrolled has a live invitation, and one at most; a letter that waits holds that one': ({
    account: { links, outbox, factor },
  }) => {
    const live = links.filter((link) => link.state.is === 'live' && purposeOf(link) === 'invitation')
    const letters = outbox.flatMap((entry) => (entry.is === 'invitation-mail' ? [entry.resetId] : []))
    return (
      live.length <= 1 &&
      letters.length <= live.length &&
      letters.every((id) => id === live[0]?.resetId) &&
      (live.length === 0 || factor.is === 'none')
    )
  },

  'A frozen account waits for no letter': ({ account: { factor, links } }) =>
    implies(
      factor.is === 'reset' && factor.frozen,
      links.every(({ state }) => state.is !== 'live'),
    ),

  'A withdrawn letter is of a reset that is finished or stands as expired': ({ account: { resets, links } }) =>
    resets.every((reset) => reset.mail.status !== 'withdrawn' || !isUnfinished(reset) || hasLostItsLink(reset, links)),

  'A set that was never saved strands nobody: whoever is let in is made a fresh one': (world, rules) => {
    if (!mustSaveCodes(world.account)) return true
    const { epoch } = world.account
    const renewed = request(world, rules, {
      is: 'renew-codes',
      epoch,
      binding: 'a new browser',
      sealedCodes: '',
      by: nobody,
    })
    return (
      renewed.is === 'done' &&
      request({ ...world, account: renewed.account }, rules, { is: 'save-codes', epoch, binding: 'a new browser' })
        .is === 'done'
    )
  },

  'No state is a dead end: a reset leads out of every one but the first, and a set-up back in, by both proofs where they are needed':
    (world, rules) => [[], rules.strictRoles].every((roles) => leadsBackIn(world, rules, roles)),

  'The record keeps to its caps': ({ account: { resets, links, acts, outbox } }) =>
    resets.length <= KEPT_RESETS &&
    purposes.every((purpose) => links.filter((link) => purposeOf(link) === purpose).length <= KEPT_LINKS) &&
    acts.length <= KEPT_ACTS &&
    outbox.length <= OUTBOX_LIMIT,
}

/**
 * Records, the time, and short names for all commands. Every record here results from decisions of the core, so that no test starts from
 * an impossible one.
 */
import type { Account } from '../../src/core/account.ts'
import { lostAccount, missingAccount, newAccount } from '../../src/core/newAccount.ts'
import { decide } from '../../src/core/decide.ts'
import { isLinkMail } from '../../src/core/outbox.ts'
import { defaultRules, type Rules } from '../../src/core/rules.ts'
import type { ProvenBy } from '../../src/core/authenticatorCommand.ts'
import type { ActRequest, Caller, Command, PasswordRight } from '../../src/core/command.ts'
import type { Decision } from '../../src/core/decision.ts'
import type { OutboxEntry, EffectOutcome } from '../../src/core/effect.ts'

export const NOW = 1_800_000_000
/** The time step of the code of every set-up here; later codes are STEP + 1, … */
export const STEP = 60_000_000

export const by: Caller = { actor: 'actor', requestId: 'request', address: '192.0.2.0/24' }

/** A command that depends on the record: by default it has the record's epoch. */
export type Ask = (account: Account) => Command

/** The decision in a word: an event, `again: ` an event, `no: ` a refusal. */
export function wordOf(decision: Decision): string {
  if (decision.is === 'refused') return `no: ${decision.refusal.is}`
  return decision.is === 'repeated' ? `again: ${decision.event.is}` : decision.event.is
}

export class Story {
  readonly account: Account
  readonly now: number
  readonly rules: Rules

  constructor(account: Account, now = NOW, rules = defaultRules) {
    this.account = account
    this.now = now
    this.rules = rules
  }

  ask(ask: Ask): Decision {
    return decide(this.account, ask(this.account), this.now, this.rules)
  }

  /** The decision in a word; the story does not change. */
  says(ask: Ask): string {
    return wordOf(this.ask(ask))
  }

  /** Does all of it in order; throws on a refusal. */
  does(...asks: Ask[]): Story {
    return asks.reduce((story: Story, ask) => {
      const decision = story.ask(ask)
      if (decision.is !== 'done') throw new Error(`refused: ${ask(story.account).is}: ${wordOf(decision)}`)
      return story.with(decision.account)
    }, this)
  }

  /** Expects refusals, and keeps the changes they cause. */
  refused(...asks: Ask[]): Story {
    return asks.reduce((story: Story, ask) => {
      const decision = story.ask(ask)
      if (decision.is !== 'refused') throw new Error(`not refused: ${ask(story.account).is}`)
      return story.with(decision.account ?? story.account)
    }, this)
  }

  with(account: Account): Story {
    return new Story(account, this.now, this.rules)
  }

  at(now: number): Story {
    return new Story(this.account, now, this.rules)
  }

  later(seconds: number): Story {
    return this.at(this.now + seconds)
  }

  under(rules: Partial<Rules>): Story {
    return new Story(this.account, this.now, { ...this.rules, ...rules })
  }

  /** Dispatches the whole outbox, audit lines of its outcomes included. */
  dispatched(): Story {
    return this.account.outbox.length === 0 ? this : this.does(dispatch(() => ({ is: 'done' }))).dispatched()
  }

  /** With this many audit lines in the outbox, as after an outage of the audit. */
  withBacklog(count: number): Story {
    return this.with({ ...this.account, outbox: Array.from({ length: count }, (_, n) => undispatched(n)) })
  }

  /** The outbox in words. */
  get enqueues(): string[] {
    return this.account.outbox.map(wordsOf)
  }
}

const undispatched = (n: number): OutboxEntry => ({
  id: `earlier.${n}`,
  at: NOW,
  nextAt: NOW,
  tries: 0,
  is: 'audit',
  line: { type: 'two_factor.code_refused', outcome: 'refused', reason: 'code-incorrect', target: null, ...by },
})

export function wordsOf(outbox: OutboxEntry): string {
  switch (outbox.is) {
    case 'audit':
      return `audit ${outbox.line.type}${outbox.line.outcome === 'done' ? '' : ` ${outbox.line.outcome}`}`
    case 'notice':
      return `notice ${outbox.notice.is}${outbox.notice.is === 'wrong-codes' ? ` (${outbox.notice.where})` : ''}`
    case 'reset-mail':
    case 'invitation-mail':
    case 'password-mail':
    case 'purge':
    case 'tell-directory':
    case 'verify-email':
    case 'set-password':
    case 'remove-person':
    case 'redact-audit':
      return outbox.is
  }
}

type Made<K extends Command['is']> = Bare<Extract<Command, { is: K }>>
type Bare<C> = C extends Command ? Partial<Omit<C, 'is'>> : never

export const proveCode =
  (step: number | null, more: Made<'prove-code'> = {}): Ask =>
  ({ epoch }) => ({ is: 'prove-code', epoch, step, form: 'form', knownBrowser: true, by, ...more })

export const useBackupCode =
  (index: number | null, more: Made<'use-backup-code'> = {}): Ask =>
  ({ epoch }) => ({ is: 'use-backup-code', epoch, index, form: 'form', knownBrowser: true, by, ...more })

const anAct: ActRequest = { id: 'R1', does: 'reset', target: 'target', what: 'reason' }

export const stepUp =
  (step: number | null, act: Partial<ActRequest> = {}): Ask =>
  () => ({ is: 'step-up', act: { ...anAct, ...act }, roles: [], step, knownBrowser: true, by })

export const spendProof =
  (at: number, { how = 'otp', epoch, ...act }: SpendProofMore = {}): Ask =>
  (account) => ({
    is: 'spend-proof',
    act: { ...anAct, ...act },
    roles: [],
    proof: { epoch: epoch ?? account.epoch, at, by: how },
    by,
  })

interface SpendProofMore extends Partial<ActRequest> {
  readonly how?: ProvenBy
  readonly epoch?: number
}

/** Named after the browser, so that a mixture of two is visible. */
const setUpOf = (binding: string) => ({
  authenticatorId: `authenticator of ${binding}`,
  sealedSecret: `secret of ${binding}`,
  sealedCodes: `codes of ${binding}`,
})

export const enrol =
  ({ binding = 'browser', flow = 'sign-in', ...more }: Made<'enrol'> = {}): Ask =>
  ({ epoch }) =>
    ({
      is: 'enrol',
      status: 'active',
      flow,
      epoch,
      binding,
      link: null,
      password: flow === 'sign-in',
      roles: [],
      sealedPassword: null,
      step: STEP,
      by,
      ...setUpOf(binding),
      ...more,
    }) as Command

export const enrolByLink = (link: string | null, more: Made<'enrol'> = {}): Ask =>
  enrol({ flow: 'link', link, binding: 'browser with the email', ...more })

export const replaceBy =
  (binding: string, more: Made<'replace'> = {}): Ask =>
  ({ epoch }) => ({ is: 'replace', epoch, binding, provenAt: NOW, step: STEP + 10, by, ...setUpOf(binding), ...more })

export const saveCodes =
  (more: Made<'save-codes'> = {}): Ask =>
  ({ epoch }) => ({ is: 'save-codes', epoch, ...more })

export const renewCodes =
  (binding: string, more: Made<'renew-codes'> = {}): Ask =>
  ({ epoch }) => ({ is: 'renew-codes', epoch, binding, sealedCodes: setUpOf(binding).sealedCodes, by, ...more })

const linkCalled = (digest: string) => ({ digest, sealed: `sealed ${digest}` })

export const startReset =
  (id: string, { link = `link of ${id}`, ...more }: Omit<Made<'start-reset'>, 'link'> & { link?: string } = {}): Ask =>
  () => ({
    is: 'start-reset',
    id,
    reason: 'lost phone',
    status: 'active',
    roles: [],
    link: linkCalled(link),
    seen: undefined,
    ended: { sessions: 2, grants: 3, clients: [] },
    by,
    ...more,
  })

export const invite =
  (id: string): Ask =>
  () => ({ is: 'invite', id, link: linkCalled(`link of ${id}`), by })

export const openLink =
  (digest: string): Ask =>
  () => ({ is: 'open-link', digest, by })

export const renewLink =
  (digest: string, link = `successor of ${digest}`): Ask =>
  () => ({ is: 'renew-link', digest, link: linkCalled(link), by })

export const resend =
  (resetId: string, link = `another link of ${resetId}`): Ask =>
  () => ({ is: 'resend', resetId, link: linkCalled(link), by })

export const sendAgain =
  (form: string, { link = `link asked for in ${form}`, ...more }: { link?: string; epoch?: number } = {}): Ask =>
  ({ epoch }) => ({ is: 'send-again', status: 'active', epoch, form, link: linkCalled(link), by, ...more })

export const sendPasswordLink =
  (id: string, more: Made<'send-password-link'> = {}): Ask =>
  () => ({ is: 'send-password-link', id, status: 'active', link: linkCalled(`link of ${id}`), by, ...more })

export const byLink = (digest: string): PasswordRight => ({ is: 'link', digest })
export const changePassword =
  (right: PasswordRight, more: Made<'change-password'> = {}): Ask =>
  () => ({ is: 'change-password', right, sealedPassword: 'sealed password', form: 'form', by, ...more })

export const changeEmail =
  (from = 'anna@example.com'): Ask =>
  () => ({ is: 'change-email', from, by })

export const revoke =
  (resetId: string, { freeze = false } = {}): Ask =>
  () => ({ is: 'revoke', resetId, freeze, by })

export const endSessions =
  (because: 'disabled' | 'password-changed' | 'asked' = 'asked'): Ask =>
  () => ({ is: 'end-sessions', because, by })

export const endSignIns = (): Ask => () => ({ is: 'end-sign-ins', by })
export const deleteAccount = (): Ask => () => ({ is: 'delete-account', by })

export const adopt =
  (mode: Made<'adopt'>['mode'] = 'new', more: Made<'adopt'> = {}): Ask =>
  () => ({
    is: 'adopt',
    mode,
    isSame: false,
    weakness: null,
    enrolledAt: NOW - 86_400,
    lastStep: 0,
    by,
    ...setUpOf('import'),
    ...more,
  })

/** @param resultOf outcome of an entry; undefined: not attempted */
export const dispatch =
  (resultOf: (outbox: OutboxEntry) => EffectOutcome['result'] | undefined): Ask =>
  ({ outbox }) => ({
    is: 'record-effects',
    results: outbox.flatMap((entry) => {
      const result = resultOf(entry)
      return result ? [{ id: entry.id, result }] : []
    }),
  })

export const dispatchMail = (result: EffectOutcome['result']): Ask =>
  dispatch((outbox) => (isLinkMail(outbox) ? result : undefined))
/** Never enrolled; a day old. */
export const newcomer = new Story(newAccount('anna', NOW - 86_400))
/** The directory knows of a factor, nothing is stored. */
export const missing = new Story(missingAccount('anna', NOW))
/** The record is damaged. */
export const lost = new Story(lostAccount('anna'))
/** Set up an hour ago, codes saved, outbox empty. */
export const anna = newcomer
  .at(NOW - 3600)
  .does(enrol(), saveCodes())
  .dispatched()
  .at(NOW)
/** As `resetAnna`, of a person who may reset others: the set-up requires both proofs. */
export const strictAnna = anna.does(startReset('R1', { roles: ['admin'] }))
/** Reset now; the email is in the outbox. */
export const resetAnna = anna.does(startReset('R1'))

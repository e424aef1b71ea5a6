/** The laws with the default rules: long random sequences, and an attacker who kept every earlier value. */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { passkeysOf, totpOf } from '../../src/core/authenticators.ts'
import { requiredProofs } from '../../src/core/proofs.ts'
import { mustEnrol } from '../../src/core/questions.ts'
import { defaultRules, HOUR } from '../../src/core/rules.ts'
import type { Command } from '../../src/core/command.ts'
import { withEmailsOnly, sentenceOf } from './exploration.ts'
import { type Answer, answerTo, laws, ofCodes, stateLaws } from './laws.ts'
import { anna, by, NOW, dispatch, wordOf } from './accountFixture.ts'
import { lastStepOf, numberIn, passkeysIn } from './laws/answer.ts'
import { begin, moved, newWorld, type Question, questionsTo, type World } from './stateSpace.ts'

/** For laws that hold once a limit has passed. */
const unlimited = { ...defaultRules, linksPerHour: null, actsPerHour: null }

/** The next question, and how much later it is asked. Some events dispatch the whole outbox. */
interface Event {
  readonly kind: number
  readonly which: number
  readonly later: number
}

const pauses = [0, 0, 0, 1, 29, 30, 60, 899, HOUR - 1, HOUR, 28_799, 28_800, 86_400, 2_592_000]
const anyEvent: fc.Arbitrary<Event> = fc.record({
  kind: fc.nat(99),
  which: fc.nat(999),
  later: fc.constantFrom(...pauses),
})

const flags = { backupEligible: false, backedUp: false }

/** All values of earlier. */
class Memory {
  readonly epochs: number[] = []
  readonly passkeys = new Set<string>()
  readonly links = new Map<string, string>()
  readonly proofs: string[] = []
  readonly enrolments: string[] = []
  readonly effects: string[] = []
  readonly emails: number[] = []
  readonly acts: number[] = []

  remember({ account, after, command, done, now }: Answer): void {
    if (after.epoch !== account.epoch) this.epochs.push(account.epoch)
    for (const { digest, resetId } of after.links) this.links.set(digest, resetId)
    const known = new Set(account.outbox.map(({ id }) => id))
    this.effects.push(...after.outbox.map(({ id }) => id).filter((id) => !known.has(id)))
    if (done === 'reset-started' || done === 'link-resent') this.emails.push(now)
    if (done === 'stepped-up') this.acts.push(now)
    if (after.factor.is !== 'active') return
    for (const { id } of passkeysOf(after.factor)) this.passkeys.add(id)
    const totp = totpOf(after.factor)
    const isByAssertion = command.is === 'prove-passkey' || 'passkey' in command
    if (isByAssertion && done !== null) this.proofs.push(`assertion ${numberIn(after)}`)
    else if (done === 'code-accepted' || done === 'stepped-up' || done === 'enrolled' || done === 'replaced')
      this.proofs.push(`${totp?.id}: step ${totp?.lastStep}`)
    if (done === 'backup-code-accepted') {
      const { sealed, used } = after.factor.backupCodes
      this.proofs.push(`${sealed}: code ${used.at(-1)}`)
    }
    if (command.is === 'enrol' && done === 'enrolled') {
      if (account.factor.is === 'reset') this.enrolments.push(`reset ${account.factor.resetId}`)
      if (command.flow === 'link') this.enrolments.push(`link ${command.link}`)
    }
  }

  /** Commands of an attacker who kept them; each must be refused. */
  attacks({ account, now, kept }: World): Command[] {
    const binding = 'attacker'
    const set = {
      binding,
      authenticatorId: 'attacker’s',
      sealedSecret: 'attacker’s',
      sealedCodes: 'attacker’s',
      sealedPassword: null,
      password: true,
      status: 'active' as const,
      roles: [],
      by,
    }
    const step = kept.step + 1
    const alive = account.links.flatMap(({ digest, state, expiresAt }) =>
      state.is === 'live' && now < expiresAt ? [digest] : [],
    )
    const used = account.factor.is === 'active' ? account.factor.backupCodes.used : []
    const { epoch } = account
    const lastStep = lastStepOf(account)
    return [
      ...this.epochs
        .slice(-5)
        .flatMap((old): Command[] => [
          { is: 'prove-code', knownBrowser: false, epoch: old, step, form: 'attacker’s', by },
          { is: 'use-backup-code', knownBrowser: false, epoch: old, index: 9, form: 'attacker’s', by },
          { is: 'enrol', epoch: old, flow: 'sign-in', link: null, step, ...set },
          ...alive.map((link): Command => ({ is: 'enrol', epoch: old, flow: 'link', link, step, ...set })),
          { is: 'replace', epoch: old, provenAt: now, step, ...set },
          { is: 'save-codes', epoch: old },
          { is: 'renew-codes', epoch: old, binding, sealedCodes: 'attacker’s', by },
        ]),
      ...[...this.links.keys()]
        .filter((digest) => !alive.includes(digest))
        .slice(-12)
        .flatMap((link): Command[] => [
          { is: 'open-link', digest: link, by },
          { is: 'enrol', epoch, flow: 'link', link, step, ...set },
        ]),
      ...(lastStep === null
        ? []
        : [{ is: 'prove-code', knownBrowser: false, epoch, step: lastStep, form: 'attacker’s', by } as const]),
      ...used.map((index): Command => ({
        is: 'use-backup-code',
        knownBrowser: false,
        epoch,
        index,
        form: 'attacker’s',
        by,
      })),
      ...[...this.passkeys].slice(-5).flatMap((id): Command[] => {
        const assertion = { is: 'verified', authenticatorId: id, signCount: 999, ...flags } as const
        const is = 'prove-passkey'
        const command = { is, knownBrowser: false, form: 'attacker’s', by, assertion } as const
        const isGone = !passkeysIn(account).some((item) => item.id === id)
        return [
          ...(numberIn(account) > 0 ? [{ ...command, epoch, number: numberIn(account) - 1 }] : []),
          ...this.epochs.slice(-2).map((old): Command => ({ ...command, epoch: old, number: numberIn(account) })),
          ...(isGone ? [{ ...command, epoch, number: numberIn(account) }] : []),
        ]
      }),
      // One proof without the other.
      ...(requiredProofs(account, [], defaultRules, now).both
        ? [
            { is: 'enrol', epoch, flow: 'sign-in', link: null, step, ...set } as const,
            ...alive.map((link): Command => ({
              is: 'enrol',
              epoch,
              flow: 'link',
              link,
              step,
              ...set,
              password: false,
            })),
          ]
        : []),
      ...(mustEnrol(account) ? [] : [{ is: 'enrol', epoch, flow: 'sign-in', link: null, step, ...set } as const]),
    ]
  }
}

/** The question of an event: each kind is equally likely, successful ones are preferred. */
function questionOf(world: World, { kind, which }: Event): Question {
  if (kind % 3 === 0) {
    const command = dispatch(() => ({ is: 'done' }))(world.account)
    return { command, facts: 'everything', stale: false }
  }
  const questions = questionsTo(world)
  const kinds = [...new Set(questions.map(({ command }) => command.is))]
  const alike = questions.filter(({ command }) => command.is === kinds[kind % kinds.length])
  const leading = alike.filter((question) => answerTo(world, question, defaultRules).done !== null)
  const choice = which % 2 === 0 && leading.length > 0 ? leading : alike
  return choice[which % choice.length] as Question
}

function mostWithin(times: readonly number[], seconds: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + seconds).length))
}

/** @param back how far the clock goes back at every tenth event. Seconds */
function run(begun: World, events: readonly Event[], back: number): void {
  const memory = new Memory()
  const path: string[] = []
  let world = begun
  for (const [n, event] of events.entries()) {
    world = { ...world, now: world.now + event.later - (n % 10 === 9 ? back : 0) }
    const question = questionOf(world, event)
    const answer = answerTo(world, question, defaultRules)
    path.push(`${event.later} s: ${sentenceOf(question)}: ${wordOf(answer.decision)}`)
    for (const [sentence, law] of Object.entries(laws))
      if (!law(answer)) throw new Error(`${sentence}: ${path.join(' → ')}`)
    memory.remember(answer)
    world = moved(world, question.command, answer.after)
    const rested = { ...world, account: withEmailsOnly(world.account) }
    for (const [sentence, law] of Object.entries(stateLaws))
      if (!law(rested, unlimited)) throw new Error(`${sentence}: ${path.join(' → ')}`)
    expect(JSON.stringify(world.account).length).to.be.lessThan(28_672)
  }
  for (const command of memory.attacks(world)) {
    const { decision } = answerTo(world, { command, facts: '', stale: true }, defaultRules)
    if (decision.is !== 'refused') throw new Error(`${command.is} by an attacker: ${path.join(' → ')}`)
    if (ofCodes.has(command.is) && decision.account) expect(decision.account.factor).to.equal(world.account.factor)
  }
  expect([...memory.epochs, world.account.epoch]).to.deep.equal(
    [...new Set([...memory.epochs, world.account.epoch])].sort((a, b) => a - b),
  )
  for (const once of [memory.proofs, memory.enrolments, memory.effects])
    expect(new Set(once).size).to.equal(once.length)
  // A clock that goes back counts an hour twice.
  if (back === 0) {
    expect(mostWithin(memory.emails, HOUR)).to.be.at.most(5)
    expect(mostWithin(memory.acts, HOUR)).to.be.at.most(20)
  }
}

describe('In a long sequence with the default rules', () => {
  const lifecycles = { size: 'max', maxLength: 120 } as const
  const clock = fc.constantFrom(0, 7)

  it('every law holds for a new account, and every earlier value is refused', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, lifecycles), clock, (events, back) => run(newWorld, events, back)),
      { numRuns: 60 },
    )
  })

  it('every law holds for an account in use, and every earlier value is refused', () => {
    const inUse = { ...begin(anna.account), now: NOW }
    fc.assert(
      fc.property(fc.array(anyEvent, lifecycles), clock, (events, back) => run(inUse, events, back)),
      { numRuns: 60 },
    )
  })
})

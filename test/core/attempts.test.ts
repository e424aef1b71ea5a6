import { expect } from 'chai'
import { factorState } from '../../src/core/questions.ts'
import { OUTBOX_LIMIT } from '../../src/core/rules.ts'
import {
  anna,
  type Ask,
  endSessions,
  enrol,
  newcomer,
  NOW,
  proveCode,
  renewCodes,
  resetAnna,
  saveCodes,
  startReset,
  STEP,
  stepUp,
  type Story,
  useBackupCode,
} from './accountFixture.ts'

const wrong = proveCode(null)

/** Wrong codes in a row, each at the second the pause ends; the outbox is dispatched after each. */
function withWrongCodes(story: Story, times: number, ask: Ask = wrong): Story {
  let next = story
  for (let n = 0; n < times; n++)
    next = next
      .at(Math.max(next.now, next.account.attempts.pausedUntil ?? 0, next.account.attempts.known?.pausedUntil ?? 0))
      .refused(ask)
      .dispatched()
  return next
}

/** The pause after this many wrong codes. */
function pauseAfter(times: number): number | null {
  const { account, now } = withWrongCodes(anna, times)
  return account.attempts.pausedUntil === null ? null : account.attempts.pausedUntil - now
}

describe('The attempts budget', () => {
  it('allows the first five wrong codes in a row without a pause', () => {
    expect([1, 2, 3, 4, 5].map(pauseAfter)).to.deep.equal([null, null, null, null, null])
  })

  it('pauses for 30 seconds at the sixth, twice as long at each further one, at most an hour', () => {
    const pauses = [6, 7, 8, 9, 10, 11, 12, 13, 14, 99].map(pauseAfter)
    expect(pauses).to.deep.equal([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
  })

  it('counts a pause from the wrong code that caused it, at any distance from the one before', () => {
    const later = withWrongCodes(anna, 6).later(86_400)
    expect(later.refused(wrong).account.attempts).to.include({ failures: 7, pausedUntil: later.now + 60 })
  })

  it('judges no code until the second a pause ends', () => {
    const paused = withWrongCodes(anna, 6)
    const until = paused.account.attempts.pausedUntil ?? 0
    for (const ask of [
      wrong,
      proveCode(STEP + 1),
      useBackupCode(0),
      useBackupCode(null),
      stepUp(STEP + 1),
      stepUp(null),
    ]) {
      expect(paused.at(until - 1).ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'paused', until } })
      expect(paused.at(until).says(ask)).not.to.equal('no: paused')
    }
    expect(paused.at(until).says(proveCode(STEP + 1))).to.equal('code-accepted')
  })

  it('has separate pauses for known browsers, and one lock for all', () => {
    const unknown = { knownBrowser: false }
    const thief = proveCode(null, unknown)
    const paused = withWrongCodes(anna, 7, thief)
    expect(paused.says(proveCode(STEP + 1, unknown))).to.equal('no: paused')
    expect(paused.says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(paused.says(useBackupCode(0))).to.equal('backup-code-accepted')
    // Wrong codes in a known browser cause the same pauses as before, and count for all browsers.
    const own = withWrongCodes(paused, 5)
    expect(own.account.attempts).to.deep.include({ failures: 12, known: { failures: 5, pausedUntil: null } })
    const more = own.refused(wrong)
    expect(more.says(proveCode(STEP + 1))).to.equal('no: paused')
    expect(more.later(30).says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(more.later(30).says(proveCode(STEP + 1, unknown))).to.equal('no: paused')
    expect(withWrongCodes(withWrongCodes(anna, 60, thief), 40).says(proveCode(STEP + 1))).to.equal('no: locked')
  })

  it('reports the number of wrong codes', () => {
    expect(withWrongCodes(anna, 3).ask(wrong)).to.have.deep.property('refusal', { is: 'code-incorrect', failures: 4 })
  })

  it('is shared by codes, backup codes and step-ups', () => {
    const used = withWrongCodes(withWrongCodes(withWrongCodes(anna, 2), 2, useBackupCode(null)), 2, stepUp(null))
    expect(used.account.attempts).to.include({ failures: 6, pausedUntil: used.now + 30 })
  })

  const proofs: Record<string, Ask> = {
    code: proveCode(STEP + 1),
    'backup code': useBackupCode(0),
    'step-up': stepUp(STEP + 1),
  }
  for (const [name, proof] of Object.entries(proofs))
    it(`is reset by a right ${name}`, () => {
      const { account } = withWrongCodes(anna, 5).does(proof)
      expect(account.attempts).to.deep.equal({ failures: 0, pausedUntil: null })
    })

  it('locks at the hundredth wrong code in a row: after that the right one is refused too, at any time', () => {
    const almost = withWrongCodes(anna, 99)
    expect(factorState(almost.account, almost.rules)).to.equal('active')
    expect(almost.at(almost.now + 3600).says(proveCode(STEP + 1))).to.equal('code-accepted')
    const locked = withWrongCodes(almost, 1)
    expect(factorState(locked.account, locked.rules)).to.equal('locked')
    for (const ask of [proveCode(STEP + 1), useBackupCode(0), stepUp(STEP + 1), wrong])
      expect(locked.later(10 * 365 * 86_400).says(ask)).to.equal('no: locked')
  })

  it('is unlocked by a reset and by nothing else', () => {
    const locked = withWrongCodes(anna, 100)
    const waysOut: Ask[] = [endSessions(), renewCodes('another browser'), saveCodes(), enrol({ binding: 'thief' })]
    for (const ask of waysOut) {
      const decision = locked.ask(ask)
      const account = decision.is === 'done' ? decision.account : locked.account
      expect(factorState(account, locked.rules), ask(account).is).to.equal('locked')
    }
    const reset = locked.does(startReset('R1'))
    expect(reset.account.attempts).to.deep.equal({ failures: 0, pausedUntil: null })
    expect(reset.does(enrol({ binding: 'new browser', link: 'link of R1' })).says(proveCode(STEP + 1))).to.equal(
      'code-accepted',
    )
  })

  it('counts a used backup code as a wrong one', () => {
    const used = anna.does(useBackupCode(0, { form: 'first form' }))
    expect(used.ask(useBackupCode(0, { form: 'second form' }))).to.have.deep.property('refusal', {
      is: 'code-incorrect',
      failures: 1,
    })
  })

  it('does not count a replay of the last step or of an older one', () => {
    const proven = anna.does(proveCode(STEP + 1))
    for (const step of [STEP + 1, STEP])
      for (const ask of [proveCode(step, { form: 'second form' }), stepUp(step)]) {
        expect(proven.says(ask)).to.equal('no: code-replayed')
        expect(proven.refused(ask).account.attempts.failures).to.equal(0)
      }
  })

  it('does not count codes of an unconfirmed set-up: a thief could use up the budget of the victim', () => {
    for (const story of [newcomer, resetAnna])
      expect(story.ask(enrol({ step: null }))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'code-incorrect', failures: 0 },
      })
  })

  it('cannot be used up in a sign-in that is over', () => {
    expect(anna.does(endSessions()).ask(proveCode(null, { epoch: anna.account.epoch }))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'sign-in-over' },
    })
  })

  it('audits every wrong code, with its target', () => {
    for (const ask of [wrong, useBackupCode(null)]) {
      const [line] = anna.refused(ask).account.outbox
      expect(line).to.deep.include({ is: 'audit', at: NOW, nextAt: NOW, tries: 0 })
      expect(line).to.have.deep.property('line', {
        type: 'two_factor.code_refused',
        outcome: 'refused',
        reason: 'code-incorrect',
        target: null,
        actor: 'actor',
        requestId: 'request',
        address: '192.0.2.0/24',
      })
    }
    expect(anna.refused(stepUp(null, { target: 'bob' })).account.outbox[0]).to.have.nested.include({
      'line.type': 'step_up.refused',
      'line.target': 'bob',
    })
  })

  it('judges no code while the outbox has no room for the audit line, the notice and the lock of a wrong one', () => {
    for (const full of [anna.withBacklog(OUTBOX_LIMIT - 2), anna.withBacklog(OUTBOX_LIMIT)])
      for (const ask of [
        wrong,
        proveCode(STEP + 1),
        useBackupCode(null),
        useBackupCode(0),
        stepUp(null),
        stepUp(STEP + 1),
      ])
        expect(JSON.stringify(full.ask(ask))).to.equal('{"is":"refused","refusal":{"is":"outbox-full"}}')
    expect(anna.withBacklog(OUTBOX_LIMIT - 3).says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(anna.withBacklog(OUTBOX_LIMIT - 3).refused(wrong).account.attempts.failures).to.equal(1)
  })

  it('follows the given rules', () => {
    const strict = anna.under({ freeAttempts: 3, firstPauseSeconds: 10, longestPauseSeconds: 60, lockAfter: 10 })
    expect(withWrongCodes(strict, 3).account.attempts.pausedUntil).to.equal(null)
    const paused = withWrongCodes(strict, 4)
    expect(paused.account.attempts.pausedUntil).to.equal(paused.now + 10)
    expect(
      withWrongCodes(strict, 9)
        .later(60)
        .says(proveCode(STEP + 1)),
    ).to.equal('code-accepted')
    expect(
      withWrongCodes(strict, 10)
        .later(60)
        .says(proveCode(STEP + 1)),
    ).to.equal('no: locked')
  })
})

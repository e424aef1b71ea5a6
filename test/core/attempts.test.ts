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

/** Wrong codes in a row, each at the very second it is looked at again; nothing stays owed. */
function missing(story: Story, times: number, ask: Ask = wrong): Story {
  let next = story
  for (let n = 0; n < times; n++)
    next = next
      .at(Math.max(next.now, next.account.attempts.pausedUntil ?? 0, next.account.attempts.known?.pausedUntil ?? 0))
      .suffers(ask)
      .dispatched()
  return next
}

/** How long the record pauses after so many wrong codes. */
function pauseAfter(times: number): number | null {
  const { account, now } = missing(anna, times)
  return account.attempts.pausedUntil === null ? null : account.attempts.pausedUntil - now
}

describe('The budget of guesses', () => {
  it('leaves the first five wrong codes in a row without a pause', () => {
    expect([1, 2, 3, 4, 5].map(pauseAfter)).to.deep.equal([null, null, null, null, null])
  })

  it('pauses for 30 seconds at the sixth, twice as long at each further one, and never longer than an hour', () => {
    const pauses = [6, 7, 8, 9, 10, 11, 12, 13, 14, 99].map(pauseAfter)
    expect(pauses).to.deep.equal([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
  })

  it('counts a pause from the wrong code that caused it, however long after the last one it comes', () => {
    const later = missing(anna, 6).later(86_400)
    expect(later.suffers(wrong).account.attempts).to.include({ failures: 7, pausedUntil: later.now + 60 })
  })

  it('looks at no code until the very second a pause ends', () => {
    const paused = missing(anna, 6)
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

  it('is paused apart in browsers that are known, and locked together', () => {
    const unknown = { knownBrowser: false }
    const thief = proveCode(null, unknown)
    const paused = missing(anna, 7, thief)
    expect(paused.says(proveCode(STEP + 1, unknown))).to.equal('no: paused')
    expect(paused.says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(paused.says(useBackupCode(0))).to.equal('backup-code-accepted')
    // The owner's own wrong codes cost the same as ever, and count for everybody.
    const own = missing(paused, 5)
    expect(own.account.attempts).to.deep.include({ failures: 12, known: { failures: 5, pausedUntil: null } })
    const more = own.suffers(wrong)
    expect(more.says(proveCode(STEP + 1))).to.equal('no: paused')
    expect(more.later(30).says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(more.later(30).says(proveCode(STEP + 1, unknown))).to.equal('no: paused')
    expect(missing(missing(anna, 60, thief), 40).says(proveCode(STEP + 1))).to.equal('no: locked')
  })

  it('tells how many there were', () => {
    expect(missing(anna, 3).ask(wrong)).to.have.deep.property('refusal', { is: 'code-incorrect', failures: 4 })
  })

  it('is one for codes, backup codes and step-ups', () => {
    const used = missing(missing(missing(anna, 2), 2, useBackupCode(null)), 2, stepUp(null))
    expect(used.account.attempts).to.include({ failures: 6, pausedUntil: used.now + 30 })
  })

  const proofs: Record<string, Ask> = {
    code: proveCode(STEP + 1),
    'backup code': useBackupCode(0),
    'step-up': stepUp(STEP + 1),
  }
  for (const [name, proof] of Object.entries(proofs))
    it(`is whole again after a right ${name}`, () => {
      const { account } = missing(anna, 5).does(proof)
      expect(account.attempts).to.deep.equal({ failures: 0, pausedUntil: null })
    })

  it('locks at the hundredth wrong code in a row: from then on the right one is refused too, whenever it comes', () => {
    const almost = missing(anna, 99)
    expect(factorState(almost.account, almost.rules)).to.equal('active')
    expect(almost.at(almost.now + 3600).says(proveCode(STEP + 1))).to.equal('code-accepted')
    const locked = missing(almost, 1)
    expect(factorState(locked.account, locked.rules)).to.equal('locked')
    for (const ask of [proveCode(STEP + 1), useBackupCode(0), stepUp(STEP + 1), wrong])
      expect(locked.later(10 * 365 * 86_400).says(ask)).to.equal('no: locked')
  })

  it('is unlocked by a reset and by nothing else', () => {
    const locked = missing(anna, 100)
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

  it('does not count a replay of the last step, nor of an older one', () => {
    const proven = anna.does(proveCode(STEP + 1))
    for (const step of [STEP + 1, STEP])
      for (const ask of [proveCode(step, { form: 'second form' }), stepUp(step)]) {
        expect(proven.says(ask)).to.equal('no: code-replayed')
        expect(proven.suffers(ask).account.attempts.failures).to.equal(0)
      }
  })

  it('does not count codes of a set-up that is not confirmed: a thief could spend the budget of their victim', () => {
    for (const story of [newcomer, resetAnna])
      expect(story.ask(enrol({ step: null }))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'code-incorrect', failures: 0 },
      })
  })

  it('is spent by nobody whose sign-in is over', () => {
    expect(anna.does(endSessions()).ask(proveCode(null, { epoch: anna.account.epoch }))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'sign-in-over' },
    })
  })

  it('tells every wrong code to the audit, with who it was tried on', () => {
    for (const ask of [wrong, useBackupCode(null)]) {
      const [line] = anna.suffers(ask).account.outbox
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
    expect(anna.suffers(stepUp(null, { target: 'bob' })).account.outbox[0]).to.have.nested.include({
      'line.type': 'step_up.refused',
      'line.target': 'bob',
    })
  })

  it('judges no code, right or wrong, while a wrong one, the letter and the lock it may bring could not be told: guesses would be free', () => {
    for (const full of [anna.owing(OUTBOX_LIMIT - 2), anna.owing(OUTBOX_LIMIT)])
      for (const ask of [
        wrong,
        proveCode(STEP + 1),
        useBackupCode(null),
        useBackupCode(0),
        stepUp(null),
        stepUp(STEP + 1),
      ])
        expect(JSON.stringify(full.ask(ask))).to.equal('{"is":"refused","refusal":{"is":"outbox-full"}}')
    expect(anna.owing(OUTBOX_LIMIT - 3).says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(anna.owing(OUTBOX_LIMIT - 3).suffers(wrong).account.attempts.failures).to.equal(1)
  })

  it('follows the rules it is given', () => {
    const strict = anna.under({ freeAttempts: 3, firstPauseSeconds: 10, longestPauseSeconds: 60, lockAfter: 10 })
    expect(missing(strict, 3).account.attempts.pausedUntil).to.equal(null)
    const paused = missing(strict, 4)
    expect(paused.account.attempts.pausedUntil).to.equal(paused.now + 10)
    expect(
      missing(strict, 9)
        .later(60)
        .says(proveCode(STEP + 1)),
    ).to.equal('code-accepted')
    expect(
      missing(strict, 10)
        .later(60)
        .says(proveCode(STEP + 1)),
    ).to.equal('no: locked')
  })
})

import { expect } from 'chai'
import type { Active } from '../../src/core/account.ts'
import { isUnfinished } from '../../src/core/questions.ts'
import type { ActRequest } from '../../src/core/command.ts'
import {
  adopt,
  anna,
  endSessions,
  enrol,
  enrolByLink,
  lost,
  newcomer,
  NOW,
  openLink,
  proveCode,
  renewCodes,
  resend,
  resetAnna,
  revoke,
  saveCodes,
  startReset,
  STEP,
  stepUp,
  type Story,
  useBackupCode,
} from './accountFixture.ts'

const factorOf = ({ account }: Story): Active => {
  if (account.factor.is !== 'active') throw new Error('not active')
  return account.factor
}

describe('A code of the authenticator', () => {
  it('is accepted once: its step is burnt, and the time noted', () => {
    const decision = anna.ask(proveCode(STEP + 1))
    expect(decision).to.have.deep.property('event', { is: 'code-accepted', at: NOW })
    const after = anna.does(proveCode(STEP + 1))
    expect(factorOf(after).authenticators[0]).to.include({ lastStep: STEP + 1, lastForm: 'form' })
    expect(factorOf(after).lastUsedAt).to.equal(NOW)
    expect(after.enqueues).to.deep.equal([])
  })

  it('is refused from any other form, and any older one with it', () => {
    const after = anna.does(proveCode(STEP + 2))
    for (const step of [STEP, STEP + 1, STEP + 2])
      expect(after.says(proveCode(step, { form: 'another form' }))).to.equal('no: code-replayed')
    expect(after.says(proveCode(STEP + 3, { form: 'another form' }))).to.equal('code-accepted')
  })

  it('that was replayed enqueues an audit line, and changes nothing else', () => {
    const replayed = anna.suffers(proveCode(STEP))
    expect(replayed.enqueues).to.deep.equal(['audit two_factor.code_refused refused'])
    expect(replayed.account.outbox[0]).to.have.nested.include({ 'line.reason': 'code-replayed', 'line.target': null })
    expect({ ...replayed.account, outbox: [], outboxCount: 0 }).to.deep.equal({
      ...anna.account,
      outbox: [],
      outboxCount: 0,
    })
  })

  it('sent twice from the same form shows the first result, with the time of the first', () => {
    const after = anna.does(proveCode(STEP + 1)).later(5)
    expect(after.ask(proveCode(STEP + 1))).to.deep.equal({ is: 'repeated', event: { is: 'code-accepted', at: NOW } })
    expect(after.says(proveCode(STEP))).to.equal('no: code-replayed')
    expect(after.says(proveCode(null))).to.equal('no: code-incorrect')
  })

  it('sent twice is no younger for what was proven in between by somebody else', () => {
    const between = anna
      .does(proveCode(STEP + 1))
      .later(50)
      .does(useBackupCode(0, { form: 'another form' }))
    expect(between.says(proveCode(STEP + 1))).to.equal('no: code-replayed')
    expect(between.says(proveCode(STEP + 1, { form: 'another form' }))).to.equal('no: code-replayed')
  })

  it('that set the authenticator up opens nothing else', () => {
    for (const form of ['form', 'another form'])
      expect(anna.says(proveCode(STEP, { form }))).to.equal('no: code-replayed')
    expect(anna.says(stepUp(STEP))).to.equal('no: code-replayed')
  })

  it('is not looked at in a sign-in that something has ended', () => {
    const { epoch } = anna.account
    const after = anna.does(endSessions())
    for (const step of [null, STEP, STEP + 1])
      expect(after.says(proveCode(step, { epoch }))).to.equal('no: sign-in-over')
    expect(anna.says(proveCode(STEP + 1, { epoch: epoch + 1 }))).to.equal('no: sign-in-over')
  })

  it('is worth nothing without an active authenticator', () => {
    expect(newcomer.says(proveCode(STEP + 1))).to.equal('no: not-enrolled')
    expect(resetAnna.says(proveCode(STEP + 1))).to.equal('no: not-enrolled')
    expect(lost.says(proveCode(STEP + 1))).to.equal('no: record-lost')
  })
})

describe('A step-up', () => {
  const act: ActRequest = { id: 'R9', does: 'reset', target: 'bob', what: 'lost phone' }

  it('burns the code and remembers what for', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    expect(anna.ask(stepUp(STEP + 1, act))).to.have.deep.property('event', { is: 'stepped-up' })
    expect(after.account.acts).to.deep.equal([{ ...act, at: NOW }])
    expect(factorOf(after).lastUsedAt).to.equal(NOW)
    expect(after.says(proveCode(STEP + 1))).to.equal('no: code-replayed')
    expect(after.says(stepUp(STEP + 1, { ...act, id: 'R10' }))).to.equal('no: code-replayed')
  })

  it('takes no code that a sign-in has burnt, and leaves no form that could repeat it', () => {
    const signedIn = anna.does(proveCode(STEP + 1, { form: 'sign-in' }))
    expect(signedIn.says(stepUp(STEP + 1, act))).to.equal('no: code-replayed')
    const after = signedIn.does(stepUp(STEP + 2, act))
    for (const step of [STEP + 1, STEP + 2])
      expect(after.says(proveCode(step, { form: 'sign-in' }))).to.equal('no: code-replayed')
  })

  it('for the same act is known again, whatever code comes with it, and burns none', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    for (const step of [null, STEP + 1, STEP + 2])
      expect(after.ask(stepUp(step, act))).to.deep.equal({ is: 'repeated', event: { is: 'stepped-up' } })
  })

  it('for an act of that name but another target or reason is a conflict', () => {
    const after = anna.does(stepUp(STEP + 1, act))
    for (const other of [
      { ...act, target: 'carol' },
      { ...act, what: 'told to' },
    ])
      expect(after.ask(stepUp(STEP + 2, other))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'idempotency-conflict' },
      })
  })

  it('replayed enqueues an audit line with its target', () => {
    const [outbox] = anna.suffers(stepUp(STEP, act)).account.outbox
    expect(outbox).to.have.nested.include({
      'line.type': 'step_up.refused',
      'line.outcome': 'refused',
      'line.reason': 'code-replayed',
      'line.target': 'bob',
    })
  })

  it('is refused without an active authenticator', () => {
    expect(newcomer.says(stepUp(STEP + 1))).to.equal('no: not-enrolled')
    expect(resetAnna.says(stepUp(STEP + 1))).to.equal('no: not-enrolled')
    expect(lost.says(stepUp(STEP + 1))).to.equal('no: record-lost')
  })

  /** So many acts, a minute apart, each with a code of its own. */
  const acting = (story: Story, times: number): Story => {
    let next = story
    for (let n = 0; n < times; n++)
      next = next.at(NOW + n * 60).does(stepUp(STEP + 1 + n, { id: `R${n}`, target: `user ${n}` }))
    return next
  }

  it('is possible twenty times an hour; the twenty-first is told when, and its code is not burnt', () => {
    const busy = acting(anna, 20)
    const retryAt = NOW + 3600
    const ask = stepUp(STEP + 99, { id: 'R99' })
    expect(busy.ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'too-many-resets', retryAt } })
    expect(busy.at(retryAt - 1).says(ask)).to.equal('no: too-many-resets')
    expect(busy.at(retryAt).says(ask)).to.equal('stepped-up')
    expect(busy.says(proveCode(STEP + 99))).to.equal('code-accepted')
  })

  it('is possible as often as the rules say, and without end when they say so', () => {
    expect(acting(anna.under({ actsPerHour: 2 }), 2).says(stepUp(STEP + 99, { id: 'R99' }))).to.equal(
      'no: too-many-resets',
    )
    expect(acting(anna.under({ actsPerHour: null }), 25).says(stepUp(STEP + 99, { id: 'R99' }))).to.equal('stepped-up')
  })

  it('is remembered for the last twenty acts', () => {
    const busy = acting(anna.under({ actsPerHour: null }), 21)
    expect(busy.account.acts.map(({ id }) => id)).to.deep.equal(Array.from({ length: 20 }, (_, n) => `R${20 - n}`))
    expect(busy.says(stepUp(null, { id: 'R1', target: 'user 1' }))).to.equal('again: stepped-up')
    expect(busy.says(stepUp(null, { id: 'R0', target: 'user 0' }))).to.equal('no: code-incorrect')
  })
})

describe('Setting up an authenticator', () => {
  it('the first time needs the password of a sign-in that still counts, and a code', () => {
    expect(newcomer.says(enrol())).to.equal('enrolled')
    expect(newcomer.says(enrol({ step: null }))).to.equal('no: code-incorrect')
    expect(newcomer.says(enrol({ epoch: newcomer.account.epoch - 1 }))).to.equal('no: sign-in-over')
    expect(newcomer.does(endSessions()).says(enrol({ epoch: newcomer.account.epoch }))).to.equal('no: sign-in-over')
    expect(newcomer.says(enrolByLink('some link'))).to.equal('no: link-unknown')
    expect(newcomer.says(enrolByLink(null))).to.equal('no: link-unknown')
  })

  it('puts the whole of one set-up into the record, and raises the epoch', () => {
    const after = newcomer.later(60).does(enrol({ binding: 'tablet' }))
    expect(after.account.epoch).to.equal(NOW + 60)
    expect(after.account.factor).to.deep.equal({
      is: 'active',
      authenticators: [
        { kind: 'totp', id: 'authenticator of tablet', sealed: 'secret of tablet', lastStep: STEP, lastForm: null },
      ],
      backupCodes: {
        sealed: 'codes of tablet',
        issuedAt: NOW + 60,
        used: [],
        lastForm: null,
        savedAt: null,
        binding: 'tablet',
      },
      enrolledAt: NOW + 60,
      epoch: NOW + 60,
      lastUsedAt: NOW + 60,
      binding: 'tablet',
    })
  })

  it('enqueues an audit line, a call to the directory, a notice, and the end of what was proven before', () => {
    const first = newcomer.does(enrol())
    expect(first.enqueues).to.deep.equal(['audit two_factor.enrolled', 'purge', 'notice enrolled', 'tell-directory'])
    const again = resetAnna.dispatched().does(enrol())
    expect(again.enqueues).to.deep.equal([
      'audit two_factor.enrolled',
      'audit two_factor.reset.completed',
      'purge',
      'notice enrolled',
      'tell-directory',
    ])
    const { epoch } = again.account
    const [enrolled, completed, purge, notice, directory] = again.account.outbox
    expect(enrolled).to.have.nested.include({ 'line.reason': 'sign-in', 'line.actor': 'actor' })
    expect(completed).to.have.nested.include({ 'line.reason': 'R1' })
    expect(purge).to.include({ epoch, resetId: null })
    expect(notice).to.have.deep.property('notice', { is: 'enrolled', via: 'sign-in' })
    expect(directory).to.include({ enrolledAt: NOW })
  })

  for (const [flow, ask] of Object.entries({ 'sign-in': enrol(), link: enrolByLink('link of R1') }))
    it(`at the ${flow} door completes the reset, spends its link and withdraws its letter`, () => {
      const { account } = resetAnna.later(60).does(ask)
      expect(account.resets[0]?.state).to.deep.equal({ is: 'completed', openedAt: null, at: NOW + 60, via: flow })
      expect(account.links[0]?.state).to.deep.equal({ is: 'used', at: NOW + 60 })
      expect(account.outbox.map(({ is }) => is)).not.to.include('reset-mail')
      expect(account.resets[0]?.mail.status).to.equal('withdrawn')
    })

  it('remembers when the link was opened', () => {
    const { account } = resetAnna.does(openLink('link of R1')).later(60).does(enrolByLink('link of R1'))
    expect(account.resets[0]?.state).to.deep.equal({ is: 'completed', openedAt: NOW, at: NOW + 60, via: 'link' })
  })

  it('leaves a letter alone that has been sent', () => {
    expect(resetAnna.dispatched().does(enrol()).account.resets[0]?.mail.status).to.equal('accepted')
  })

  it('happens once, whichever door comes first: each other holder is told', () => {
    const bySignIn = resetAnna.does(enrol())
    const byLink = resetAnna.does(enrolByLink('link of R1'))
    const { epoch } = resetAnna.account
    const thief = { epoch, binding: 'thief' }
    for (const done of [bySignIn, byLink]) {
      expect(done.ask(enrol(thief))).to.deep.equal({ is: 'refused', refusal: { is: 'set-up-elsewhere', at: NOW } })
      expect(done.ask(enrolByLink('link of R1', thief))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'link-used', at: NOW },
      })
      for (const link of ['another link', null])
        expect(done.says(enrolByLink(link, thief))).to.equal('no: set-up-elsewhere')
      expect(done.says(enrol({ binding: 'thief' })), 'with the new epoch').to.equal('no: set-up-elsewhere')
    }
  })

  it('sent twice by the winner shows the first result', () => {
    const { epoch } = resetAnna.account
    const done = resetAnna.does(enrol()).later(5)
    for (const step of [STEP, STEP + 1, null])
      expect(done.ask(enrol({ epoch, step }))).to.deep.equal({ is: 'repeated', event: { is: 'enrolled', at: NOW } })
  })

  it('sent twice shows nothing once a later end of all sessions ended the sign-in it was done in', () => {
    const { epoch } = resetAnna.account
    for (const late of [0, 5]) {
      const ended = resetAnna.does(enrol()).later(late).does(endSessions('password-changed'))
      // As they had it before their set-up, and after it.
      for (const theirs of [epoch, epoch + 1])
        expect(ended.says(enrol({ epoch: theirs })), `${late} s later`).to.equal('no: set-up-elsewhere')
    }
    const byLink = resetAnna.does(enrolByLink('link of R1'), endSessions())
    expect(byLink.says(enrolByLink('link of R1', { epoch }))).to.equal('no: link-used')
  })

  it('sent twice is known by its holder even when the clock went back between', () => {
    const { epoch } = resetAnna.account
    const done = resetAnna.at(NOW - 500).does(enrol())
    expect(done.account.epoch).to.equal(epoch + 1)
    expect(done.says(enrol({ epoch }))).to.equal('again: enrolled')
  })

  it('in a sign-in begun before the reset is over', () => {
    const { epoch } = anna.account
    expect(resetAnna.says(enrol({ epoch }))).to.equal('no: sign-in-over')
    expect(resetAnna.says(enrolByLink('link of R1', { epoch }))).to.equal('no: sign-in-over')
  })

  it('by a link begun before all sessions were ended begins again', () => {
    const { epoch } = resetAnna.account
    const ended = resetAnna.does(endSessions())
    expect(ended.says(enrolByLink('link of R1', { epoch }))).to.equal('no: sign-in-over')
    expect(ended.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('by a link that a newer letter replaced, or that was cancelled, ends at confirming: neither raised the epoch', () => {
    const resent = resetAnna.later(60).does(resend('R1'))
    expect(resent.account.epoch).to.equal(resetAnna.account.epoch)
    expect(resent.ask(enrolByLink('link of R1'))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'link-replaced', at: NOW + 60 },
    })
    expect(resent.says(enrolByLink('another link of R1'))).to.equal('enrolled')
    const revoked = resetAnna.later(60).does(revoke('R1'))
    expect(revoked.account.epoch).to.equal(resetAnna.account.epoch)
    expect(revoked.ask(enrolByLink('link of R1'))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'link-cancelled', at: NOW + 60 },
    })
  })

  it('by link is possible until the very second the link expires', () => {
    const expiresAt = NOW + 28_800
    expect(resetAnna.at(expiresAt - 1).says(enrolByLink('link of R1'))).to.equal('enrolled')
    for (const now of [expiresAt, expiresAt + 1])
      expect(resetAnna.at(now).ask(enrolByLink('link of R1'))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'link-expired', at: expiresAt },
      })
  })

  it('inside a sign-in is possible until the very second its door shuts', () => {
    const until = NOW + 2_592_000
    expect(resetAnna.at(until - 1).says(enrol())).to.equal('enrolled')
    for (const now of [until, until + 1])
      expect(resetAnna.at(now).ask(enrol())).to.deep.equal({
        is: 'refused',
        refusal: { is: 'set-up-expired', at: until },
      })
  })

  it('by link does not mind that the sign-in door has shut', () => {
    const short = anna.under({ signInLifetimeSeconds: 3600 }).does(startReset('R1')).later(3600)
    expect(short.says(enrol())).to.equal('no: set-up-expired')
    expect(short.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('at the link door needs a link, and one of this record', () => {
    expect(resetAnna.says(enrolByLink(null))).to.equal('no: link-unknown')
    expect(resetAnna.says(enrolByLink('another link'))).to.equal('no: link-unknown')
  })

  it('is possible at neither door of a frozen account', () => {
    const frozen = resetAnna.does(revoke('R1', { freeze: true }))
    for (const ask of [enrol(), enrolByLink('link of R1'), enrolByLink(null)])
      expect(frozen.ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'set-up-frozen' } })
  })

  it('is never offered in place of a record that is gone', () => {
    for (const ask of [enrol(), enrolByLink('some link'), enrolByLink(null)])
      expect(lost.says(ask)).to.equal('no: record-lost')
  })

  it('does not complete a reset that was revoked before', () => {
    const after = resetAnna.does(revoke('R1')).dispatched().does(enrol())
    expect(after.account.resets[0]?.state.is).to.equal('revoked')
    expect(after.enqueues).not.to.include('audit two_factor.reset.completed')
  })

  it('forgives what was guessed before', () => {
    const guessed = anna.suffers(proveCode(null)).does(startReset('R1')).does(enrol())
    expect(guessed.account.attempts).to.deep.equal({ failures: 0, pausedUntil: null })
  })

  it('lets the next code of the new authenticator in at once, however far ahead the old one was', () => {
    const ahead = anna.does(proveCode(STEP + 50)).does(startReset('R1'))
    expect(ahead.does(enrol({ step: STEP + 10 })).says(proveCode(STEP + 11))).to.equal('code-accepted')
  })
})

describe('An authenticator enrolled elsewhere', () => {
  it('comes with a new account: no code used, no backup codes shown', () => {
    const after = newcomer.later(60).does(adopt())
    expect(factorOf(after)).to.deep.include({ enrolledAt: NOW + 60, lastUsedAt: null, binding: null })
    expect(factorOf(after).authenticators[0]).to.include({ id: 'authenticator of import', lastStep: 0 })
    expect(factorOf(after).backupCodes).to.include({ savedAt: null, binding: null })
    expect(after.account.epoch).to.equal(NOW + 60)
    expect(after.enqueues).to.deep.equal(['audit two_factor.adopted', 'purge', 'tell-directory'])
    expect(after.account.outbox[1]).to.include({ epoch: NOW + 60, resetId: null })
    expect(after.says(proveCode(STEP))).to.equal('code-accepted')
    expect(after.says(renewCodes('first browser'))).to.equal('codes-renewed')
  })

  it('takes nobody in whose set-up began before it', () => {
    expect(newcomer.does(adopt()).says(enrol({ epoch: newcomer.account.epoch }))).to.equal('no: set-up-elsewhere')
  })

  it('never replaces what is there unless it is told to', () => {
    expect(anna.says(adopt())).to.equal('no: already-enrolled')
    expect(resetAnna.says(adopt())).to.equal('no: already-enrolled')
    expect(lost.says(adopt())).to.equal('no: record-lost')
  })

  it('told to replace, it is one audited reset: nothing proven, sent or guessed before is worth anything', () => {
    const opened = resetAnna.does(openLink('link of R1')).later(60).dispatched()
    for (const before of [anna.suffers(proveCode(null)).dispatched(), opened, lost]) {
      const after = before.does(adopt({ replace: true }))
      expect(after.account.epoch).to.be.greaterThan(before.account.epoch)
      expect(factorOf(after).authenticators[0].id).to.equal('authenticator of import')
      expect(after.account.attempts).to.deep.equal({ failures: 0, pausedUntil: null })
      expect(after.account.links.map(({ state }) => state.is)).not.to.include('live')
      expect(after.account.resets.some(isUnfinished)).to.equal(false)
      expect(after.enqueues.filter((effect) => effect !== 'audit two_factor.reset.superseded')).to.deep.equal([
        'audit two_factor.reset.started',
        'audit two_factor.adopted',
        'purge',
        'notice enrolled',
        'tell-directory',
      ])
      expect(after.account.outbox[0]).to.have.nested.include({ 'line.reason': 'import' })
      expect(after.account.outbox.find(({ is }) => is === 'notice')).to.have.deep.property('notice', {
        is: 'enrolled',
        via: 'import',
      })
      for (const ask of [enrol({ binding: 'thief' }), enrolByLink('link of R1')])
        expect(after.says(ask)).to.match(/^no: (set-up-elsewhere|link-unknown)$/)
    }
  })

  it('supersedes the reset under way, tells so, withdraws its letter, and calls its link cancelled: no newer letter comes', () => {
    const after = resetAnna.later(60).does(adopt({ replace: true }))
    expect(after.account.resets[0]?.state).to.deep.equal({ is: 'superseded', openedAt: null, at: NOW + 60 })
    expect(after.account.resets[0]?.mail.status).to.equal('withdrawn')
    expect(after.account.links[0]?.state).to.deep.equal({ is: 'cancelled', at: NOW + 60 })
    expect(after.enqueues).to.include('audit two_factor.reset.superseded')
    expect(after.says(openLink('link of R1'))).to.equal('no: link-cancelled')
  })

  it('told to replace what a new account does not have is an import like any other', () => {
    expect(newcomer.does(adopt({ replace: true })).enqueues).to.deep.equal(newcomer.does(adopt()).enqueues)
  })

  it('unlocks and unfreezes, as a reset does', () => {
    const frozen = resetAnna.does(revoke('R1', { freeze: true }), adopt({ replace: true }))
    expect(frozen.says(proveCode(STEP))).to.equal('code-accepted')
  })

  it('leads to a set of backup codes like any other: saved once they were shown', () => {
    const shown = newcomer.does(adopt(), proveCode(STEP), renewCodes('first browser'))
    expect(factorOf(shown).backupCodes).to.deep.include({ sealed: 'codes of first browser', savedAt: null })
    expect(shown.says(saveCodes())).to.equal('codes-saved')
  })
})

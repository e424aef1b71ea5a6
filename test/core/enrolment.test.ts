import { expect } from 'chai'
import {
  anna,
  endSessions,
  enrol,
  enrolByLink,
  lost,
  newcomer,
  NOW,
  openLink,
  proveCode,
  resend,
  resetAnna,
  revoke,
  startReset,
  STEP,
} from './accountFixture.ts'

describe('Setting up an authenticator', () => {
  it('for the first time needs a valid sign-in with the password, and a code', () => {
    expect(newcomer.says(enrol())).to.equal('enrolled')
    expect(newcomer.says(enrol({ step: null }))).to.equal('no: code-incorrect')
    expect(newcomer.says(enrol({ epoch: newcomer.account.epoch - 1 }))).to.equal('no: sign-in-over')
    expect(newcomer.does(endSessions()).says(enrol({ epoch: newcomer.account.epoch }))).to.equal('no: sign-in-over')
    expect(newcomer.says(enrolByLink('some link'))).to.equal('no: link-unknown')
    expect(newcomer.says(enrolByLink(null))).to.equal('no: link-unknown')
  })

  it('stores one complete set-up and raises the epoch', () => {
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

  it('enqueues an audit line, a call to the directory, a notice, and the purge of what was proven before', () => {
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
    expect(first.account.outbox[2]).to.have.deep.property('notice', { is: 'enrolled', via: 'sign-in', isFirst: true })
    expect(directory).to.include({ enrolledAt: NOW })
  })

  for (const [flow, ask] of Object.entries({ 'sign-in': enrol(), link: enrolByLink('link of R1') }))
    it(`in the ${flow} flow completes the reset, uses its link and withdraws its email`, () => {
      const { account } = resetAnna.later(60).does(ask)
      expect(account.resets[0]?.state).to.deep.equal({ is: 'completed', openedAt: null, at: NOW + 60, via: flow })
      expect(account.links[0]?.state).to.deep.equal({ is: 'used', at: NOW + 60 })
      expect(account.outbox.map(({ is }) => is)).not.to.include('reset-mail')
      expect(account.resets[0]?.mail.status).to.equal('withdrawn')
    })

  it('keeps the time when the link was opened', () => {
    const { account } = resetAnna.does(openLink('link of R1')).later(60).does(enrolByLink('link of R1'))
    expect(account.resets[0]?.state).to.deep.equal({ is: 'completed', openedAt: NOW, at: NOW + 60, via: 'link' })
  })

  it('does not change the state of an email that was sent', () => {
    expect(resetAnna.dispatched().does(enrol()).account.resets[0]?.mail.status).to.equal('accepted')
  })

  it('happens once, in whichever flow comes first: every other browser gets the reason', () => {
    const bySignIn = resetAnna.does(enrol())
    const byLink = resetAnna.does(enrolByLink('link of R1'))
    const { epoch } = resetAnna.account
    const thief = { epoch, binding: 'thief' }
    for (const [done, via] of [
      [bySignIn, { via: 'sign-in' }],
      [byLink, {}],
    ] as const) {
      expect(done.ask(enrol(thief))).to.deep.equal({ is: 'refused', refusal: { is: 'set-up-elsewhere', at: NOW } })
      expect(done.ask(enrolByLink('link of R1', thief))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'link-used', at: NOW, ...via },
      })
      for (const link of ['another link', null])
        expect(done.says(enrolByLink(link, thief))).to.equal('no: set-up-elsewhere')
      expect(done.says(enrol({ binding: 'thief' })), 'with the new epoch').to.equal('no: set-up-elsewhere')
    }
  })

  it('submitted twice by the same browser gets the first result', () => {
    const { epoch } = resetAnna.account
    const done = resetAnna.does(enrol()).later(5)
    for (const step of [STEP, STEP + 1, null])
      expect(done.ask(enrol({ epoch, step }))).to.deep.equal({ is: 'repeated', event: { is: 'enrolled', at: NOW } })
  })

  it('submitted twice gets no result after a later end of all sessions', () => {
    const { epoch } = resetAnna.account
    for (const late of [0, 5]) {
      const ended = resetAnna.does(enrol()).later(late).does(endSessions('password-changed'))
      // The epoch before their set-up, and after it.
      for (const theirs of [epoch, epoch + 1])
        expect(ended.says(enrol({ epoch: theirs })), `${late} s later`).to.equal('no: set-up-elsewhere')
    }
    const byLink = resetAnna.does(enrolByLink('link of R1'), endSessions())
    expect(byLink.says(enrolByLink('link of R1', { epoch }))).to.equal('no: link-used')
  })

  it('submitted twice is recognised even if the clock went back in between', () => {
    const { epoch } = resetAnna.account
    const done = resetAnna.at(NOW - 500).does(enrol())
    expect(done.account.epoch).to.equal(epoch + 1)
    expect(done.says(enrol({ epoch }))).to.equal('again: enrolled')
  })

  it('in a sign-in begun before the reset is refused', () => {
    const { epoch } = anna.account
    expect(resetAnna.says(enrol({ epoch }))).to.equal('no: sign-in-over')
    expect(resetAnna.says(enrolByLink('link of R1', { epoch }))).to.equal('no: sign-in-over')
  })

  it('by a link opened before all sessions were ended must start again', () => {
    const { epoch } = resetAnna.account
    const ended = resetAnna.does(endSessions())
    expect(ended.says(enrolByLink('link of R1', { epoch }))).to.equal('no: sign-in-over')
    expect(ended.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('by a link that was replaced or cancelled meanwhile is refused at confirmation: neither raises the epoch', () => {
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

  it('by link is possible until the second the link expires', () => {
    const expiresAt = NOW + 28_800
    expect(resetAnna.at(expiresAt - 1).says(enrolByLink('link of R1'))).to.equal('enrolled')
    for (const now of [expiresAt, expiresAt + 1])
      expect(resetAnna.at(now).ask(enrolByLink('link of R1'))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'link-expired', at: expiresAt },
      })
  })

  it('at the sign-in is possible until the second its time ends', () => {
    const until = NOW + 2_592_000
    expect(resetAnna.at(until - 1).says(enrol())).to.equal('enrolled')
    for (const now of [until, until + 1])
      expect(resetAnna.at(now).ask(enrol())).to.deep.equal({
        is: 'refused',
        refusal: { is: 'set-up-expired', at: until },
      })
  })

  it('by link is possible after the time for a set-up at the sign-in has ended', () => {
    const short = anna.under({ signInLifetimeSeconds: 3600 }).does(startReset('R1')).later(3600)
    expect(short.says(enrol())).to.equal('no: set-up-expired')
    expect(short.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('by link needs a link of this record', () => {
    expect(resetAnna.says(enrolByLink(null))).to.equal('no: link-unknown')
    expect(resetAnna.says(enrolByLink('another link'))).to.equal('no: link-unknown')
  })

  it('is possible in neither flow of a frozen account', () => {
    const frozen = resetAnna.does(revoke('R1', { freeze: true }))
    for (const ask of [enrol(), enrolByLink('link of R1'), enrolByLink(null)])
      expect(frozen.ask(ask)).to.deep.equal({ is: 'refused', refusal: { is: 'set-up-frozen' } })
  })

  it('is never possible for a lost record', () => {
    for (const ask of [enrol(), enrolByLink('some link'), enrolByLink(null)])
      expect(lost.says(ask)).to.equal('no: record-lost')
  })

  it('does not complete a reset that was revoked before', () => {
    const after = resetAnna.does(revoke('R1')).dispatched().does(enrol())
    expect(after.account.resets[0]?.state.is).to.equal('revoked')
    expect(after.enqueues).not.to.include('audit two_factor.reset.completed')
  })

  it('clears the count of wrong codes', () => {
    const guessed = anna.refused(proveCode(null)).does(startReset('R1')).does(enrol())
    expect(guessed.account.attempts).to.deep.equal({ failures: 0, pausedUntil: null })
  })

  it('accepts the next code of the new authenticator at once, however far ahead the old one was', () => {
    const ahead = anna.does(proveCode(STEP + 50)).does(startReset('R1'))
    expect(ahead.does(enrol({ step: STEP + 10 })).says(proveCode(STEP + 11))).to.equal('code-accepted')
  })
})

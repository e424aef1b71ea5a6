import { expect } from 'chai'
import { isUnfinished } from '../../src/core/questions.ts'
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
  resetAnna,
  revoke,
  saveCodes,
  STEP,
  stepUp,
  useBackupCode,
} from './accountFixture.ts'
import { activeFactorOf } from './storyViews.ts'

describe('A code of the authenticator', () => {
  it('is accepted once: its step is consumed and the time noted', () => {
    const decision = anna.ask(proveCode(STEP + 1))
    expect(decision).to.have.deep.property('event', { is: 'code-accepted', at: NOW })
    const after = anna.does(proveCode(STEP + 1))
    expect(activeFactorOf(after).authenticators[0]).to.include({ lastStep: STEP + 1, lastForm: 'form' })
    expect(activeFactorOf(after).lastUsedAt).to.equal(NOW)
    expect(after.enqueues).to.deep.equal([])
  })

  it('is refused from any other form, as is any older one', () => {
    const after = anna.does(proveCode(STEP + 2))
    for (const step of [STEP, STEP + 1, STEP + 2])
      expect(after.says(proveCode(step, { form: 'another form' }))).to.equal('no: code-replayed')
    expect(after.says(proveCode(STEP + 3, { form: 'another form' }))).to.equal('code-accepted')
  })

  it('that was replayed enqueues an audit line, and changes nothing else', () => {
    const replayed = anna.refused(proveCode(STEP))
    expect(replayed.enqueues).to.deep.equal(['audit two_factor.code_refused refused'])
    expect(replayed.account.outbox[0]).to.have.nested.include({ 'line.reason': 'code-replayed', 'line.target': null })
    expect({ ...replayed.account, outbox: [], outboxCount: 0 }).to.deep.equal({
      ...anna.account,
      outbox: [],
      outboxCount: 0,
    })
  })

  it('submitted twice from the same form gets the first result, with the time of the first', () => {
    const after = anna.does(proveCode(STEP + 1)).later(5)
    expect(after.ask(proveCode(STEP + 1))).to.deep.equal({ is: 'repeated', event: { is: 'code-accepted', at: NOW } })
    expect(after.says(proveCode(STEP))).to.equal('no: code-replayed')
    expect(after.says(proveCode(null))).to.equal('no: code-incorrect')
  })

  it('submitted twice does not get the time of another proof that came in between', () => {
    const between = anna
      .does(proveCode(STEP + 1))
      .later(50)
      .does(useBackupCode(0, { form: 'another form' }))
    expect(between.says(proveCode(STEP + 1))).to.equal('no: code-replayed')
    expect(between.says(proveCode(STEP + 1, { form: 'another form' }))).to.equal('no: code-replayed')
  })

  it('that confirmed the set-up is refused afterwards', () => {
    for (const form of ['form', 'another form'])
      expect(anna.says(proveCode(STEP, { form }))).to.equal('no: code-replayed')
    expect(anna.says(stepUp(STEP))).to.equal('no: code-replayed')
  })

  it('is not judged in a sign-in that was ended', () => {
    const { epoch } = anna.account
    const after = anna.does(endSessions())
    for (const step of [null, STEP, STEP + 1])
      expect(after.says(proveCode(step, { epoch }))).to.equal('no: sign-in-over')
    expect(anna.says(proveCode(STEP + 1, { epoch: epoch + 1 }))).to.equal('no: sign-in-over')
  })

  it('is refused without an active authenticator', () => {
    expect(newcomer.says(proveCode(STEP + 1))).to.equal('no: not-enrolled')
    expect(resetAnna.says(proveCode(STEP + 1))).to.equal('no: not-enrolled')
    expect(lost.says(proveCode(STEP + 1))).to.equal('no: record-lost')
  })
})

describe('An imported authenticator', () => {
  it('is added to a new account: no code used, no backup codes shown', () => {
    const after = newcomer.later(60).does(adopt())
    expect(activeFactorOf(after)).to.deep.include({ enrolledAt: NOW + 60, lastUsedAt: null, binding: null })
    expect(activeFactorOf(after).authenticators[0]).to.include({ id: 'authenticator of import', lastStep: 0 })
    expect(activeFactorOf(after).backupCodes).to.include({ savedAt: null, binding: null })
    expect(after.account.epoch).to.equal(NOW + 60)
    expect(after.enqueues).to.deep.equal(['audit two_factor.adopted', 'purge', 'tell-directory'])
    expect(after.account.outbox[1]).to.include({ epoch: NOW + 60, resetId: null })
    expect(after.says(proveCode(STEP))).to.equal('code-accepted')
    expect(after.says(renewCodes('first browser'))).to.equal('codes-renewed')
  })

  it('refuses a set-up that began before it', () => {
    expect(newcomer.does(adopt()).says(enrol({ epoch: newcomer.account.epoch }))).to.equal('no: set-up-elsewhere')
  })

  it('replaces an existing factor only on request', () => {
    expect(anna.says(adopt())).to.equal('no: already-enrolled')
    expect(resetAnna.says(adopt())).to.equal('no: already-enrolled')
    expect(lost.says(adopt())).to.equal('no: record-lost')
  })

  it('that replaces a factor is one audited reset: what was proven, sent or guessed before is void', () => {
    const opened = resetAnna.does(openLink('link of R1')).later(60).dispatched()
    for (const before of [anna.refused(proveCode(null)).dispatched(), opened, lost]) {
      const after = before.does(adopt({ replace: true }))
      expect(after.account.epoch).to.be.greaterThan(before.account.epoch)
      expect(activeFactorOf(after).authenticators[0].id).to.equal('authenticator of import')
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

  it('supersedes the reset in progress, audits that, withdraws its email and cancels its link', () => {
    const after = resetAnna.later(60).does(adopt({ replace: true }))
    expect(after.account.resets[0]?.state).to.deep.equal({ is: 'superseded', openedAt: null, at: NOW + 60 })
    expect(after.account.resets[0]?.mail.status).to.equal('withdrawn')
    expect(after.account.links[0]?.state).to.deep.equal({ is: 'cancelled', at: NOW + 60 })
    expect(after.enqueues).to.include('audit two_factor.reset.superseded')
    expect(after.says(openLink('link of R1'))).to.equal('no: link-cancelled')
  })

  it('that is to replace a factor, in a new account, is an ordinary import', () => {
    expect(newcomer.does(adopt({ replace: true })).enqueues).to.deep.equal(newcomer.does(adopt()).enqueues)
  })

  it('ends a lock and a freeze, as a reset does', () => {
    const frozen = resetAnna.does(revoke('R1', { freeze: true }), adopt({ replace: true }))
    expect(frozen.says(proveCode(STEP))).to.equal('code-accepted')
  })

  it('leads to a fresh set of backup codes, which must be saved', () => {
    const shown = newcomer.does(adopt(), proveCode(STEP), renewCodes('first browser'))
    expect(activeFactorOf(shown).backupCodes).to.deep.include({ sealed: 'codes of first browser', savedAt: null })
    expect(shown.says(saveCodes())).to.equal('codes-saved')
  })
})

import { expect } from 'chai'
import { newAccount } from '../../src/core/newAccount.ts'
import { isUnfinished } from '../../src/core/questions.ts'
import {
  adopt,
  anna,
  endSessions,
  enrol,
  enrolByLink,
  lost,
  missing,
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
  it('is added to a new account: no code used, no backup codes shown, nothing ended', () => {
    const after = newcomer.later(60).does(adopt())
    expect(activeFactorOf(after)).to.deep.include({ enrolledAt: NOW - 86_400, lastUsedAt: null, binding: null })
    expect(activeFactorOf(after).authenticators[0]).to.include({ id: 'authenticator of import', lastStep: 0 })
    expect(activeFactorOf(after).backupCodes).to.include({ savedAt: null, binding: null })
    expect([after.account.epoch, after.account.endedAt]).to.deep.equal([0, 0])
    expect(after.enqueues).to.deep.equal(['audit two_factor.adopted', 'tell-directory'])
    expect(after.account.outbox[1]).to.include({ enrolledAt: NOW - 86_400 })
    expect(after.says(proveCode(STEP))).to.equal('code-accepted')
    expect(after.says(renewCodes('first browser'))).to.equal('codes-renewed')
  })

  it('refuses a set-up that began before it', () => {
    const isNotified = (story: typeof newcomer) => story.account.outbox.some(({ is }) => is === 'tell-directory')
    expect(isNotified(newcomer.does(adopt()))).to.equal(true)
    expect(isNotified(newcomer.does(adopt('refresh', { isUnlisted: true })))).to.equal(false)
    expect(isNotified(anna.does(adopt('replace', { isUnlisted: true }))), 'an account that has a factor').to.equal(true)
    expect(newcomer.does(adopt()).says(enrol({ epoch: newcomer.account.epoch }))).to.equal('no: set-up-elsewhere')
  })

  it('replaces an existing factor only on request', () => {
    for (const mode of ['new', 'refresh'] as const) {
      expect(anna.says(adopt(mode))).to.equal('no: already-enrolled')
      expect(resetAnna.says(adopt(mode))).to.equal('no: already-enrolled')
      expect(lost.says(adopt(mode))).to.equal('no: record-lost')
    }
  })

  it('takes the place of a record that is missing as in a new account', () => {
    const after = missing.does(adopt())
    expect(after.account).to.deep.equal(newcomer.at(NOW).with(newAccount('anna', NOW)).does(adopt()).account)
    expect(missing.account.outboxCount).to.be.greaterThan(lost.account.outboxCount)
  })

  it('is the same when it is imported twice, in use or not', () => {
    const imported = newcomer.does(adopt())
    for (const before of [imported, imported.does(proveCode(STEP)), anna])
      for (const mode of ['new', 'refresh'] as const)
        expect(before.says(adopt(mode, { isSame: true }))).to.equal('again: adopted')
    expect(anna.says(adopt('replace', { isSame: true }))).to.equal('adopted')
  })

  it('is refreshed while it was never used here, and ends nothing then', () => {
    const imported = newcomer.does(adopt()).refused(proveCode(null)).dispatched()
    const after = imported.does(adopt('refresh', { sealedSecret: 'another secret' }))
    expect(activeFactorOf(after).authenticators[0].sealed).to.equal('another secret')
    expect(after.account.epoch).to.equal(0)
    expect(after.enqueues).to.deep.equal(['audit two_factor.adopted', 'tell-directory'])
    expect(imported.says(adopt())).to.equal('no: already-enrolled')
    expect(imported.does(proveCode(STEP)).says(adopt('refresh'))).to.equal('no: already-enrolled')
  })

  it('accepts no code of a step that was accepted elsewhere', () => {
    const after = newcomer.does(adopt('new', { lastStep: STEP }))
    expect(activeFactorOf(after).lastUsedAt).to.equal(null)
    expect(after.says(proveCode(STEP))).to.equal('no: code-replayed')
    expect(after.says(proveCode(STEP + 1))).to.equal('code-accepted')
  })

  it('that replaces the same secret accepts no code of a used step', () => {
    const after = anna.does(proveCode(STEP + 1), adopt('replace', { isSame: true }))
    expect(after.says(proveCode(STEP + 1, { form: 'another' }))).to.equal('no: code-replayed')
  })

  it('with a short secret says so in the audit', () => {
    const [line] = newcomer.does(adopt('new', { weakness: 'short secret' })).account.outbox
    expect(line).to.have.nested.include({ 'line.type': 'two_factor.adopted', 'line.reason': 'short secret' })
  })

  it('that replaces a factor is one audited reset: what was proven, sent or guessed before is void', () => {
    const opened = resetAnna.does(openLink('link of R1')).later(60).dispatched()
    for (const before of [anna.refused(proveCode(null)).dispatched(), opened, lost]) {
      const after = before.does(adopt('replace'))
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
    const after = resetAnna.later(60).does(adopt('replace'))
    expect(after.account.resets[0]?.state).to.deep.equal({ is: 'superseded', openedAt: null, at: NOW + 60 })
    expect(after.account.resets[0]?.mail.status).to.equal('withdrawn')
    expect(after.account.links[0]?.state).to.deep.equal({ is: 'cancelled', at: NOW + 60 })
    expect(after.enqueues).to.include('audit two_factor.reset.superseded')
    expect(after.says(openLink('link of R1'))).to.equal('no: link-cancelled')
  })

  it('that is to replace a factor, in a new account, is an ordinary import', () => {
    expect(newcomer.does(adopt('replace')).enqueues).to.deep.equal(newcomer.does(adopt()).enqueues)
  })

  it('ends a lock and a freeze, as a reset does', () => {
    const frozen = resetAnna.does(revoke('R1', { freeze: true }), adopt('replace'))
    expect(frozen.says(proveCode(STEP))).to.equal('code-accepted')
  })

  it('leads to a fresh set of backup codes, which must be saved', () => {
    const shown = newcomer.does(adopt(), proveCode(STEP), renewCodes('first browser'))
    expect(activeFactorOf(shown).backupCodes).to.deep.include({ sealed: 'codes of first browser', savedAt: null })
    expect(shown.says(saveCodes())).to.equal('codes-saved')
  })
})

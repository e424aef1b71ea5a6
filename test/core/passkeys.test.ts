import { expect } from 'chai'
import { idOfCodes } from '../../src/core/authenticators.ts'
import { sealsOf } from '../../src/core/keyRotation.ts'
import { factorState } from '../../src/core/questions.ts'
import { signInClosed } from '../../src/core/signInState.ts'
import {
  anna,
  enrol,
  newcomer,
  NOW,
  proveCode,
  renewCodes,
  replaceBy,
  saveCodes,
  startReset,
  STEP,
  useBackupCode,
} from './accountFixture.ts'
import {
  addPasskey,
  copied,
  enrolPasskey,
  numberOf,
  passkeysIn,
  provePasskey,
  verified,
  wrong,
} from './passkeyFixture.ts'
import { activeFactorOf, newestResetOf } from './storyViews.ts'

/** An app and a passkey of one device. */
const both = anna.does(addPasskey('phone')).dispatched()
/** A passkey that is copied to other devices, and no app. */
const alone = newcomer
  .at(NOW)
  .does((account) =>
    enrolPasskey('phone', { assertion: verified(account, 'phone', { backupEligible: true, signCount: 0 }) })(account),
  )
  .does(saveCodes())
  .dispatched()

describe('An assertion of a passkey', () => {
  it('is accepted once: the next one needs a challenge with the next number', () => {
    const used = both.does(provePasskey('phone'))
    expect(numberOf(used.account)).to.equal(numberOf(both.account) + 1)
    expect(used.says(provePasskey('phone', { number: 1, form: 'another form' }))).to.equal('no: passkey-stale')
    expect(used.says(provePasskey('phone', { number: 1 }))).to.equal('again: passkey-accepted')
    expect(used.says(provePasskey('phone', { form: 'another form' }))).to.equal('passkey-accepted')
  })

  it('is repeated for its own form until a newer proof', () => {
    const again = provePasskey('phone', { number: 1 })
    const used = both.does(provePasskey('phone'))
    expect(used.does(proveCode(STEP + 1)).says(again)).to.equal('no: passkey-stale')
    expect(used.does(useBackupCode(0)).says(again)).to.equal('no: passkey-stale')
    expect(used.does(proveCode(STEP + 1, { form: 'b' })).says(proveCode(STEP + 1, { form: 'b' }))).to.equal(
      'again: code-accepted',
    )
    const code = both.does(proveCode(STEP + 1))
    expect(code.does(provePasskey('phone')).says(proveCode(STEP + 1))).to.equal('no: code-replayed')
  })

  it('says when, by which passkey, and whether that may be copied', () => {
    const decision = both.ask(provePasskey('phone'))
    const event = { is: 'passkey-accepted', at: NOW, authenticatorId: 'phone', isSuspect: false, isSynced: false }
    expect(decision.is === 'done' && decision.event).to.deep.equal(event)
    const synced = alone.ask(provePasskey('phone'))
    expect(synced.is === 'done' && synced.event).to.include({ isSynced: true, isSuspect: false })
  })

  it('of a passkey that another swap has removed is refused and counted, with the reason in the audit', () => {
    const after = both.refused(provePasskey('gone'))
    expect(after.account.attempts.failures).to.equal(1)
    const [line] = after.account.outbox.flatMap((entry) => (entry.is === 'audit' ? [entry.line] : []))
    expect(line).to.include({ type: 'two_factor.passkey_refused', outcome: 'refused', reason: 'unknown-credential' })
  })

  it('that was refused counts with wrong codes, and not while its challenge is old or codes are paused', () => {
    expect(both.says(provePasskey('phone', { assertion: wrong }))).to.equal('no: passkey-incorrect')
    expect(both.says(provePasskey('phone', { assertion: wrong, number: 7 }))).to.equal('no: passkey-stale')
    const guessed = both
      .under({ freeAttempts: 3 })
      .refused(...Array.from({ length: 4 }, () => provePasskey('phone', { assertion: wrong })))
    expect(guessed.says(provePasskey('phone', { assertion: wrong }))).to.equal('no: paused')
    expect(guessed.says(proveCode(STEP + 1))).to.equal('no: paused')
  })

  it('is accepted while codes are locked, does not end the lock, and allows to replace the app, which ends it', () => {
    let locked = both
    for (let n = 0; n < 100; n++) locked = locked.later(3600).refused(proveCode(null)).dispatched()
    expect(factorState(locked.account, locked.rules)).to.equal('locked')
    const { account, rules, now } = locked
    expect(signInClosed({ status: 'active', roles: [], account }, rules, now)).to.equal(null)
    const proven = locked.does(provePasskey('phone'))
    expect(proven.account.attempts).to.equal(locked.account.attempts)
    const provenAt = proven.now
    expect(proven.says(replaceBy('laptop', { provenAt, provenBy: 'otp' }))).to.equal('no: locked')
    expect(proven.says(replaceBy('laptop', { provenAt, provenBy: 'suspect-passkey' }))).to.equal('no: locked')
    expect(both.says(replaceBy('laptop', { provenBy: 'suspect-passkey' }))).to.equal('no: proof-too-weak')
    const replaced = proven.does(replaceBy('laptop', { provenAt, provenBy: 'passkey' }))
    expect(replaced.account.attempts.failures).to.equal(0)
    expect(passkeysIn(replaced.account)).to.have.length(1)
  })
})

describe('The counter of a passkey', () => {
  it('that does not rise marks it: the sign-in goes on, the audit and the owner learn of it, once', () => {
    const marked = both.does(copied('phone'))
    expect(passkeysIn(marked.account)[0]?.suspectAt).to.equal(NOW)
    expect(marked.enqueues).to.deep.equal(['audit two_factor.passkey_suspect', 'notice passkey-suspect'])
    const again = marked
      .dispatched()
      .later(60)
      .does(copied('phone', { form: 'another form' }))
    expect(again.enqueues).to.deep.equal([])
    expect(passkeysIn(again.account)[0]?.suspectAt).to.equal(NOW)
  })

  it('is the same for one that is copied to other devices, which has none', () => {
    const synced = { backupEligible: true, signCount: 0 }
    let story = alone
    for (const form of ['a', 'b', 'c'])
      story = story.does((account) =>
        provePasskey('phone', { form, assertion: verified(account, 'phone', synced) })(account),
      )
    expect(passkeysIn(story.account)[0]).to.include({ suspectAt: null, backupEligible: true })
  })

  it('is judged by the flags of the record: a copy signs its own', () => {
    const flags = { backupEligible: true, signCount: 1 }
    const marked = both.does((account) =>
      provePasskey('phone', { assertion: verified(account, 'phone', flags) })(account),
    )
    expect(passkeysIn(marked.account)[0]?.suspectAt).to.equal(NOW)
  })

  it('counts on after a copy has said that it is one of several devices', () => {
    const flags = { backupEligible: true, signCount: 100 }
    const after = both
      .does((account) => provePasskey('phone', { assertion: verified(account, 'phone', flags) })(account))
      .does((account) =>
        provePasskey('phone', { form: 'b', assertion: verified(account, 'phone', { signCount: 2 }) })(account),
      )
    expect(passkeysIn(after.account)[0]).to.include({ suspectAt: NOW, backupEligible: false })
  })

  it('never falls', () => {
    const used = both
      .does(provePasskey('phone'))
      .does((account) =>
        provePasskey('phone', { form: 'b', assertion: verified(account, 'phone', { signCount: 1 }) })(account),
      )
    expect(passkeysIn(used.account)[0]?.signCount).to.equal(2)
  })
})

describe('A set-up by a passkey', () => {
  const fresh = newcomer.at(NOW)

  it('is a whole factor: with codes, without an app', () => {
    const set = fresh.does(enrolPasskey('phone'))
    const factor = activeFactorOf(set)
    expect(factor.authenticators.map(({ id, kind }) => [id, kind])).to.deep.equal([['phone', 'passkey']])
    expect(factor).to.include({ enrolledAt: NOW, lastUsedAt: NOW })
    expect(set.account).to.include({ userHandle: 'handle', passkeyNumber: 1 })
    const notices = set.account.outbox.flatMap((entry) => ('notice' in entry ? [entry.notice] : []))
    expect(notices).to.deep.equal([{ is: 'enrolled', via: 'sign-in', isFirst: true, isPasskey: true }])
    expect(set.does(saveCodes()).says(useBackupCode(0))).to.equal('backup-code-accepted')
    expect(set.says(proveCode(STEP + 1))).to.equal('no: code-incorrect')
  })

  it('needs an assertion of that passkey, under the number and the handle of the record', () => {
    expect(fresh.says(enrolPasskey('phone', { assertion: wrong }))).to.equal('no: passkey-incorrect')
    expect(
      fresh.says((account) => enrolPasskey('phone', { assertion: verified(account, 'another') })(account)),
    ).to.equal('no: passkey-incorrect')
    expect(fresh.says(enrolPasskey('phone', { number: 1 }))).to.equal('no: passkey-stale')
    expect(both.does(startReset('R1')).says(enrolPasskey('tablet', { userHandle: 'another' }))).to.equal(
      'no: passkey-stale',
    )
    expect(fresh.refused(enrolPasskey('phone', { assertion: wrong })).account).to.equal(fresh.account)
  })

  it('in two tabs of one holder is one entry, the newer passkey, until the codes are saved', () => {
    const set = fresh.does(enrolPasskey('phone')).dispatched()
    const newer = { credential: 'credential of the second tab' }
    const corrected = set.does(enrolPasskey('phone', { ...newer, number: 0 }))
    expect(passkeysIn(corrected.account).map(({ credential }) => credential)).to.deep.equal([newer.credential])
    expect(numberOf(corrected.account)).to.equal(2)
    expect(corrected.enqueues).to.deep.equal(['audit two_factor.enrolled', 'notice enrolled'])
    expect(corrected.account.epoch).to.equal(set.account.epoch)
    expect(set.says(enrolPasskey('phone', { ...newer, number: 0 }, { binding: 'thief' }))).to.equal(
      'no: set-up-elsewhere',
    )
    expect(set.says(enrolPasskey('phone', { ...newer, assertion: wrong }))).to.equal('again: enrolled')
    expect(set.does(saveCodes()).says(enrolPasskey('phone', newer))).to.equal('again: enrolled')
  })

  it('is not corrected after its owner has signed in elsewhere, where other codes are shown', () => {
    const after = fresh.does(enrolPasskey('phone'), provePasskey('phone'), renewCodes('another browser'))
    const newer = { credential: 'credential of the next user' }
    const number = numberOf(after.account)
    expect(after.says(enrolPasskey('phone', { ...newer, number }))).to.equal('again: enrolled')
    expect(after.says(enrolPasskey('phone', { ...newer, number: number - 1 }))).to.equal('again: enrolled')
  })

  it('after a reset leaves no passkey of before; the handle stays, the number goes on', () => {
    const reset = both.does(startReset('R1'))
    expect(newestResetOf(reset).ended).to.include({ authenticators: 2, backupCodes: 10 })
    expect(reset.says(provePasskey('phone'))).to.equal('no: not-enrolled')
    const byApp = reset.does(enrol({ binding: 'new browser' }))
    expect(passkeysIn(byApp.account)).to.deep.equal([])
    expect(byApp.says(provePasskey('phone'))).to.equal('no: passkey-incorrect')
    const byPasskey = reset.does(enrolPasskey('tablet', {}, { binding: 'new browser' }))
    expect(passkeysIn(byPasskey.account).map(({ id }) => id)).to.deep.equal(['tablet'])
    expect(byPasskey.account).to.include({ userHandle: 'handle', passkeyNumber: 2 })
    expect(newestResetOf(anna.does(startReset('R1'))).ended).to.not.have.property('authenticators')
  })

  it('is followed by an app where one is wanted: the passkey stays, the codes are new', () => {
    const added = alone.does(replaceBy('laptop', { provenBy: 'passkey' }))
    const factor = activeFactorOf(added)
    expect(factor.authenticators.map(({ id }) => id)).to.deep.equal(['authenticator of laptop', 'phone'])
    expect(idOfCodes(factor)).to.equal('authenticator of laptop')
    expect(added.does(saveCodes()).says(provePasskey('phone'))).to.equal('passkey-accepted')
    expect(sealsOf(added.account).map((seal) => ('of' in seal ? [seal.is, seal.of] : []))).to.deep.equal([
      ['secret', 'authenticator of laptop'],
      ['passkey', 'phone'],
      ['codes', 'authenticator of laptop'],
    ])
  })
})

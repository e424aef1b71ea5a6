import { expect } from 'chai'
import { idOfCodes, readName } from '../../src/core/authenticators.ts'
import { sealsOf } from '../../src/core/keyRotation.ts'
import type { Command } from '../../src/core/command.ts'
import {
  anna,
  type Ask,
  newcomer,
  NOW,
  proveCode,
  renewCodes,
  saveCodes,
  spendProof,
  STEP,
  stepUp,
  useBackupCode,
} from './accountFixture.ts'
import {
  addPasskey,
  copied,
  enrolPasskey,
  passkeysIn,
  provePasskey,
  remove,
  rename,
  signAct,
  signCopied,
  wrong,
} from './passkeyFixture.ts'
import { activeFactorOf } from './storyViews.ts'

const both = anna.does(addPasskey('phone')).dispatched()
const namesIn = ({ account }: typeof anna): string[] => passkeysIn(account).map(({ name }) => name)
const helpdesk = { roles: ['helpdesk'] }

describe('A passkey that is added', () => {
  it('ends nothing, and its owner is told', () => {
    const added = anna.does(addPasskey('phone'))
    expect(added.account.epoch).to.equal(anna.account.epoch)
    expect(added.enqueues).to.deep.equal(['audit two_factor.authenticator_added', 'notice authenticator-added'])
    expect(added.says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(added.says(provePasskey('phone'))).to.equal('passkey-accepted')
  })

  it('needs a proof of five minutes, in this sign-in, that is no backup code and no suspect passkey', () => {
    const add = (facts: Parameters<typeof addPasskey>[2]) => anna.says(addPasskey('phone', {}, facts))
    expect(add({ provenAt: NOW - 300 })).to.equal('authenticator-added')
    expect(add({ provenAt: NOW - 301 })).to.equal('no: proof-too-old')
    expect(add({ provenAt: NOW + 301 })).to.equal('no: proof-too-old')
    expect(add({ provenBy: 'backup-code' })).to.equal('no: proof-too-weak')
    expect(add({ provenBy: 'suspect-passkey' })).to.equal('no: proof-too-weak')
    expect(both.says(remove('phone', { provenBy: 'suspect-passkey' }))).to.equal('no: proof-too-weak')
    expect(add({ epoch: anna.account.epoch - 1 })).to.equal('no: sign-in-over')
    expect(anna.says(addPasskey('phone', { assertion: wrong }))).to.equal('no: passkey-incorrect')
    expect(anna.says(addPasskey('phone', { number: 1 }))).to.equal('no: passkey-stale')
  })

  it('is known by its credential', () => {
    expect(both.says(addPasskey('phone'))).to.equal('again: authenticator-added')
    expect(both.says(addPasskey('laptop', { credential: 'credential of phone' }))).to.equal('no: already-added')
    expect(both.says(addPasskey('phone', { credential: 'another' }))).to.equal('no: already-added')
  })

  it('gets a number behind a name that is taken', () => {
    const three = both.does(addPasskey('laptop'), addPasskey('tablet'), addPasskey('key', { name: 'Security key' }))
    const safari = 'Safari on iPhone'
    expect(namesIn(three)).to.deep.equal([safari, `${safari} 2`, `${safari} 3`, 'Security key'])
    const renamed = three.does(rename('laptop', 'Work'))
    expect(namesIn(renamed)).to.deep.equal([safari, 'Work', `${safari} 3`, 'Security key'])
    expect(renamed.says(rename('laptop', 'Work'))).to.equal('again: authenticator-renamed')
    expect(renamed.says(rename('authenticator of browser', 'My app'))).to.equal('no: authenticator-unknown')
  })

  it('has a name of one line that can be seen', () => {
    expect(readName('  My phone ')).to.equal('My phone')
    expect(readName('هاتفي 📱')).to.equal('هاتفي 📱')
    const names = ['', ' ', 'a\nb', 'a\u0000', '\u001B[31mred', 'a\u2028b', 'a\uD800', '\u200B\u202E', 'x'.repeat(41)]
    for (const name of names) expect(readName(name), JSON.stringify(name)).to.equal(null)
  })

  it('is one of five, and of 8 KB together', () => {
    const five = both.does(...['b', 'c', 'd', 'e'].map((id) => addPasskey(id)))
    expect(five.says(addPasskey('f'))).to.equal('no: too-many-authenticators')
    expect(five.under({ maxPasskeys: 6 }).says(addPasskey('f'))).to.equal('authenticator-added')
    const long = { sealed: 'x'.repeat(4000) }
    expect(both.does(addPasskey('b', long)).says(addPasskey('c', long))).to.equal('no: too-many-authenticators')
  })
})

describe('An authenticator that is removed', () => {
  it('ends everything proven before, and its owner is told', () => {
    const removed = both.does(remove('phone'))
    expect(removed.account.epoch).to.be.above(both.account.epoch)
    expect(removed.enqueues).to.deep.equal([
      'audit two_factor.authenticator_removed',
      'purge',
      'notice authenticator-removed',
    ])
    expect(removed.says(provePasskey('phone'))).to.equal('no: passkey-incorrect')
    expect(removed.says(proveCode(STEP + 1))).to.equal('code-accepted')
  })

  it('may be the app; the backup codes stay, under the seal that they have', () => {
    const app = activeFactorOf(both).authenticators[0].id
    const removed = both.does(remove(app))
    expect(activeFactorOf(removed).authenticators.map(({ id }) => id)).to.deep.equal(['phone'])
    expect(idOfCodes(activeFactorOf(removed))).to.equal(app)
    expect(sealsOf(removed.account)).to.deep.include({ is: 'codes', of: app, sealed: 'codes of browser' })
    expect(removed.says(useBackupCode(0))).to.equal('backup-code-accepted')
    expect(idOfCodes(activeFactorOf(removed.does(renewCodes('laptop'))))).to.equal(app)
  })

  it('is not the last that works', () => {
    const alone = newcomer.at(NOW).does(enrolPasskey('phone'), saveCodes())
    expect(alone.says(remove('phone'))).to.equal('no: last-authenticator')
    const asleep = alone.does(addPasskey('old', { rpId: 'old.example.com' }))
    expect(asleep.says(remove('phone'))).to.equal('no: last-authenticator')
    expect(asleep.says(remove('old'))).to.equal('authenticator-removed')
    expect(asleep.says(remove('old', { rpId: null }))).to.equal('no: last-authenticator')
    expect(both.says(remove('unknown'))).to.equal('no: authenticator-unknown')
  })

  it('needs a passkey for a proof where the role does and one works', () => {
    const strict = both.under({ passkeyRoles: ['helpdesk'] })
    expect(strict.says(remove('phone', helpdesk))).to.equal('no: passkey-required')
    expect(strict.says(remove('phone', { ...helpdesk, provenBy: 'suspect-passkey' }))).to.equal('no: proof-too-weak')
    expect(strict.says(remove('phone', { ...helpdesk, provenBy: 'passkey' }))).to.equal('authenticator-removed')
    expect(strict.says(remove('phone', { ...helpdesk, rpId: 'new.example.com' }))).to.equal('authenticator-removed')
    expect(anna.under({ passkeyRoles: ['helpdesk'] }).says(addPasskey('phone', {}, helpdesk))).to.equal(
      'authenticator-added',
    )
  })
})

describe('An act that a passkey signs', () => {
  it('is noted with the passkey, once, in the swap that accepts it', () => {
    const signed = both.does(signAct('phone'))
    expect(signed.account.acts).to.deep.equal([
      { id: 'R1', does: 'reset', target: 'target', what: 'reason', at: NOW, with: 'phone' },
    ])
    expect(signed.says(signAct('phone', { number: 1 }))).to.equal('again: stepped-up')
    expect(signed.says(signAct('phone', { number: 1, act: { target: 'ben' } }))).to.equal('no: idempotency-conflict')
    expect(signed.says(signAct('phone', { number: 1, act: { id: 'R2' } }))).to.equal('no: passkey-stale')
    expect(signed.says(provePasskey('phone', { number: 1 }))).to.equal('no: passkey-stale')
    expect(both.says(signAct('phone', { epoch: both.account.epoch - 1 }))).to.equal('no: sign-in-over')
  })

  it('is refused to a suspect one, which is marked at once and until it is added anew', () => {
    const marked = both.refused(signCopied('phone'))
    expect(passkeysIn(marked.account)[0]?.suspectAt).to.equal(NOW)
    expect(marked.enqueues).to.deep.equal(['audit two_factor.passkey_suspect', 'notice passkey-suspect'])
    expect(marked.account.acts).to.deep.equal([])
    expect(marked.says(signAct('phone'))).to.equal('no: passkey-suspect')
    expect(both.does(copied('phone')).says(signAct('phone'))).to.equal('no: passkey-suspect')
    const fresh = marked.dispatched().does(remove('phone')).does(addPasskey('phone 2'))
    expect(fresh.says(signAct('phone 2'))).to.equal('stepped-up')
  })

  it('waits for the least age of that passkey; a proof of its own second is its set-up', () => {
    const aged = both.under({ stepUpMinFactorAgeSeconds: 600 })
    expect(aged.says(signAct('phone'))).to.equal('no: factor-too-new')
    expect(aged.says(spendProof(NOW + 1, { how: 'passkey' }))).to.equal('no: factor-too-new')
    expect(aged.says(stepUp(STEP + 1))).to.equal('stepped-up')
    expect(aged.later(600).says(signAct('phone'))).to.equal('stepped-up')
    for (const how of ['otp', 'passkey'] as const) {
      expect(both.says(spendProof(NOW, { how }))).to.equal('no: proof-too-weak')
      expect(both.later(1).says(spendProof(NOW + 1, { how }))).to.equal('proof-accepted')
    }
    expect(both.later(1).says(spendProof(NOW + 1, { how: 'suspect-passkey' }))).to.equal('no: proof-too-weak')
  })

  it('is the only one for a role that needs a passkey', () => {
    const strict = both.under({ passkeyRoles: ['helpdesk'] })
    const asHelpdesk = (ask: Ask) => strict.later(1).says((account): Command => ({ ...ask(account), ...helpdesk }))
    expect(asHelpdesk(stepUp(STEP + 1))).to.equal('no: passkey-required')
    expect(asHelpdesk(spendProof(NOW + 1))).to.equal('no: passkey-required')
    expect(asHelpdesk(spendProof(NOW + 1, { how: 'suspect-passkey' }))).to.equal('no: passkey-required')
    expect(asHelpdesk(spendProof(NOW + 1, { how: 'passkey' }))).to.equal('proof-accepted')
    expect(asHelpdesk(signAct('phone'))).to.equal('stepped-up')
    expect(strict.says(stepUp(STEP + 1))).to.equal('stepped-up')
  })
})

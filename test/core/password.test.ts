import { expect } from 'chai'
import { passwordByEmailAt } from '../../src/core/proofs.ts'
import { isOutdated } from '../../src/core/questions.ts'
import {
  anna,
  byLink,
  changeEmail,
  changePassword,
  endSessions,
  enrol,
  enrolByLink,
  invite,
  lost,
  newcomer,
  NOW,
  proveCode,
  resend,
  resetAnna,
  revoke,
  sendPasswordLink,
  startReset,
  STEP,
  type Story,
} from './accountFixture.ts'

const invited = newcomer.does(invite('I1'))
const forgetful = anna.does(sendPasswordLink('P1'))

describe('A password link', () => {
  it('changes the password, not the second factor, and ends every sign-in', () => {
    const changed = forgetful.dispatched().does(changePassword(byLink('link of P1')))
    expect(changed.account.factor).to.equal(forgetful.dispatched().account.factor)
    expect(changed.account.epoch).to.be.greaterThan(anna.account.epoch)
    expect(changed.enqueues).to.deep.equal([
      'audit account.password_changed',
      'set-password',
      'purge',
      'notice password-changed',
    ])
    expect(changed.says(proveCode(STEP + 1))).to.equal('code-accepted')
  })

  it('works once: the same form gets its result again, another one a refusal', () => {
    const changed = forgetful.does(changePassword(byLink('link of P1')))
    expect(changed.says(changePassword(byLink('link of P1')))).to.equal('again: password-changed')
    expect(changed.says(changePassword(byLink('link of P1'), { form: 'another' }))).to.equal('no: link-used')
    const since = changed.does(endSessions())
    expect(since.says(changePassword(byLink('link of P1')))).to.equal('no: link-used')
  })

  it('is for complete accounts only, and ends by a change, a newer link, another address, a disabled account', () => {
    for (const [status, says] of [
      ['pending', 'no: setup-incomplete'],
      ['disabled', 'no: account-disabled'],
    ] as const)
      expect(anna.says(sendPasswordLink('P1', { status }))).to.equal(says)
    expect(lost.says(sendPasswordLink('P1'))).to.equal('no: record-lost')
    const change = changePassword(byLink('link of P1'), { form: 'another' })
    const { epoch } = forgetful.account
    for (const [event, says] of [
      [changePassword({ is: 'sign-in', epoch }), 'no: link-cancelled'],
      [endSessions('password-changed'), 'no: link-cancelled'],
      [endSessions('disabled'), 'no: link-cancelled'],
      [changeEmail(), 'no: link-cancelled'],
      [sendPasswordLink('P2'), 'no: link-replaced'],
    ] as const)
      expect(forgetful.does(event).says(change)).to.equal(says)
    expect(forgetful.later(3600).says(change)).to.equal('no: link-expired')
  })

  it('works in no other flow, nor does another link work in its own', () => {
    expect(forgetful.does(startReset('R1')).says(enrolByLink('link of P1'))).to.equal('no: link-unknown')
    expect(resetAnna.says(changePassword(byLink('link of R1')))).to.equal('no: link-unknown')
    expect(invited.says(changePassword(byLink('link of I1')))).to.equal('no: link-unknown')
  })

  it('is not sent while the second factor must be set up again, nor for a day after a mailed link did so', () => {
    expect(resetAnna.says(sendPasswordLink('P1'))).to.equal('no: mailbox-used')
    expect(resetAnna.does(revoke('R1', { freeze: true })).says(sendPasswordLink('P1'))).to.equal('no: set-up-frozen')
    const byLetter = resetAnna.does(enrolByLink('link of R1'))
    expect(byLetter.ask(sendPasswordLink('P1'))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'mailbox-used', until: NOW + 86_400 },
    })
    expect(byLetter.later(86_399).says(sendPasswordLink('P1'))).to.equal('no: mailbox-used')
    expect(byLetter.later(86_400).says(sendPasswordLink('P1'))).to.equal('password-link-sent')
    const bySignIn = resetAnna.does(enrol({ binding: 'new browser' }))
    expect(bySignIn.says(sendPasswordLink('P1'))).to.equal('password-link-sent')
  })

  it('requested before a reset is cancelled by it, with its email', () => {
    const reset = forgetful.does(startReset('R1'))
    expect(reset.says(changePassword(byLink('link of P1')))).to.equal('no: link-cancelled')
    expect(reset.enqueues).not.to.include('password-mail')
    expect(reset.does(enrolByLink('link of R1')).says(changePassword(byLink('link of P1')))).to.equal(
      'no: link-cancelled',
    )
  })

  it('requested by a stranger all day neither floods the mailbox nor prevents a reset', () => {
    let story = anna
    for (let n = 0; n < 5; n++) story = story.does(sendPasswordLink(`P${n}`))
    const sixth = story.ask(sendPasswordLink('P5'))
    expect(sixth).to.deep.equal({ is: 'refused', refusal: { is: 'too-many-resets', retryAt: NOW + 3600 } })
    expect(story.says(startReset('R1'))).to.equal('reset-started')
    for (let n = 5; n < 30; n++)
      story = story
        .later(3600)
        .dispatched()
        .does(sendPasswordLink(`P${n}`))
    expect(story.account.links.filter(({ purpose }) => purpose === 'password')).to.have.length(8)
  })
})

describe('Changing the password in a sign-in', () => {
  const bySignIn = changePassword({ is: 'sign-in', epoch: anna.account.epoch })

  it('needs that sign-in, and repeats its result for the same form until the sign-in is ended', () => {
    const changed = anna.does(bySignIn)
    expect(changed.says(bySignIn)).to.equal('again: password-changed')
    expect(changed.does(startReset('R1')).says(bySignIn)).to.equal('no: sign-in-over')
    expect(anna.does(endSessions()).says(bySignIn)).to.equal('no: sign-in-over')
    expect(lost.says(changePassword({ is: 'sign-in', epoch: 0 }))).to.equal('no: record-lost')
  })

  it('leaves only the newer of two passwords in the outbox', () => {
    const first = anna.does(bySignIn)
    const { epoch } = first.account
    const second = first.does(changePassword({ is: 'sign-in', epoch }, { sealedPassword: 'newer', form: 'newer' }))
    const outbox = second.account.outbox.filter((effect) => effect.is === 'set-password')
    expect(outbox).to.have.length(1)
    expect(outbox[0]).to.include({ sealedPassword: 'newer', epoch: second.account.epoch })
  })
})

describe('An actor who starts a reset', () => {
  it('is warned for a week that a mailed link changed the password', () => {
    const byLetter = forgetful.does(changePassword(byLink('link of P1'))).account
    expect(passwordByEmailAt(byLetter, NOW + 604_799)).to.equal(NOW)
    expect(passwordByEmailAt(byLetter, NOW + 604_800)).to.equal(null)
    const { epoch } = anna.account
    for (const item of [
      anna,
      anna.does(changePassword({ is: 'sign-in', epoch })),
      anna.does(endSessions('password-changed')),
    ])
      expect(passwordByEmailAt(item.account, NOW)).to.equal(null)
  })
})

describe('A password from before the change', () => {
  it('is outdated from the moment of the change, whatever the directory has stored', () => {
    const { epoch } = anna.account
    const changed = anna.does(changePassword({ is: 'sign-in', epoch })).account
    expect(isOutdated(anna.account, 0)).to.equal(false)
    expect(isOutdated(changed, 0)).to.equal(true)
    expect(isOutdated(changed, changed.epoch - 1)).to.equal(true)
    expect(isOutdated(changed, changed.epoch)).to.equal(false)
  })

  it('is not judged if the change was made at a page of the host', () => {
    expect(isOutdated(anna.does(endSessions('password-changed')).account, 0)).to.equal(false)
    // A password chosen here before and not yet stored by the directory must not follow it.
    const { outbox } = forgetful.does(changePassword(byLink('link of P1')), endSessions('password-changed')).account
    expect(outbox.filter(({ is }) => is === 'set-password')).to.deep.equal([])
  })
})

describe('Another address', () => {
  it('cancels an invitation with its email, as disabling does', () => {
    for (const event of [changeEmail(), endSessions('disabled')]) {
      const dead = invited.does(event)
      expect(dead.says(enrolByLink('link of I1'))).to.equal('no: link-cancelled')
      expect(dead.enqueues).not.to.include('invitation-mail')
    }
  })

  it('cancels every link, notifies the old address, and a reset counts as expired until its email is sent again', () => {
    const moved = resetAnna.does(changeEmail('old@example.com'))
    const outbox = ['audit account.email_changed', 'notice email-changed', 'purge']
    expect(moved.enqueues.slice(-3)).to.deep.equal(outbox)
    expect(moved.enqueues).not.to.include.members(['reset-mail'])
    expect(moved.says(enrolByLink('link of R1'))).to.equal('no: link-cancelled')
    expect(moved.account.resets[0]).to.deep.include({ expiresAt: NOW, state: { is: 'sent' } })
    expect(moved.does(resend('R1')).says(enrolByLink('another link of R1'))).to.equal('enrolled')
  })
})

describe('The first password', () => {
  const chosen = { sealedPassword: 'sealed first password' }
  const written = ({ account }: Story): string[] =>
    account.outbox.flatMap((outbox) => (outbox.is === 'set-password' ? [outbox.sealedPassword] : []))

  it('is stored by the confirmation of the browser that chose it, with its authenticator', () => {
    const after = invited.does(enrolByLink('link of I1', { binding: 'owner', ...chosen }))
    expect(written(after)).to.deep.equal(['sealed first password'])
    expect(after.account.factor).to.include({ is: 'active', binding: 'owner' })
    const { epoch } = after.account
    expect(after.account.password).to.deep.equal({ at: NOW, epoch, via: 'invitation', form: null })
    const reader = enrolByLink('link of I1', { binding: 'reader', sealedPassword: 'another' })
    expect(after.says(reader)).to.equal('no: link-used')
    expect(after.says(enrolByLink('link of I1', { binding: 'owner', ...chosen }))).to.equal('again: enrolled')
  })

  it('counts from then on: earlier proofs sign in nowhere, and it is no password set by a mailed link', () => {
    const { account } = invited.does(enrolByLink('link of I1', chosen))
    expect(isOutdated(account, account.epoch - 1)).to.equal(true)
    expect(isOutdated(account, account.epoch)).to.equal(false)
    expect(passwordByEmailAt(account, NOW)).to.equal(null)
  })

  it('can be set with an invitation only', () => {
    expect(newcomer.says(enrol(chosen))).to.equal('no: link-unknown')
    expect(resetAnna.says(enrolByLink('link of R1', chosen))).to.equal('no: link-unknown')
    expect(resetAnna.says(enrol({ ...chosen, link: 'link of R1' }))).to.equal('no: link-unknown')
    expect(written(invited.does(enrolByLink('link of I1')))).to.deep.equal([])
  })
})

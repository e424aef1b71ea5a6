import { expect } from 'chai'
import { openedRefusal } from '../../src/core/links.ts'
import {
  adopt,
  anna,
  changeEmail,
  endSessions,
  enrol,
  enrolByLink,
  lost,
  newcomer,
  NOW,
  openLink,
  renewLink,
  resend,
  resetAnna,
  revoke,
  dispatchMail,
  sendPasswordLink,
  startReset,
  type Story,
} from './accountFixture.ts'
import { linkStatesOf, newestResetOf, resetEmailsOf, resetStatusOf } from './storyViews.ts'

describe('Opening a mailed link', () => {
  it('is noted once and changes nothing else', () => {
    const opened = resetAnna.later(60).does(openLink('link of R1'))
    expect(resetAnna.ask(openLink('link of R1'))).to.have.deep.property('event', { is: 'link-opened', resetId: 'R1' })
    expect(newestResetOf(opened).state).to.deep.equal({ is: 'opened', openedAt: NOW + 60 })
    expect(opened.enqueues.slice(4)).to.deep.equal(['audit two_factor.reset.opened'])
    expect(opened.account.outbox.at(-1)).to.have.nested.include({ 'line.reason': 'R1' })
    expect({ ...opened.account, resets: [], outbox: [], outboxCount: 0 }).to.deep.equal({
      ...resetAnna.account,
      resets: [],
      outbox: [],
      outboxCount: 0,
    })
    expect(opened.later(60).ask(openLink('link of R1'))).to.deep.equal({
      is: 'repeated',
      event: { is: 'link-opened', resetId: 'R1' },
    })
  })

  it('is possible until the second it expires', () => {
    const expiresAt = NOW + 28_800
    expect(resetAnna.at(expiresAt - 1).says(openLink('link of R1'))).to.equal('link-opened')
    for (const now of [expiresAt, expiresAt + 1])
      expect(resetAnna.at(now).ask(openLink('link of R1'))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'link-expired', at: expiresAt },
      })
  })

  it('with an ended link gets its state; any other token gets nothing', () => {
    const notified = (story: Story): unknown => story.ask(openLink('link of R1'))
    const at = NOW + 60
    const late = resetAnna.at(at)
    expect(notified(late.does(enrol()))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'link-used', at, via: 'sign-in' },
    })
    expect(notified(late.does(enrolByLink('link of R1')))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'link-used', at },
    })
    expect(notified(late.does(resend('R1')))).to.deep.equal({ is: 'refused', refusal: { is: 'link-replaced', at } })
    expect(notified(late.does(startReset('R2')))).to.deep.equal({ is: 'refused', refusal: { is: 'link-replaced', at } })
    for (const freeze of [false, true])
      expect(notified(late.does(revoke('R1', { freeze })))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'link-cancelled', at },
      })
    for (const story of [newcomer, anna, resetAnna, lost])
      expect(story.says(openLink('some link'))).to.equal('no: link-unknown')
  })

  it('keeps the state of an ended link through later events', () => {
    const used = resetAnna.does(enrol()).later(60)
    const later = used.does(startReset('R2'), revoke('R2'), adopt('replace'))
    expect(later.ask(openLink('link of R1'))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'link-used', at: NOW, via: 'sign-in' },
    })
  })
})

describe('Sending the email again', () => {
  it('makes a fresh link with its own lifetime, and ends the older one and its unsent email', () => {
    const resent = resetAnna.does(openLink('link of R1')).later(60).does(resend('R1'))
    expect(newestResetOf(resent)).to.deep.include({
      id: 'R1',
      state: { is: 'sent' },
      expiresAt: NOW + 60 + 28_800,
      mail: { status: 'queued', attempts: 0, acceptedAt: null, lastError: null },
    })
    expect(linkStatesOf(resent)).to.deep.equal(['another link of R1: live', 'link of R1: replaced'])
    expect(resetEmailsOf(resent)).to.deep.equal(['sealed another link of R1'])
    expect(resent.enqueues.slice(-2)).to.deep.equal(['audit two_factor.reset.resent', 'reset-mail'])
    expect(resent.account.outbox.at(-1)).to.include({ expiresAt: NOW + 60 + 28_800, resetId: 'R1' })
    expect(resent.account.outbox.at(-2)).to.have.nested.include({ 'line.reason': 'R1' })
    expect(resent.account.epoch).to.equal(resetAnna.account.epoch)
    expect(resent.says(openLink('another link of R1'))).to.equal('link-opened')
    expect(resent.says(openLink('link of R1'))).to.equal('no: link-replaced')
  })

  it('revives an expired reset, and allows the set-up at the sign-in again', () => {
    const tooLate = resetAnna.later(2_592_000)
    expect(resetStatusOf(tooLate)).to.equal('expired')
    expect(tooLate.says(enrol())).to.equal('no: set-up-expired')
    const revived = tooLate.does(resend('R1'))
    expect(resetStatusOf(revived)).to.equal('sent')
    expect(revived.says(enrol())).to.equal('enrolled')
    expect(revived.says(enrolByLink('another link of R1'))).to.equal('enrolled')
    expect(revived.later(2_592_000 - 1).says(enrol())).to.equal('enrolled')
    expect(revived.later(2_592_000).says(enrol())).to.equal('no: set-up-expired')
  })

  it('keeps eight links at most', () => {
    let story = resetAnna.under({ linksPerHour: null })
    for (let n = 1; n <= 12; n++)
      story = story
        .later(60)
        .does(resend('R1', `link ${n}`))
        .dispatched()
    expect(story.account.links.map(({ digest }) => digest)).to.deep.equal(
      Array.from({ length: 8 }, (_, n) => `link ${12 - n}`),
    )
    expect(story.says(openLink('link 12'))).to.equal('link-opened')
  })

  it('never shortens the time for a set-up at the sign-in', () => {
    const { account } = resetAnna.under({ signInLifetimeSeconds: 3600 }).does(resend('R1'))
    expect(account.factor).to.include({ signInUntil: NOW + 2_592_000 })
  })

  it('works after the mail server refused the email', () => {
    const failed = resetAnna.does(dispatchMail({ is: 'failed', error: 'no such mailbox' }))
    expect(newestResetOf(failed.does(resend('R1'))).mail.status).to.equal('queued')
  })

  it('is refused for a finished or unknown reset', () => {
    const finished = [resetAnna.does(enrol()), resetAnna.does(revoke('R1')), resetAnna.does(startReset('R2'))]
    for (const story of finished) expect(story.says(resend('R1'))).to.equal('no: reset-finished')
    for (const story of [newcomer, anna, resetAnna, lost])
      expect(story.says(resend('R9'))).to.equal('no: reset-not-found')
  })
})

describe('An expired link', () => {
  const expired = resetAnna.does(openLink('link of R1')).later(28_800).dispatched()

  it('is exchanged for its successor, which has its own lifetime', () => {
    const renewed = expired.does(renewLink('link of R1'))
    expect(newestResetOf(renewed)).to.deep.include({
      state: { is: 'sent' },
      expiresAt: NOW + 28_800 + 28_800,
      mail: { status: 'queued', attempts: 0, acceptedAt: null, lastError: null },
    })
    expect(linkStatesOf(renewed)).to.deep.equal(['successor of link of R1: live', 'link of R1: replaced'])
    expect(renewed.enqueues).to.deep.equal(['audit two_factor.reset.resent', 'reset-mail'])
    expect(renewed.says(enrolByLink('successor of link of R1'))).to.equal('enrolled')
  })

  it('is exchanged once, and not before it has expired', () => {
    expect(expired.does(renewLink('link of R1')).says(renewLink('link of R1'))).to.equal('no: link-replaced')
    expect(resetAnna.later(28_799).says(renewLink('link of R1'))).to.equal('no: link-unknown')
  })

  it('does not extend the time for a set-up at the sign-in, and is no way around it', () => {
    const { account } = expired.does(renewLink('link of R1'))
    expect(account.factor).to.deep.equal(expired.account.factor)
    expect(resetAnna.later(2_592_000 - 1).says(renewLink('link of R1'))).to.equal('link-resent')
    expect(resetAnna.later(2_592_000).says(renewLink('link of R1'))).to.equal('no: set-up-expired')
  })

  it('counts among the links of the hour', () => {
    const reset = anna.under({ linksPerHour: 1, linkLifetimeSeconds: 900 }).does(startReset('R1'))
    expect(reset.later(900).says(renewLink('link of R1'))).to.equal('no: too-many-resets')
    expect(reset.later(3600).says(renewLink('link of R1'))).to.equal('link-resent')
  })

  it('cannot be exchanged if it was used, replaced or cancelled, or belongs to another account', () => {
    for (const [story, refusal] of [
      [expired.does(enrol()), 'link-used'],
      [expired.does(resend('R1')), 'link-replaced'],
      [expired.does(startReset('R2')), 'link-replaced'],
      [expired.does(revoke('R1')), 'link-cancelled'],
      [expired.does(revoke('R1', { freeze: true })), 'link-cancelled'],
      [expired.does(changeEmail()), 'link-cancelled'],
      [expired.does(endSessions('disabled')), 'link-cancelled'],
      [anna, 'link-unknown'],
    ] as const)
      expect(story.says(renewLink('link of R1'))).to.equal(`no: ${refusal}`)
  })
})

describe('A password link that its owner has opened', () => {
  const requested = anna.does(sendPasswordLink('P1'))
  const opened = requested.later(60).does(openLink('link of P1'))

  it('is not replaced by a request for another in the next 15 minutes, opened again or not', () => {
    const tooSoon = { is: 'refused', refusal: { is: 'too-many-resets', retryAt: NOW + 60 + 900 } }
    expect(opened.ask(sendPasswordLink('P2'))).to.deep.equal(tooSoon)
    expect(opened.later(899).ask(sendPasswordLink('P2'))).to.deep.equal(tooSoon)
    const { account } = opened.later(300)
    expect(opened.later(300).ask(openLink('link of P1'))).to.include({ is: 'repeated' })
    expect(openedRefusal(account, NOW + 360)).to.deep.equal(tooSoon.refusal)
  })

  it('is replaced after that, and at any time if it was not opened or has ended', () => {
    expect(opened.later(900).says(sendPasswordLink('P2'))).to.equal('password-link-sent')
    expect(requested.later(60).says(sendPasswordLink('P2'))).to.equal('password-link-sent')
    expect(opened.does(endSessions('password-changed')).says(sendPasswordLink('P2'))).to.equal('password-link-sent')
  })

  it('is replaced once it has expired, although it was opened a moment before', () => {
    const late = requested.later(3599).does(openLink('link of P1'))
    expect(late.says(sendPasswordLink('P2'))).to.equal('no: too-many-resets')
    expect(late.later(1).says(sendPasswordLink('P2'))).to.equal('password-link-sent')
  })

  it('does not stop an administrator, whose reset cancels it', () => {
    expect(opened.does(startReset('R1')).account.links.map(({ state }) => state.is)).to.include('cancelled')
  })
})

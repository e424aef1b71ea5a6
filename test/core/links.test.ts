import { expect } from 'chai'
import type { Reset } from '../../src/core/account.ts'
import { resetStatus } from '../../src/core/questions.ts'
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
  startReset,
  type Story,
} from './accountFixture.ts'

const newestOf = ({ account }: Story): Reset => {
  const [reset] = account.resets
  if (!reset) throw new Error('no reset')
  return reset
}
const statusOf = (story: Story): string => resetStatus(newestOf(story), story.now)
const statesOf = ({ account }: Story): string[] => account.links.map(({ digest, state }) => `${digest}: ${state.is}`)
const letters = ({ account }: Story): string[] =>
  account.outbox.flatMap((outbox) => (outbox.is === 'reset-mail' ? [outbox.sealedLink] : []))

describe('Opening a mailed link', () => {
  it('is noted once and changes nothing else', () => {
    const opened = resetAnna.later(60).does(openLink('link of R1'))
    expect(resetAnna.ask(openLink('link of R1'))).to.have.deep.property('event', { is: 'link-opened', resetId: 'R1' })
    expect(newestOf(opened).state).to.deep.equal({ is: 'opened', openedAt: NOW + 60 })
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

  it('is possible until the very second it expires', () => {
    const expiresAt = NOW + 28_800
    expect(resetAnna.at(expiresAt - 1).says(openLink('link of R1'))).to.equal('link-opened')
    for (const now of [expiresAt, expiresAt + 1])
      expect(resetAnna.at(now).ask(openLink('link of R1'))).to.deep.equal({
        is: 'refused',
        refusal: { is: 'link-expired', at: expiresAt },
      })
  })

  it('tells the bearer of a dead link how and when it died, and nobody else anything', () => {
    const notified = (story: Story): unknown => story.ask(openLink('link of R1'))
    const at = NOW + 60
    const late = resetAnna.at(at)
    expect(notified(late.does(enrol()))).to.deep.equal({ is: 'refused', refusal: { is: 'link-used', at } })
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

  it('keeps what became of it: later events do not change it', () => {
    const used = resetAnna.does(enrol()).later(60)
    const later = used.does(startReset('R2'), revoke('R2'), adopt({ replace: true }))
    expect(later.ask(openLink('link of R1'))).to.deep.equal({ is: 'refused', refusal: { is: 'link-used', at: NOW } })
  })
})

describe('Sending the letter again', () => {
  it('makes a fresh link with a life of its own, and kills the older one and its unsent letter', () => {
    const resent = resetAnna.does(openLink('link of R1')).later(60).does(resend('R1'))
    expect(newestOf(resent)).to.deep.include({
      id: 'R1',
      state: { is: 'sent' },
      expiresAt: NOW + 60 + 28_800,
      mail: { status: 'queued', attempts: 0, acceptedAt: null, lastError: null },
    })
    expect(statesOf(resent)).to.deep.equal(['another link of R1: live', 'link of R1: replaced'])
    expect(letters(resent)).to.deep.equal(['sealed another link of R1'])
    expect(resent.enqueues.slice(-2)).to.deep.equal(['audit two_factor.reset.resent', 'reset-mail'])
    expect(resent.account.outbox.at(-1)).to.include({ expiresAt: NOW + 60 + 28_800, resetId: 'R1' })
    expect(resent.account.outbox.at(-2)).to.have.nested.include({ 'line.reason': 'R1' })
    expect(resent.account.epoch).to.equal(resetAnna.account.epoch)
    expect(resent.says(openLink('another link of R1'))).to.equal('link-opened')
    expect(resent.says(openLink('link of R1'))).to.equal('no: link-replaced')
  })

  it('revives an expired reset, and opens the sign-in door again', () => {
    const tooLate = resetAnna.later(2_592_000)
    expect(statusOf(tooLate)).to.equal('expired')
    expect(tooLate.says(enrol())).to.equal('no: set-up-expired')
    const revived = tooLate.does(resend('R1'))
    expect(statusOf(revived)).to.equal('sent')
    expect(revived.says(enrol())).to.equal('enrolled')
    expect(revived.says(enrolByLink('another link of R1'))).to.equal('enrolled')
    expect(revived.later(2_592_000 - 1).says(enrol())).to.equal('enrolled')
    expect(revived.later(2_592_000).says(enrol())).to.equal('no: set-up-expired')
  })

  it('however often leaves eight links to remember', () => {
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

  it('never shortens the life of the sign-in door', () => {
    const { account } = resetAnna.under({ signInLifetimeSeconds: 3600 }).does(resend('R1'))
    expect(account.factor).to.include({ signInUntil: NOW + 2_592_000 })
  })

  it('helps after a letter that the mail server refused', () => {
    const failed = resetAnna.does(dispatchMail({ is: 'failed', error: 'no such mailbox' }))
    expect(newestOf(failed.does(resend('R1'))).mail.status).to.equal('queued')
  })

  it('is refused for a reset that is finished or that nobody knows', () => {
    const finished = [resetAnna.does(enrol()), resetAnna.does(revoke('R1')), resetAnna.does(startReset('R2'))]
    for (const story of finished) expect(story.says(resend('R1'))).to.equal('no: reset-finished')
    for (const story of [newcomer, anna, resetAnna, lost])
      expect(story.says(resend('R9'))).to.equal('no: reset-not-found')
  })
})

describe('An expired link', () => {
  const expired = resetAnna.does(openLink('link of R1')).later(28_800).dispatched()

  it('asks for its successor, which has a life of its own', () => {
    const renewed = expired.does(renewLink('link of R1'))
    expect(newestOf(renewed)).to.deep.include({
      state: { is: 'sent' },
      expiresAt: NOW + 28_800 + 28_800,
      mail: { status: 'queued', attempts: 0, acceptedAt: null, lastError: null },
    })
    expect(statesOf(renewed)).to.deep.equal(['successor of link of R1: live', 'link of R1: replaced'])
    expect(renewed.enqueues).to.deep.equal(['audit two_factor.reset.resent', 'reset-mail'])
    expect(renewed.says(enrolByLink('successor of link of R1'))).to.equal('enrolled')
  })

  it('does so once, and not before it has expired', () => {
    expect(expired.does(renewLink('link of R1')).says(renewLink('link of R1'))).to.equal('no: link-replaced')
    expect(resetAnna.later(28_799).says(renewLink('link of R1'))).to.equal('no: link-unknown')
  })

  it('keeps the sign-in door open no longer, and is no way round it', () => {
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

  it('that was used, replaced or cancelled, or is another’s, asks for nothing', () => {
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

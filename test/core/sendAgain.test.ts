/** The email with the link sent again on request of its owner, at a sign-in that requires the password and the link. */
import { expect } from 'chai'
import { HOUR } from '../../src/core/rules.ts'
import {
  anna,
  changeEmail,
  enrol,
  newcomer,
  openLink,
  renewLink,
  resend,
  revoke,
  sendAgain,
  startReset,
  strictAnna,
} from './accountFixture.ts'

const admin = { roles: ['admin'] }
/** At the sign-in, in a browser that opened the link. */
const withLink = (link: string, more = {}) => enrol({ link, ...more })

describe('A request for another email at the sign-in', () => {
  it('sends another link, which replaces every earlier one and extends no time', () => {
    const opened = strictAnna.does(openLink('link of R1')).later(60)
    const sent = opened.does(sendAgain('form', { link: 'second' }))
    expect(sent.account.factor).to.equal(opened.account.factor)
    expect(sent.account.epoch).to.equal(opened.account.epoch)
    expect(sent.says(withLink('link of R1'))).to.equal('no: link-replaced')
    expect(sent.says(withLink('second'))).to.equal('enrolled')
    expect(sent.enqueues.filter((outbox) => outbox === 'reset-mail')).to.have.length(1)
    expect(sent.account.outbox.at(-2)).to.deep.include({ is: 'audit' }).and.have.nested.property('line.actor', 'actor')
  })

  it('is done once for each form', () => {
    const sent = strictAnna.does(sendAgain('form'))
    expect(sent.says(sendAgain('form', { link: 'third' }))).to.equal('again: link-resent')
    expect(sent.says(sendAgain('other form'))).to.equal('link-resent')
  })

  it('is limited below an administrator, who can still start a new reset', () => {
    const busy = strictAnna.does(sendAgain('a'), sendAgain('b'))
    expect(busy.ask(sendAgain('c'))).to.deep.equal({
      is: 'refused',
      refusal: { is: 'too-many-resets', retryAt: strictAnna.now + HOUR },
    })
    expect(busy.does(resend('R1')).says(startReset('R2', admin))).to.equal('reset-started')
    expect(busy.later(HOUR).says(sendAgain('c'))).to.equal('link-resent')
    for (const linksPerHour of [1, 2, 3]) {
      expect(strictAnna.under({ linksPerHour }).says(sendAgain('a'))).to.equal('no: too-many-resets')
      expect(strictAnna.later(HOUR).under({ linksPerHour }).says(sendAgain('a'))).to.equal('link-resent')
    }
    expect(busy.under({ linksPerHour: null }).says(sendAgain('c'))).to.equal('link-resent')
  })

  it('revives a link that has expired, or went to another address', () => {
    expect(strictAnna.later(28_800).says(sendAgain('form'))).to.equal('link-resent')
    expect(strictAnna.does(changeEmail()).says(sendAgain('form'))).to.equal('link-resent')
  })

  it('is refused after the reset is finished, cancelled, or out of time', () => {
    expect(strictAnna.does(revoke('R1')).says(sendAgain('form'))).to.equal('no: reset-finished')
    expect(anna.says(sendAgain('form'))).to.equal('no: set-up-elsewhere')
    expect(newcomer.says(sendAgain('form'))).to.equal('no: reset-finished')
    expect(strictAnna.later(2_592_000).says(sendAgain('form'))).to.equal('no: set-up-expired')
    expect(strictAnna.says(sendAgain('form', { epoch: anna.account.epoch }))).to.equal('no: sign-in-over')
  })

  it('is possible besides the exchange of an expired link', () => {
    const renewed = strictAnna.later(28_800).does(renewLink('link of R1'))
    expect(renewed.says(withLink('successor of link of R1'))).to.equal('enrolled')
  })
})

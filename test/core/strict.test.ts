/** Both proofs, the password and the mailed link: for people who may reset others, and for all if the service requires it. */
import { expect } from 'chai'
import { profileOf, requiredProofs } from '../../src/core/proofs.ts'
import { defaultRules, HOUR } from '../../src/core/rules.ts'
import {
  adopt,
  anna,
  changeEmail,
  endSessions,
  enrol,
  enrolByLink,
  invite,
  newcomer,
  NOW,
  openLink,
  renewLink,
  resend,
  resetAnna,
  revoke,
  sendAgain,
  startReset,
  type Story,
  strictAnna,
} from './accountFixture.ts'

const admin = { roles: ['admin'] }
/** At the sign-in, in a browser that opened the link. */
const withLink = (link: string, more = {}) => enrol({ link, ...more })
/** By the link, in a browser that also gave the password. */
const withPassword = (link: string, more = {}) => enrolByLink(link, { password: true, ...more })

describe('The proofs for a set-up after a reset', () => {
  it('are decided by the roles, and by the profile for all', () => {
    const strict = { ...defaultRules, profile: 'strict' } as const
    const lax = { ...defaultRules, strictRoles: [] }
    expect(['admin', 'helpdesk'].map((role) => profileOf([role], defaultRules))).to.deep.equal(['strict', 'strict'])
    expect([profileOf([], defaultRules), profileOf([], strict)]).to.deep.equal(['standard', 'strict'])
    expect(profileOf(['admin', 'helpdesk'], lax)).to.equal('standard')
  })

  it('are either of the two for most: the password at the sign-in, the link in its own flow', () => {
    expect(resetAnna.says(enrol())).to.equal('enrolled')
    expect(resetAnna.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('are both for people who may reset others, in either flow', () => {
    expect(strictAnna.says(enrol())).to.equal('no: link-missing')
    expect(strictAnna.says(withLink('link of R1'))).to.equal('enrolled')
    expect(strictAnna.says(enrolByLink('link of R1'))).to.equal('no: password-missing')
    expect(strictAnna.says(withPassword('link of R1'))).to.equal('enrolled')
    expect(strictAnna.says(withLink('link of R1', { password: false }))).to.equal('no: password-missing')
  })

  it('are not reduced by a role removed meanwhile, and raised by an added one', () => {
    expect(strictAnna.says(enrol({ roles: [] }))).to.equal('no: link-missing')
    expect(resetAnna.says(enrol(admin))).to.equal('no: link-missing')
    expect(resetAnna.says(enrolByLink('link of R1', admin))).to.equal('no: password-missing')
    expect(resetAnna.says(withLink('link of R1', admin))).to.equal('enrolled')
    expect(strictAnna.under({ strictRoles: [] }).says(enrol())).to.equal('no: link-missing')
    expect(resetAnna.under({ profile: 'strict' }).says(enrol())).to.equal('no: link-missing')
  })

  it('are both if the record does not state them', () => {
    const { factor } = resetAnna.account
    if (factor.is !== 'reset') throw new Error('not reset')
    const { profile, ...older } = factor
    expect(profile).to.equal('standard')
    const unsaid = resetAnna.with({ ...resetAnna.account, factor: older })
    expect(unsaid.says(enrol())).to.equal('no: link-missing')
    expect(requiredProofs(unsaid.account, [], defaultRules, NOW).because).to.deep.equal(['policy'])
  })

  it('need the live link of this reset at the sign-in too: no other link and no ended one', () => {
    const dead: Record<string, Story> = {
      'link-replaced': strictAnna.does(resend('R1')),
      'link-expired': strictAnna.later(28_800),
      'link-cancelled': strictAnna.does(changeEmail()),
    }
    for (const [why, story] of Object.entries(dead)) expect(story.says(withLink('link of R1'))).to.equal(`no: ${why}`)
    expect(strictAnna.says(withLink('foreign'))).to.equal('no: link-unknown')
    expect(strictAnna.does(revoke('R1')).says(withLink('link of R1'))).to.equal('no: link-cancelled')
    expect(strictAnna.does(resend('R1')).says(withLink('another link of R1'))).to.equal('enrolled')
    const again = strictAnna.does(withLink('link of R1')).dispatched().does(startReset('R2', admin))
    expect(again.says(withLink('link of R1'))).to.equal('no: link-used')
    expect(again.says(withLink('link of R2'))).to.equal('enrolled')
  })

  it('use the link, in either flow', () => {
    const set = strictAnna.does(withLink('link of R1'))
    expect(set.account.links[0]?.state.is).to.equal('used')
    expect(set.account.resets[0]?.state).to.deep.include({ is: 'completed', via: 'sign-in' })
    expect(set.says(withPassword('link of R1'))).to.equal('no: link-used')
  })

  it('do not count under another epoch', () => {
    const { epoch } = strictAnna.account
    const later = strictAnna.does(endSessions('password-changed'))
    expect(later.says(withLink('link of R1', { epoch }))).to.equal('no: sign-in-over')
    expect(later.says(withPassword('link of R1', { epoch }))).to.equal('no: sign-in-over')
    expect(later.says(enrol())).to.equal('no: link-missing')
  })

  it('do not help in a frozen account', () => {
    const frozen = strictAnna.does(revoke('R1', { freeze: true }))
    expect(frozen.says(withLink('link of R1'))).to.equal('no: set-up-frozen')
    expect(frozen.says(sendAgain('form'))).to.equal('no: set-up-frozen')
  })

  it('are not both for a first set-up, nor for an import', () => {
    const everybody = newcomer.under({ profile: 'strict' })
    expect(everybody.says(enrol(admin))).to.equal('enrolled')
    expect(everybody.does(invite('I1')).says(enrolByLink('link of I1', admin))).to.equal('enrolled')
    expect(strictAnna.says(adopt({ replace: true }))).to.equal('adopted')
  })

  it('are decided again by a new reset', () => {
    expect(strictAnna.does(startReset('R2')).says(enrol())).to.equal('enrolled')
    expect(resetAnna.does(startReset('R2', admin)).says(enrol())).to.equal('no: link-missing')
  })
})

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

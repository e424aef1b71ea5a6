/**
 * Which proofs a set-up after a reset requires: the password, the mailed link, or both, as for people who may reset others. Also after
 * wrong codes, and with a password set by a mailed link; and the notices about wrong codes.
 */
import { expect } from 'chai'
import { profileOf, proofsOfReset, requiredProofs } from '../../src/core/proofs.ts'
import type { Notice } from '../../src/core/effect.ts'
import {
  adopt,
  anna,
  type Ask,
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
  sendAgain,
  sendPasswordLink,
  startReset,
  STEP,
  stepUp,
  type Story,
  strictAnna,
  useBackupCode,
} from './accountFixture.ts'
import { defaultRules } from '../../src/core/rules.ts'

const DAY = 86_400
const elsewhere = proveCode(null, { knownBrowser: false })

/** This many wrong codes in a row, each after the pause before it. */
function guessed(times: number, ask: Ask = proveCode(null), story: Story = anna): Story {
  let next = story
  for (let n = 0; n < times; n++) next = next.at(next.account.attempts.pausedUntil ?? next.now).refused(ask)
  return next
}

const noticesOf = ({ account }: Story): string[] =>
  account.outbox.flatMap((outbox) => (outbox.is === 'notice' ? [wordsFor(outbox.notice)] : []))
const wordsFor = (notice: Notice): string => ('where' in notice ? `${notice.is}: ${notice.where}` : notice.is)
const because = ({ account, rules, now }: Story, roles: string[] = []) =>
  requiredProofs(account, roles, rules, now).because

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
    expect(strictAnna.says(adopt('replace'))).to.equal('adopted')
  })

  it('are decided again by a new reset', () => {
    expect(strictAnna.does(startReset('R2')).says(enrol())).to.equal('enrolled')
    expect(resetAnna.does(startReset('R2', admin)).says(enrol())).to.equal('no: link-missing')
  })
})

describe('A reset after wrong codes in a row', () => {
  it('requires both proofs from the number of codes that cause no pause on, and never below', () => {
    expect(because(guessed(4).does(startReset('R1')))).to.deep.equal([])
    for (const times of [5, 7, 20]) {
      const reset = guessed(times).does(startReset('R1'))
      expect(because(reset)).to.deep.equal(['wrong-codes'])
      expect(because(reset, ['admin'])).to.deep.equal(['policy', 'wrong-codes'])
      expect(reset.says(enrol())).to.equal('no: link-missing')
      expect(reset.says(enrolByLink('link of R1'))).to.equal('no: password-missing')
      expect(reset.says(enrol({ link: 'link of R1' }))).to.equal('enrolled')
    }
    expect(because(guessed(3).under({ freeAttempts: 3 }).does(startReset('R1')))).to.deep.equal(['wrong-codes'])
  })

  it('is previewed by the rule that decides it', () => {
    for (const story of [anna, guessed(4), guessed(5), lost])
      for (const roles of [[], ['admin']]) {
        const { account, rules, now } = story
        const reset = story.does(startReset('R1', { roles }))
        expect(proofsOfReset(account, roles, rules, now).because).to.deep.equal(because(reset, roles))
      }
  })

  it('requires no less after another reset, a revocation, or the end of all sessions', () => {
    const first = guessed(5).does(startReset('R1'))
    const later: Story[] = [
      first.does(startReset('R2')),
      first.does(revoke('R1')),
      first.does(revoke('R1', { freeze: true }), startReset('R2')),
      first.does(endSessions()),
    ]
    for (const story of later) expect(because(story)).to.deep.equal(['wrong-codes'])
  })

  it('is an ordinary one after a right code or a set-up', () => {
    expect(because(guessed(5).does(proveCode(STEP + 1), startReset('R1')))).to.deep.equal([])
    const setUp = guessed(5).does(startReset('R1'), enrol({ link: 'link of R1' }))
    expect(because(setUp.does(startReset('R2')))).to.deep.equal([])
  })
})

describe('A password that a mailed link has set', () => {
  const byLetter = anna.does(sendPasswordLink('P1'), changePassword(byLink('link of P1')))
  const tooNew = { is: 'refused', refusal: { is: 'password-too-new', until: NOW + DAY } }

  it('is no second proof for a day: a reset that requires both is refused, with the time from which it is possible', () => {
    expect(byLetter.ask(startReset('R1', admin))).to.deep.equal(tooNew)
    expect(guessed(5, proveCode(null), byLetter).ask(startReset('R1'))).to.deep.equal(tooNew)
    expect(byLetter.later(DAY - 1).ask(startReset('R1', admin))).to.deep.equal(tooNew)
    expect(byLetter.later(DAY).says(startReset('R1', admin))).to.equal('reset-started')
    const { account, rules } = byLetter
    expect(proofsOfReset(account, ['admin'], rules, NOW).passwordFrom).to.equal(NOW + DAY)
    expect(proofsOfReset(account, ['admin'], rules, NOW + DAY).passwordFrom).to.equal(null)
  })

  it('does not delay a reset that requires one proof', () => {
    expect(byLetter.does(startReset('R1')).says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  it('does not complete a set-up that requires both meanwhile', () => {
    const reset = byLetter.does(startReset('R1'))
    const both = enrol({ link: 'link of R1', ...admin })
    expect(reset.ask(both)).to.deep.equal(tooNew)
    expect(reset.ask(enrolByLink('link of R1', { password: true, ...admin }))).to.deep.equal(tooNew)
    const longer = byLetter.under({ linkLifetimeSeconds: DAY }).later(3600).does(startReset('R1'))
    expect(longer.at(NOW + DAY).says(both)).to.equal('enrolled')
  })

  it('counts again once it was changed in a sign-in or by the host', () => {
    const { epoch } = byLetter.account
    const inSignIn = byLetter.does(changePassword({ is: 'sign-in', epoch }, { form: 'another' }))
    for (const story of [inSignIn, byLetter.does(endSessions('password-changed'))])
      expect(story.says(startReset('R1', admin))).to.equal('reset-started')
  })
})

describe('Notices about wrong codes', () => {
  it('are sent at the first in an unknown browser and at the fifth in any, each once per run', () => {
    const sent = (ask: Ask, times: number): string[] => noticesOf(guessed(times, ask))
    for (const ask of [
      elsewhere,
      useBackupCode(null, { knownBrowser: false }),
      () => ({ ...stepUp(null)(anna.account), knownBrowser: false }) as ReturnType<Ask>,
    ]) {
      expect(sent(ask, 1)).to.deep.equal(['wrong-codes: unknown-browser'])
      expect(sent(ask, 4)).to.have.length(1)
      expect(sent(ask, 5)).to.deep.equal(['wrong-codes: unknown-browser', 'wrong-codes: any'])
      expect(sent(ask, 14)).to.have.length(2)
    }
    expect(sent(proveCode(null), 4)).to.deep.equal([])
    expect(sent(proveCode(null), 14)).to.deep.equal(['wrong-codes: any'])
  })

  it('are one if both are due, and name an unknown browser after a known one too', () => {
    const fifth = guessed(4).refused(elsewhere)
    expect(noticesOf(fifth)).to.deep.equal(['wrong-codes: any'])
    expect(noticesOf(guessed(3, elsewhere, fifth))).to.have.length(1)
    expect(noticesOf(guessed(1, elsewhere, guessed(6)))).to.deep.equal([
      'wrong-codes: any',
      'wrong-codes: unknown-browser',
    ])
  })

  it('are sent again in the next run', () => {
    const again = guessed(1, elsewhere).does(proveCode(STEP + 1))
    expect(noticesOf(guessed(1, elsewhere, again))).to.have.length(2)
  })

  it('name the kind of browser', () => {
    const device = { browser: 'Firefox', system: 'Windows' }
    const by = { actor: null, requestId: null, address: null, device }
    const { outbox } = anna.refused(proveCode(null, { knownBrowser: false, by })).account
    expect(outbox.find(({ is }) => is === 'notice')).to.deep.include({ device })
  })

  it('are sent at the lock if that is sooner', () => {
    const few = anna.under({ ...defaultRules, freeAttempts: 3, lockAfter: 4 })
    expect(noticesOf(guessed(4, proveCode(null), few))).to.deep.equal(['wrong-codes: any'])
  })

  it('are not sent for a used code, nor for one of an unconfirmed secret', () => {
    expect(noticesOf(anna.refused(proveCode(STEP, { knownBrowser: false, form: 'another' })))).to.deep.equal([])
    expect(anna.does(startReset('R1')).ask(enrol({ step: null }))).not.to.have.property('account')
  })
})

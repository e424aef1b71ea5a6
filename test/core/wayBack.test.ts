/** What the console says a person needs to set up again, and that the set-up accepts exactly that. */
import { expect } from 'chai'
import { wayBack, waysBack } from '../../src/core/wayBack.ts'
import {
  anna,
  changeEmail,
  enrol,
  enrolByLink,
  newcomer,
  NOW,
  resetAnna,
  resend,
  revoke,
  sendAgain,
  type Story,
  strictAnna,
} from './accountFixture.ts'

const DAY = 86_400
const need = ({ account, rules, now }: Story, roles: string[] = []) => wayBack(account, roles, rules, now)

describe('What is needed to set up again', () => {
  it('is nothing without a reset', () => {
    expect([need(newcomer), need(anna), need(resetAnna.does(enrol()))]).to.deep.equal([null, null, null])
  })

  it('is the password or the link, or both of them', () => {
    expect([need(resetAnna), need(resetAnna, ['admin']), need(strictAnna)]).to.deep.equal(['either', 'both', 'both'])
  })

  it('is the password alone once the link was cancelled, and a new reset where both are required', () => {
    const cancelled = resetAnna.does(revoke('R1'))
    expect([need(cancelled), need(cancelled, ['admin'])]).to.deep.equal(['password', 'new-reset'])
    expect(need(resetAnna.does(revoke('R1', { freeze: true })))).to.equal('blocked')
  })

  it('is a new link where the address changed and both are required', () => {
    const moved = resetAnna.does(changeEmail())
    expect([need(moved), need(moved, ['admin'])]).to.deep.equal(['password', 'new-link'])
    expect(need(moved.does(resend('R1')), ['admin'])).to.equal('both')
  })

  it('after the time to set up at the sign-in is an unexpired link, else a new one', () => {
    const late = NOW + 31 * DAY
    const resent = resetAnna.at(late).does(resend('R1'))
    expect(need(resetAnna.at(late))).to.equal('new-link')
    expect(need(resetAnna.does(revoke('R1')).at(late))).to.equal('new-reset')
    expect(need(resent)).to.equal('either')
  })

  const accepted = (story: Story, link: string, roles: string[]) => ({
    password: story.says(enrol({ roles })) === 'enrolled',
    link: story.says(enrolByLink(link, { roles })) === 'enrolled',
    /** At the sign-in after the link, or at the link after the password. */
    both: [enrol({ link, roles }), enrolByLink(link, { password: true, roles })].some(
      (ask) => story.says(ask) === 'enrolled',
    ),
  })
  const says = {
    either: { password: true, link: true, both: true },
    both: { password: false, link: false, both: true },
    password: { password: true, link: false, both: true },
    link: { password: false, link: true, both: true },
    'new-link': { password: false, link: false, both: false },
    'new-reset': { password: false, link: false, both: false },
    blocked: { password: false, link: false, both: false },
  } as const

  it('is what the set-up accepts', () => {
    const late = NOW + 30 * DAY
    const stories: [Story, string][] = [
      [resetAnna, 'link of R1'],
      [resetAnna.does(revoke('R1')), 'link of R1'],
      [resetAnna.does(revoke('R1', { freeze: true })), 'link of R1'],
      [resetAnna.does(changeEmail()), 'link of R1'],
      [resetAnna.at(late), 'link of R1'],
      [resetAnna.at(late).does(resend('R1')), 'another link of R1'],
      [
        resetAnna
          .at(late - 60)
          .does(sendAgain('form'))
          .at(late),
        'link asked for in form',
      ],
    ]
    const seen = new Set<string>()
    for (const [story, link] of stories)
      for (const roles of [[], ['admin']]) {
        const found = need(story, roles)
        seen.add(String(found))
        expect(found && accepted(story, link, roles), `${found} ${link}`).to.deep.equal(found && says[found])
      }
    expect([...seen].toSorted()).to.deep.equal([...waysBack].toSorted())
  })
})

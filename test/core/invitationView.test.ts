/** What the console says of an invitation: when it was sent, until when it is valid, and what became of its email. */
import { expect } from 'chai'
import { viewInvitation } from '../../src/core/invitationView.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { anna, dispatchMail, invite, newcomer, NOW, type Story } from './accountFixture.ts'

const sent = newcomer.does(invite('I1'))
const line = (outcome: 'accepted' | 'failed', at: number) => ({
  at,
  type: `account.invitation_mail_${outcome}`,
  reason: outcome === 'failed' ? '550' : null,
})
const view = ({ account, now }: Story, ...lines: ReturnType<typeof line>[]) => viewInvitation(account, lines, now)

describe('An invitation as the console shows it', () => {
  it('is none without a link for one', () => {
    expect([view(newcomer), view(anna)]).to.deep.equal([null, null])
  })

  it('has the times of the newest link, and ends with it', () => {
    const again = sent.later(60).does(invite('I2'))
    const expiresAt = NOW + 60 + defaultRules.invitationLifetimeSeconds
    expect(view(again)).to.include({ sentAt: NOW + 60, expiresAt, isExpired: false })
    expect(view(again.at(expiresAt))).to.include({ isExpired: true })
  })

  it('says that its email waits, and when it is tried again', () => {
    expect(view(sent)?.mail).to.include({ status: 'queued', attempts: 0 })
    const tried = sent.does(dispatchMail({ is: 'again', at: NOW + 90, error: '451' }))
    expect(view(tried)?.mail).to.include({ status: 'queued', attempts: 1, nextAt: NOW + 90 })
  })

  it('says what became of its email, by the lines of the audit since it was sent', () => {
    const done = sent.does(dispatchMail({ is: 'done' }))
    expect(view(done)?.mail.status).to.equal('unknown')
    expect(view(done, line('accepted', NOW + 1))?.mail).to.include({ status: 'accepted', acceptedAt: NOW + 1 })
    expect(view(done, line('failed', NOW + 1))?.mail).to.include({ status: 'failed', lastError: '550' })
    expect(view(done, line('failed', NOW - 1))?.mail.status, 'of an earlier invitation').to.equal('unknown')
  })
})

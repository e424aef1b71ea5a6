import { expect } from 'chai'
import { codesRemaining } from '../../src/core/questions.ts'
import { mayNotStart } from '../../src/core/reset.ts'
import {
  adopt,
  anna,
  endSessions,
  enrol,
  enrolByLink,
  lost,
  newcomer,
  NOW,
  openLink,
  proveCode,
  resend,
  resetAnna,
  revoke,
  startReset,
  STEP,
  useBackupCode,
} from './accountFixture.ts'
import { linkStatesOf, newestResetOf, resetEmailsOf, resetStatusOf } from './storyViews.ts'

describe('Starting a reset', () => {
  it('makes the old factor void in the same swap: no code, backup code or sign-in works from then on', () => {
    const { epoch } = anna.account
    expect(anna.ask(startReset('R1'))).to.have.deep.property('event', { is: 'reset-started', resetId: 'R1' })
    expect(resetAnna.account.epoch).to.equal(NOW).and.to.be.greaterThan(epoch)
    expect(resetAnna.account.factor).to.deep.equal({
      is: 'reset',
      resetId: 'R1',
      at: NOW,
      signInUntil: NOW + 2_592_000,
      frozen: false,
      profile: 'standard',
    })
    for (const request of [proveCode(STEP + 1), useBackupCode(0)]) {
      expect(resetAnna.says(request)).to.equal('no: not-enrolled')
      expect(resetAnna.says((account) => request({ ...account, epoch }))).to.equal('no: sign-in-over')
    }
    expect(JSON.stringify(resetAnna.account)).not.to.contain('secret of').and.not.to.contain('codes of')
  })

  it('creates a reset with an expiry time, a receipt and an email in the outbox', () => {
    const clients = [{ clientId: 'sample', backchannelLogout: 'queued' }] as const
    const used = anna.does(useBackupCode(3), useBackupCode(4, { form: 'second form' })).dispatched()
    const reset = used.does(startReset('R1', { ended: { sessions: 2, grants: 3, clients } }))
    expect(newestResetOf(reset)).to.deep.equal({
      id: 'R1',
      requestedBy: 'actor',
      requestedAt: NOW,
      reason: 'lost phone',
      expiresAt: NOW + 28_800,
      state: { is: 'sent' },
      ended: { sessions: 2, grants: 3, backupCodes: 8, clients },
      mail: { status: 'queued', attempts: 0, acceptedAt: null, lastError: null },
    })
    expect(reset.account.links).to.deep.equal([
      {
        digest: 'link of R1',
        resetId: 'R1',
        issuedAt: NOW,
        expiresAt: NOW + 28_800,
        state: { is: 'live' },
      },
    ])
  })

  it('enqueues an audit line, the email, and the end of sessions and grants', () => {
    const [started, mail, purge, directory, ...rest] = resetAnna.account.outbox
    expect(started).to.have.deep.property('line', {
      type: 'two_factor.reset.started',
      outcome: 'done',
      reason: 'lost phone',
      // The account of the record.
      target: null,
      actor: 'actor',
      requestId: 'request',
      address: '192.0.2.0/24',
    })
    expect(mail).to.deep.include({
      is: 'reset-mail',
      resetId: 'R1',
      sealedLink: 'sealed link of R1',
      expiresAt: NOW + 28_800,
    })
    expect(purge).to.deep.include({ is: 'purge', epoch: resetAnna.account.epoch, resetId: 'R1' })
    expect(directory).to.deep.include({ is: 'tell-directory', enrolledAt: null })
    expect(rest).to.deep.equal([])
  })

  it('requested twice with one id happens once, whatever came in between', () => {
    const again = { is: 'repeated', event: { is: 'reset-started', resetId: 'R1' } }
    const stories = [resetAnna, resetAnna.does(enrol()), resetAnna.does(revoke('R1')), resetAnna.does(startReset('R2'))]
    for (const story of stories)
      for (const more of [{}, { seen: null }, { status: 'disabled' as const }])
        expect(story.ask(startReset('R1', more))).to.deep.equal(again)
  })

  it('is refused before the account set-up is complete, and for a disabled account', () => {
    expect(newcomer.says(startReset('R1'))).to.equal('no: setup-incomplete')
    expect(anna.says(startReset('R1', { status: 'pending' }))).to.equal('no: setup-incomplete')
    expect(anna.says(startReset('R1', { status: 'disabled' }))).to.equal('no: account-disabled')
    expect(newcomer.says(startReset('R1', { status: 'disabled' }))).to.equal('no: account-disabled')
  })

  it('a second time supersedes the first: its link and its unsent email end', () => {
    const second = resetAnna.does(openLink('link of R1')).later(60).does(startReset('R2'))
    expect(second.account.resets.map(({ id, state }) => [id, state])).to.deep.equal([
      ['R2', { is: 'sent' }],
      ['R1', { is: 'superseded', openedAt: NOW, at: NOW + 60 }],
    ])
    expect(second.account.epoch).to.equal(NOW + 60)
    expect(second.account.factor).to.include({ resetId: 'R2', at: NOW + 60 })
    expect(linkStatesOf(second)).to.deep.equal(['link of R2: live', 'link of R1: replaced'])
    expect(resetEmailsOf(second)).to.deep.equal(['sealed link of R2'])
    expect(second.account.resets[1]?.mail.status).to.equal('withdrawn')
    expect(second.enqueues.slice(-4)).to.deep.equal([
      'audit two_factor.reset.started',
      'audit two_factor.reset.superseded',
      'reset-mail',
      'purge',
    ])
    expect(second.account.outbox.at(-3)).to.have.nested.include({ 'line.reason': 'R1' })
    expect(second.says(enrolByLink('link of R1'))).to.equal('no: link-replaced')
    expect(second.says(enrolByLink('link of R2'))).to.equal('enrolled')
  })

  it('after a finished one supersedes nothing', () => {
    for (const story of [resetAnna.does(enrol()), resetAnna.does(revoke('R1'))]) {
      const second = story.dispatched().does(startReset('R2'))
      const directory = story.account.factor.is === 'active' ? ['tell-directory'] : []
      expect(second.enqueues).to.deep.equal(['audit two_factor.reset.started', 'reset-mail', 'purge', ...directory])
      expect(second.account.resets[1]).to.deep.equal(story.dispatched().account.resets[0])
    }
  })

  it('raises the epoch within one second and after the clock went back', () => {
    expect(resetAnna.does(startReset('R2')).account.epoch).to.equal(NOW + 1)
    expect(resetAnna.at(NOW - 1000).does(startReset('R2')).account.epoch).to.equal(NOW + 1)
  })

  it('of a lost record revives no recent sign-in: the record never had its epoch', () => {
    const before = newcomer.does(enrol()).dispatched().does(endSessions())
    for (const seconds of [0, 1, 2])
      expect(lost.later(seconds).does(startReset('R1')).account.epoch).to.be.above(before.account.epoch)
  })

  it('is the only repair of a lost record', () => {
    const repaired = lost.does(startReset('R1'))
    expect(repaired.account.epoch).to.equal(NOW + 60)
    expect(newestResetOf(repaired).ended.backupCodes).to.equal(0)
    expect(repaired.does(enrolByLink('link of R1')).says(proveCode(STEP + 1))).to.equal('code-accepted')
    expect(lost.says(startReset('R1', { status: 'pending' }))).to.equal('no: setup-incomplete')
  })

  it('names the actor of the newest reset if that is not the one this actor has seen', () => {
    const meanwhile = { is: 'superseded-meanwhile', resetId: 'R1', by: 'actor', at: NOW }
    for (const seen of [null, 'R0'])
      expect(resetAnna.ask(startReset('R2', { seen }))).to.deep.equal({ is: 'refused', refusal: meanwhile })
    expect(resetAnna.says(startReset('R2', { seen: 'R1' }))).to.equal('reset-started')
    expect(resetAnna.says(startReset('R2', { seen: undefined }))).to.equal('reset-started')
    for (const seen of [null, 'R0', undefined]) expect(anna.says(startReset('R1', { seen }))).to.equal('reset-started')
  })

  it('gives the same answer when it is only checked, before a code is consumed', () => {
    const questions = [
      { status: 'active', seen: undefined },
      { status: 'active', seen: null },
      { status: 'pending', seen: undefined },
      { status: 'disabled', seen: undefined },
    ] as const
    for (const story of [newcomer, anna, resetAnna, lost])
      for (const more of questions) {
        const decision = story.ask(startReset('R9', more))
        const refusal = decision.is === 'refused' ? decision.refusal : null
        expect(mayNotStart(story.account, { ...more, roles: [] }, story.now, story.rules)).to.deep.equal(refusal)
      }
  })

  it('sends at most five emails per hour to one account, resends included, and gives the time of the next', () => {
    const busy = resetAnna.later(60).does(resend('R1', 'b'), resend('R1', 'c'), startReset('R2'), resend('R2', 'd'))
    const retryAt = NOW + 3600
    const tooMany = { is: 'refused', refusal: { is: 'too-many-resets', retryAt } }
    expect(busy.ask(startReset('R3'))).to.deep.equal(tooMany)
    expect(busy.ask(resend('R2', 'e'))).to.deep.equal(tooMany)
    expect(busy.at(retryAt - 1).ask(startReset('R3'))).to.deep.equal(tooMany)
    expect(busy.at(retryAt).says(startReset('R3'))).to.equal('reset-started')
    expect(busy.at(retryAt).does(startReset('R3')).says(resend('R3', 'e'))).to.equal('no: too-many-resets')
    expect(busy.under({ linksPerHour: null }).says(resend('R2', 'e'))).to.equal('link-resent')
    expect(busy.under({ linksPerHour: 6 }).says(resend('R2', 'e'))).to.equal('link-resent')
  })

  it('keeps ten resets and eight links', () => {
    let story = anna.under({ linksPerHour: null })
    for (let n = 1; n <= 12; n++)
      story = story
        .later(60)
        .does(startReset(`R${n}`))
        .dispatched()
    expect(story.account.resets.map(({ id }) => id)).to.deep.equal(Array.from({ length: 10 }, (_, n) => `R${12 - n}`))
    expect(story.account.links.map(({ resetId }) => resetId)).to.deep.equal(
      Array.from({ length: 8 }, (_, n) => `R${12 - n}`),
    )
    expect(story.says(openLink('link of R5'))).to.equal('no: link-replaced')
    expect(story.says(openLink('link of R4'))).to.equal('no: link-unknown')
    expect(story.says(resend('R2'))).to.equal('no: reset-not-found')
  })

  it('names twenty clients in the receipts of a record, the newest first; all of them are logged out', () => {
    const clients = Array.from({ length: 25 }, (_, n) => ({ clientId: `c${n}`, backchannelLogout: 'queued' }) as const)
    const first = anna.does(startReset('R1', { ended: { sessions: 25, grants: 25, clients } }))
    expect(newestResetOf(first).ended.clients).to.deep.equal(clients.slice(0, 20))
    const second = first.does(startReset('R2', { ended: { sessions: 8, grants: 8, clients: clients.slice(0, 8) } }))
    expect(second.account.resets.map(({ ended }) => ended.clients.length)).to.deep.equal([8, 12])
    expect(second.account.resets.map(({ ended }) => ended.sessions)).to.deep.equal([8, 25])
  })
})

describe('Revoking a reset', () => {
  it('ends link and email; the obligation stays, at the sign-in', () => {
    const revoked = resetAnna.does(openLink('link of R1')).later(60).does(revoke('R1'))
    expect(newestResetOf(revoked).state).to.deep.equal({ is: 'revoked', openedAt: NOW, at: NOW + 60 })
    expect(newestResetOf(revoked).mail.status).to.equal('withdrawn')
    expect(linkStatesOf(revoked)).to.deep.equal(['link of R1: cancelled'])
    expect(resetEmailsOf(revoked)).to.deep.equal([])
    expect(revoked.enqueues.at(-1)).to.equal('audit two_factor.reset.revoked')
    expect(revoked.account.outbox.at(-1)).to.have.nested.include({ 'line.reason': null })
    expect(revoked.account.factor).to.include({ is: 'reset', frozen: false })
    expect(revoked.says(enrol())).to.equal('enrolled')
    expect(revoked.says(proveCode(STEP + 1))).to.equal('no: not-enrolled')
  })

  it('with freeze refuses both flows until a new reset', () => {
    const frozen = resetAnna.does(revoke('R1', { freeze: true }))
    expect(frozen.account.outbox.at(-1)).to.have.nested.include({ 'line.reason': 'frozen' })
    for (const ask of [enrol(), enrolByLink('link of R1'), openLink('link of R1'), resend('R1'), revoke('R1')])
      expect(frozen.says(ask)).to.match(/^no: /)
    expect(frozen.does(endSessions()).says(enrol())).to.equal('no: set-up-frozen')
    const again = frozen.does(startReset('R2'))
    expect(again.says(enrol())).to.equal('enrolled')
    expect(again.says(enrolByLink('link of R2'))).to.equal('enrolled')
  })

  it('is refused for a finished or unknown reset', () => {
    const finished = [resetAnna.does(enrol()), resetAnna.does(revoke('R1')), resetAnna.does(startReset('R2'))]
    for (const story of finished) expect(story.says(revoke('R1'))).to.equal('no: reset-finished')
    for (const story of [newcomer, anna, resetAnna, lost])
      expect(story.says(revoke('R9'))).to.equal('no: reset-not-found')
  })

  it('is possible for an expired one', () => {
    expect(resetAnna.later(28_800).says(revoke('R1'))).to.equal('reset-revoked')
  })
})

describe('The status of a reset', () => {
  it('is computed: expired from the second its link expires', () => {
    for (const story of [resetAnna, resetAnna.does(openLink('link of R1'))]) {
      const { is } = newestResetOf(story).state
      expect(resetStatusOf(story.at(NOW + 28_799))).to.equal(is)
      expect(resetStatusOf(story.at(NOW + 28_800))).to.equal('expired')
    }
  })

  it('of a finished one never becomes expired', () => {
    const year = 31_536_000
    expect(resetStatusOf(resetAnna.does(enrol()).later(year))).to.equal('completed')
    expect(resetStatusOf(resetAnna.does(revoke('R1')).later(year))).to.equal('revoked')
    expect(resetStatusOf(resetAnna.does(adopt('replace')).later(year))).to.equal('superseded')
    expect(codesRemaining(resetAnna.account)).to.equal(0)
  })

  it('becomes completed by a set-up after its link expired', () => {
    expect(resetStatusOf(resetAnna.later(28_800).does(enrol()))).to.equal('completed')
  })
})

import { expect } from 'chai'
import { wakeAt } from '../../src/core/outbox.ts'
import { OUTBOX_LIMIT } from '../../src/core/rules.ts'
import type { EffectOutcome } from '../../src/core/effect.ts'
import {
  adopt,
  anna,
  type Ask,
  endSessions,
  enrol,
  enrolByLink,
  lost,
  newcomer,
  NOW,
  openLink,
  proveCode,
  renewCodes,
  resend,
  resetAnna,
  revoke,
  saveCodes,
  dispatch,
  dispatchMail,
  startReset,
  STEP,
  type Story,
} from './accountFixture.ts'

const mailOf = ({ account }: Story) => account.resets[0]?.mail
const done: EffectOutcome['result'] = { is: 'done' }

describe('An outbox', () => {
  it('is written by the swap that causes it, due at once, each entry with an id that is never used twice', () => {
    const ids = new Set<string>()
    let story = newcomer
    const all: Ask[] = [enrol(), startReset('R1'), resend('R1'), enrol({ binding: 'second' }), endSessions()]
    for (const ask of all) {
      const before = story.account.outboxCount
      story = story.does(ask)
      expect(story.account.outboxCount - before).to.equal(story.account.outbox.length)
      for (const outbox of story.account.outbox) {
        expect(outbox).to.include({ at: NOW, nextAt: NOW, tries: 0 })
        expect(ids).not.to.include(outbox.id)
        ids.add(outbox.id)
      }
      story = story.dispatched()
    }
  })

  it('has other ids after a record was lost and created again', () => {
    const [first] = resetAnna.account.outbox
    const [second] = lost.later(1).does(startReset('R1')).account.outbox
    expect(second?.id).not.to.equal(first?.id)
  })

  it('wakes a worker when its first entry is due', () => {
    expect(wakeAt(anna.account)).to.equal(null)
    expect(wakeAt(resetAnna.account)).to.equal(NOW)
    const later = resetAnna.does(
      dispatch(({ is }) => ({ is: 'again', at: is === 'purge' ? NOW + 5 : NOW + 9, error: 'no' })),
    )
    expect(wakeAt(later.account)).to.equal(NOW + 5)
  })

  /** Each change with the number of entries that it enqueues. */
  const changes: [Story, Ask, number][] = [
    [newcomer, enrol(), 4],
    [newcomer, adopt(), 2],
    [anna, adopt('replace'), 5],
    [anna, startReset('R1'), 4],
    [anna, renewCodes('laptop'), 2],
    [anna, endSessions(), 2],
    [resetAnna.dispatched(), openLink('link of R1'), 1],
    [resetAnna.dispatched(), resend('R1'), 2],
    [resetAnna.dispatched(), revoke('R1'), 1],
    [resetAnna.dispatched(), enrol(), 5],
    [resetAnna.dispatched(), enrolByLink('link of R1'), 5],
    [resetAnna.dispatched(), startReset('R2'), 4],
  ]
  for (const [story, ask, effects] of changes) {
    const { is } = ask(story.account)
    it(`has ${OUTBOX_LIMIT} entries at most: ${is} in ${story.account.factor.is} that would enqueue one more is refused, nothing changed`, () => {
      expect(story.withBacklog(OUTBOX_LIMIT - effects).does(ask).account.outbox).to.have.length(OUTBOX_LIMIT)
      // Without `account` nothing is saved.
      expect(story.withBacklog(OUTBOX_LIMIT + 1 - effects).ask(ask)).to.deep.equal({
        is: 'refused',
        refusal: { is: 'outbox-full' },
      })
    })
  }

  it('may be full for a command that enqueues nothing', () => {
    const unsaved = newcomer.does(enrol()).withBacklog(OUTBOX_LIMIT)
    expect(unsaved.says(saveCodes())).to.equal('codes-saved')
    expect(unsaved.says(renewCodes('browser'))).to.equal('again: codes-renewed')
    expect(unsaved.dispatched().account.outbox).to.deep.equal([])
  })
})

describe('Recording outcomes', () => {
  it('removes what is done', () => {
    const dispatched = resetAnna.does(dispatch(({ is }) => (is === 'audit' ? done : undefined)))
    expect(dispatched.enqueues).to.deep.equal(['reset-mail', 'purge', 'tell-directory'])
    expect(resetAnna.ask(dispatch(() => done))).to.have.deep.property('event', { is: 'effects-recorded' })
  })

  it('removes what failed permanently, and delays what is to be retried', () => {
    const [audit, mail, purge, directory] = resetAnna.account.outbox
    const again = { is: 'again', at: NOW + 30, error: 'busy' } as const
    const next = resetAnna.does(
      dispatch(({ is }) => (is === 'audit' ? again : is === 'purge' ? { is: 'failed', error: 'x' } : undefined)),
    )
    expect(next.account.outbox).to.deep.equal([mail, directory, { ...audit, nextAt: NOW + 30, tries: 1 }])
    const more = next.later(30).does(dispatch(({ is }) => (is === 'audit' ? { ...again, at: NOW + 90 } : undefined)))
    expect(more.account.outbox).to.deep.equal([mail, directory, { ...audit, nextAt: NOW + 90, tries: 2 }])
    expect(purge?.id).to.be.a('string')
  })

  it('changes nothing for an entry that another process recorded, or that was withdrawn', () => {
    const nothing = { is: 'repeated', event: { is: 'effects-recorded' } }
    const late = dispatchMail(done)(resetAnna.account)
    expect(resetAnna.dispatched().ask(() => late)).to.deep.equal(nothing)
    expect(resetAnna.does(revoke('R1')).ask(() => late)).to.deep.equal(nothing)
    expect(resetAnna.does(resend('R1')).ask(() => late)).to.deep.equal(nothing)
    expect(resetAnna.ask(dispatch(() => undefined))).to.deep.equal(nothing)
    expect(lost.ask(() => late)).to.deep.equal(nothing)
  })

  it('is never refused, with a full outbox either', () => {
    const full = resetAnna.with({
      ...resetAnna.account,
      outbox: [...resetAnna.account.outbox, ...anna.withBacklog(OUTBOX_LIMIT - 4).account.outbox],
    })
    expect(full.account.outbox).to.have.length(OUTBOX_LIMIT)
    for (const result of [done, { is: 'failed', error: 'no' }, { is: 'again', at: NOW + 5, error: 'no' }] as const)
      expect(full.says(dispatch(() => result))).to.equal('effects-recorded')
  })
})

describe('The email of a reset', () => {
  it('accepted by the mail server is noted in the reset and in the audit', () => {
    const sent = resetAnna.later(7).does(dispatchMail(done))
    expect(mailOf(sent)).to.deep.equal({ status: 'accepted', attempts: 1, acceptedAt: NOW + 7, lastError: null })
    expect(sent.enqueues).to.deep.equal([
      'audit two_factor.reset.started',
      'purge',
      'tell-directory',
      'audit two_factor.reset.mail_accepted',
    ])
    expect(sent.account.outbox[3]).to.have.deep.property('line', {
      type: 'two_factor.reset.mail_accepted',
      outcome: 'done',
      reason: null,
      target: null,
      actor: null,
      requestId: null,
      address: null,
    })
  })

  it('that must be retried stays, with the same link', () => {
    const waiting = resetAnna.does(dispatchMail({ is: 'again', at: NOW + 10, error: 'greylisted' }))
    expect(mailOf(waiting)).to.deep.equal({ status: 'queued', attempts: 1, acceptedAt: null, lastError: 'greylisted' })
    const email = waiting.account.outbox.find(({ is }) => is === 'reset-mail')
    expect(email).to.include({ sealedLink: 'sealed link of R1', nextAt: NOW + 10, tries: 1 })
    expect(waiting.enqueues).not.to.include('audit two_factor.reset.mail_accepted')
    const sent = waiting.later(10).does(dispatchMail(done))
    expect(mailOf(sent)).to.deep.equal({ status: 'accepted', attempts: 2, acceptedAt: NOW + 10, lastError: null })
  })

  it('that was refused keeps the reason, is audited, and changes nothing else', () => {
    const failed = resetAnna.does(dispatchMail({ is: 'failed', error: 'no such mailbox' }))
    expect(mailOf(failed)).to.deep.equal({
      status: 'failed',
      attempts: 1,
      acceptedAt: null,
      lastError: 'no such mailbox',
    })
    expect(failed.account.outbox.at(-1)).to.have.nested.include({
      'line.type': 'two_factor.reset.mail_failed',
      'line.outcome': 'failed',
      'line.reason': 'no such mailbox',
      'line.actor': null,
    })
    expect(failed.account.factor).to.deep.equal(resetAnna.account.factor)
    expect(failed.says(enrolByLink('link of R1'))).to.equal('enrolled')
  })

  const ends: Record<string, Ask> = {
    'a newer reset': startReset('R2'),
    'a revocation': revoke('R1'),
    'a set-up at the sign-in': enrol(),
    'a set-up by the link itself': enrolByLink('link of R1'),
    'an import': adopt('replace'),
  }
  for (const [name, ask] of Object.entries(ends))
    it(`that waits is withdrawn by ${name}`, () => {
      const waiting = resetAnna.does(dispatchMail({ is: 'again', at: NOW + 10, error: 'greylisted' }))
      const { account } = waiting.does(ask)
      expect(account.outbox.flatMap((outbox) => (outbox.is === 'reset-mail' ? [outbox.resetId] : []))).not.to.include(
        'R1',
      )
      expect(account.resets.find(({ id }) => id === 'R1')?.mail).to.deep.equal({
        status: 'withdrawn',
        attempts: 1,
        acceptedAt: null,
        lastError: 'greylisted',
      })
    })

  it('that was sent keeps its status when its link ends', () => {
    for (const ask of Object.values(ends)) {
      const { account } = resetAnna.dispatched().does(ask)
      expect(account.resets.find(({ id }) => id === 'R1')?.mail.status).to.equal('accepted')
    }
  })

  it('is not touched by the end of all sessions', () => {
    expect(resetAnna.does(endSessions()).enqueues).to.include('reset-mail')
    expect(mailOf(resetAnna.does(endSessions()))?.status).to.equal('queued')
  })
})

describe('The receipt of a reset', () => {
  const clients = ['a', 'b', 'c'].map((clientId) => ({ clientId, backchannelLogout: 'queued' }) as const)
  const ended = { sessions: 3, grants: 3, clients }
  const shown = (story: Story, n = 0) =>
    story.account.resets[n]?.ended.clients.map((client) => `${client.clientId} ${client.backchannelLogout}`)
  const purged = (...outcomes: ['a' | 'b' | 'z', 'delivered' | 'failed' | 'none'][]): Ask =>
    dispatch((outbox) =>
      outbox.is === 'purge'
        ? { is: 'done', clients: outcomes.map(([clientId, backchannelLogout]) => ({ clientId, backchannelLogout })) }
        : undefined,
    )

  it('contains the result for each client once they are logged out', () => {
    const reset = anna.does(startReset('R1', { ended }))
    expect(shown(reset.does(purged(['b', 'failed'], ['a', 'delivered'], ['z', 'delivered'])))).to.deep.equal([
      'a delivered',
      'b failed',
      'c queued',
    ])
    expect(shown(reset.does(dispatch(({ is }) => (is === 'purge' ? done : undefined))))).to.deep.equal([
      'a queued',
      'b queued',
      'c queued',
    ])
  })

  it('does not change by the logouts of another reset', () => {
    const second = anna.does(startReset('R1', { ended })).dispatched().does(startReset('R2', { ended }))
    const next = second.does(purged(['a', 'delivered']))
    expect(shown(next, 0)).to.deep.equal(['a delivered', 'b queued', 'c queued'])
    expect(shown(next, 1)).to.deep.equal(['a queued', 'b queued', 'c queued'])
  })

  it('contains the reason of a failed attempt, while it is queued and when it was the last', () => {
    const outcomes = [
      { clientId: 'a', backchannelLogout: 'failed', lastError: 'status 500' },
      { clientId: 'b', backchannelLogout: 'delivered' },
    ] as const
    const after = (story: Story, result: EffectOutcome['result']): Story =>
      story.does(dispatch(({ is }) => (is === 'purge' ? result : undefined)))
    const of = ({ account }: Story): unknown => account.resets[0]?.ended.clients.slice(0, 2)
    const reset = anna.does(startReset('R1', { ended }))
    const waiting = after(reset, { is: 'again', at: NOW + 5, error: 'x', clients: outcomes })
    expect(of(waiting)).to.deep.equal([{ ...outcomes[0], backchannelLogout: 'queued' }, outcomes[1]])
    const last = after(waiting, { is: 'done', clients: outcomes })
    expect(of(last)).to.deep.equal(outcomes)
    expect(last.account.outbox.at(-1)).to.have.nested.property('line.reason', 'a: status 500')
    expect(last.enqueues.at(-1)).to.equal('audit session.logout_failed failed')
    const taken = { clientId: 'a', backchannelLogout: 'delivered' } as const
    expect(of(after(waiting, { is: 'done', clients: [taken] }))).to.deep.equal([taken, outcomes[1]])
  })

  it('does not change by the logouts after a set-up, by attempts to be repeated, or by logouts that failed', () => {
    const reset = anna.does(startReset('R1', { ended })).dispatched()
    expect(shown(reset.does(enrol()).does(purged(['a', 'delivered'])))).to.deep.equal([
      'a queued',
      'b queued',
      'c queued',
    ])
    const fresh = anna.does(startReset('R1', { ended }))
    for (const result of [
      { is: 'again', at: NOW + 5, error: 'x' },
      { is: 'failed', error: 'x' },
    ] as const)
      expect(shown(fresh.does(dispatch(({ is }) => (is === 'purge' ? result : undefined))))).to.deep.equal([
        'a queued',
        'b queued',
        'c queued',
      ])
  })
})

describe('Right codes', () => {
  it('enqueue nothing', () => {
    expect(anna.does(proveCode(STEP + 1)).enqueues).to.deep.equal([])
  })
})

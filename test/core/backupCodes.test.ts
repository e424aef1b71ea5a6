import { expect } from 'chai'
import { codesHidden, codesRemaining, mustSaveCodes } from '../../src/core/questions.ts'
import {
  adopt,
  anna,
  endSessions,
  enrol,
  enrolByLink,
  lost,
  newcomer,
  NOW,
  proveCode,
  renewCodes,
  resetAnna,
  saveCodes,
  startReset,
  STEP,
  type Story,
  useBackupCode,
} from './accountFixture.ts'

const codesOf = ({ account }: Story) => {
  if (account.factor.is !== 'active') throw new Error('not active')
  return account.factor.backupCodes
}
const everyIndex = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
/** Set up, with the codes not confirmed as saved. */
const unsaved = newcomer.does(enrol()).dispatched()

describe('A backup code', () => {
  it('is accepted once, in any order, and the remaining ones are counted', () => {
    const order = [7, 0, 9, 3]
    let story = anna
    for (const [n, index] of order.entries()) {
      const ask = useBackupCode(index, { form: `form ${n}` })
      expect(story.ask(ask)).to.have.deep.property('event', {
        is: 'backup-code-accepted',
        at: NOW,
        remaining: 9 - n,
      })
      story = story.does(ask).dispatched()
    }
    expect(codesOf(story).used).to.deep.equal(order)
    expect(codesRemaining(story.account)).to.equal(6)
    for (const index of order) expect(story.says(useBackupCode(index))).to.equal('no: code-incorrect')
  })

  it('enqueues an audit line and a notice', () => {
    const used = anna.does(useBackupCode(4))
    expect(used.enqueues).to.deep.equal(['audit two_factor.backup_code_used', 'notice backup-code-used'])
    expect(used.account.outbox[0]).to.have.nested.include({ 'line.actor': 'actor', 'line.outcome': 'done' })
    expect(used.account.outbox[1]).to.have.deep.property('notice', { is: 'backup-code-used', remaining: 9 })
    expect(used.account.factor).to.include({ lastUsedAt: NOW })
  })

  it('calls the directory when few are left, when none is left, and when new ones were made', () => {
    const calls: number[] = []
    let story = anna
    for (const index of everyIndex) {
      const used = story.does(useBackupCode(index, { form: `form ${index}` }))
      if (used.enqueues.some((effect) => effect.startsWith('tell-directory'))) calls.push(codesRemaining(used.account))
      story = used.dispatched()
    }
    expect(calls).to.deep.equal([3, 0])
    expect(story.does(renewCodes('another browser')).enqueues).to.include('tell-directory')
    expect(anna.does(useBackupCode(4)).dispatched().does(renewCodes('another browser')).enqueues).to.not.include(
      'tell-directory',
    )
  })

  it('submitted twice from the same form gets the first result, and is wrong from another form', () => {
    const used = anna.does(useBackupCode(4)).later(5)
    expect(used.ask(useBackupCode(4))).to.deep.equal({
      is: 'repeated',
      event: { is: 'backup-code-accepted', at: NOW, remaining: 9 },
    })
    expect(used.says(useBackupCode(4, { form: 'another form' }))).to.equal('no: code-incorrect')
    expect(used.says(useBackupCode(5))).to.equal('backup-code-accepted')
  })

  it('submitted twice does not get the time of a later proof, and only the last one can be repeated', () => {
    const between = anna
      .does(useBackupCode(4))
      .later(50)
      .does(proveCode(STEP + 1, { form: 'another form' }))
    expect(between.says(useBackupCode(4))).to.equal('no: code-incorrect')
    const second = anna.does(useBackupCode(4), useBackupCode(5))
    expect(second.says(useBackupCode(4))).to.equal('no: code-incorrect')
  })

  it('is refused in a sign-in that is over, and without an active authenticator', () => {
    const { epoch } = anna.account
    expect(anna.does(endSessions()).says(useBackupCode(0, { epoch }))).to.equal('no: sign-in-over')
    for (const story of [newcomer, resetAnna]) expect(story.says(useBackupCode(0))).to.equal('no: not-enrolled')
    expect(lost.says(useBackupCode(0))).to.equal('no: record-lost')
  })

  it('works before the set is confirmed as saved', () => {
    expect(unsaved.says(useBackupCode(0))).to.equal('backup-code-accepted')
  })

  it('is refused when all ten are used', () => {
    let story = anna
    for (const index of everyIndex) story = story.does(useBackupCode(index, { form: `form ${index}` })).dispatched()
    expect(codesRemaining(story.account)).to.equal(0)
    for (const index of everyIndex) expect(story.says(useBackupCode(index))).to.equal('no: code-incorrect')
    expect(story.says(proveCode(STEP + 1))).to.equal('code-accepted')
  })
})

describe('Saving the codes', () => {
  it('is noted once, with its time', () => {
    const saved = unsaved.later(60).does(saveCodes())
    expect(codesOf(saved).savedAt).to.equal(NOW + 60)
    expect(saved.enqueues).to.deep.equal([])
    expect(saved.later(5).ask(saveCodes())).to.deep.equal({ is: 'repeated', event: { is: 'codes-saved' } })
  })

  it('is confirmed by the browser that was shown them; another browser has a set that is void', () => {
    const renewed = unsaved.does(renewCodes('laptop'))
    expect(renewed.says(saveCodes({ binding: 'browser' }))).to.equal('no: sign-in-over')
    expect(renewed.says(saveCodes({ binding: 'laptop' }))).to.equal('codes-saved')
    expect(renewed.does(saveCodes({ binding: 'laptop' })).says(saveCodes({ binding: 'browser' }))).to.equal(
      'no: sign-in-over',
    )
  })

  it('is refused in a sign-in that is over, and without codes', () => {
    const { epoch } = unsaved.account
    expect(unsaved.does(endSessions()).says(saveCodes({ epoch }))).to.equal('no: sign-in-over')
    for (const story of [newcomer, resetAnna]) expect(story.says(saveCodes())).to.equal('no: not-enrolled')
    expect(lost.says(saveCodes())).to.equal('no: record-lost')
  })
})

describe('Renewing the codes', () => {
  it('makes a complete, unsaved set shown to the requesting browser; the older set is void', () => {
    const used = anna.does(useBackupCode(4)).dispatched().later(60)
    const renewed = used.does(renewCodes('laptop'))
    expect(codesOf(renewed)).to.deep.equal({
      sealed: 'codes of laptop',
      issuedAt: NOW + 60,
      used: [],
      lastForm: null,
      savedAt: null,
      binding: 'laptop',
    })
    expect(renewed.enqueues).to.deep.equal(['audit two_factor.backup_codes_renewed', 'notice codes-renewed'])
    expect(renewed.account.outbox[1]).to.have.deep.property('notice', { is: 'codes-renewed' })
    expect(codesRemaining(renewed.account)).to.equal(10)
    expect(renewed.account.epoch).to.equal(used.account.epoch)
  })

  it('happens once for the same browser', () => {
    const renewed = anna.does(renewCodes('laptop'))
    expect(renewed.ask(renewCodes('laptop'))).to.deep.equal({ is: 'repeated', event: { is: 'codes-renewed' } })
    expect(renewed.says(renewCodes('tablet'))).to.equal('codes-renewed')
    expect(unsaved.says(renewCodes('browser')), 'by who set it up').to.equal('again: codes-renewed')
  })

  it('is refused in a sign-in that is over, and without an authenticator', () => {
    const { epoch } = anna.account
    expect(anna.does(endSessions()).says(renewCodes('laptop', { epoch }))).to.equal('no: sign-in-over')
    for (const story of [newcomer, resetAnna]) expect(story.says(renewCodes('laptop'))).to.equal('no: not-enrolled')
    expect(lost.says(renewCodes('laptop'))).to.equal('no: record-lost')
  })
})

describe('A set of codes that was never saved', () => {
  it('must be saved after every kind of set-up', () => {
    const byLink = resetAnna.does(enrolByLink('link of R1'))
    for (const story of [unsaved, byLink, newcomer.does(adopt()), anna.does(renewCodes('laptop'))])
      expect(mustSaveCodes(story.account)).to.equal(true)
    for (const story of [newcomer, anna, resetAnna, lost]) expect(mustSaveCodes(story.account)).to.equal(false)
  })

  it('does not lock the account: the next sign-in makes a fresh one, however often the page is left', () => {
    let story = unsaved
    for (const browser of ['first', 'second', 'third']) {
      story = story.does(renewCodes(browser)).dispatched()
      expect(mustSaveCodes(story.account)).to.equal(true)
    }
    expect(mustSaveCodes(story.does(saveCodes({ binding: 'third' })).account)).to.equal(false)
  })

  it('ends with its factor', () => {
    const again = unsaved.does(startReset('R1')).does(enrol({ binding: 'new browser' }))
    expect(codesOf(again)).to.include({ sealed: 'codes of new browser', binding: 'new browser' })
  })
})

describe('The codes of a set-up', () => {
  const { account } = unsaved
  const { epoch } = account
  const own = { epoch, binding: 'browser' }

  it('are shown to their browser until they are saved, and to no other', () => {
    expect(codesHidden(account, own)).to.equal(null)
    expect(codesHidden(account, { ...own, binding: 'another' })).to.equal('elsewhere')
    expect(codesHidden(account, { ...own, epoch: epoch - 1 })).to.equal('reset')
    expect(codesHidden(unsaved.does(saveCodes()).account, own)).to.equal('saved')
    expect(codesHidden(unsaved.does(renewCodes('laptop')).account, own)).to.equal('elsewhere')
    expect(codesHidden(unsaved.does(endSessions()).account, own)).to.equal('reset')
    expect(codesHidden(resetAnna.account, own)).to.equal('reset')
    expect(codesHidden(null, own)).to.equal('reset')
  })
})

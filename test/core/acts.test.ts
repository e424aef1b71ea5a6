/** An act is noted for one purpose, and a request for another purpose does not match it. */
import { expect } from 'chai'
import { type Account, actKinds } from '../../src/core/account.ts'
import { readAccount } from '../../src/core/storedAccount.ts'
import { decide } from '../../src/core/decide.ts'
import { defaultRules, HOUR, KEPT_RESETS, RETRY_SECONDS } from '../../src/core/rules.ts'
import { burntAct, mayResume, retryOf } from '../../src/core/stepUp.ts'
import type { ActRequest } from '../../src/core/command.ts'
import { anna, NOW, spendProof, STEP, stepUp } from './accountFixture.ts'

const request: ActRequest = { id: 'A1', does: 'reset', target: 'bob', what: 'digest' }
const { account } = anna.does(stepUp(STEP + 1, request))

describe('An act', () => {
  for (const burnt of actKinds)
    for (const other of actKinds.filter((kind) => kind !== burnt))
      it(`noted as a ${burnt} is no ${other}, by a code or by a proof`, () => {
        for (const act of [
          stepUp(STEP + 1, { ...request, does: burnt }),
          spendProof(NOW, { ...request, does: burnt }),
        ]) {
          const after = anna.does(act)
          for (const question of [
            stepUp(STEP + 2, { ...request, does: other }),
            spendProof(NOW, { ...request, does: other }),
          ])
            expect(after.says(question)).to.equal('no: idempotency-conflict')
          expect(burntAct(after.account, { ...request, does: other })).to.equal('other')
        }
      })

  it('needs no second step-up until its retry is late', () => {
    expect(retryOf(null, request, NOW)).to.equal('none')
    expect(retryOf(account, { ...request, id: 'A2' }, NOW)).to.equal('none')
    expect(retryOf(account, request, NOW + RETRY_SECONDS - 1)).to.equal('valid')
    expect(retryOf(account, request, NOW + RETRY_SECONDS)).to.equal('late')
    for (const other of [{ does: 'delete' }, { target: 'carol' }, { what: 'another' }] as const)
      expect(retryOf(account, { ...request, ...other }, NOW)).to.equal('conflict')
  })

  it('is noted separately for each purpose: each consumes a code and counts in the hour', () => {
    const rules = { ...defaultRules, actsPerHour: 1 }
    const act = { ...request, id: 'A2', does: 'change' } as const
    const by = { actor: 'anna', requestId: null, address: null }
    expect(anna.does(stepUp(STEP + 1, request)).says(stepUp(STEP + 1, act))).to.equal('no: code-replayed')
    expect(
      decide(account, { is: 'step-up', knownBrowser: true, roles: [], act, step: STEP + 2, by }, NOW, rules),
    ).to.deep.include({
      refusal: { is: 'too-many-resets', retryAt: NOW + HOUR },
    })
  })

  it('without a purpose in a stored record matches nothing and causes no error', () => {
    const stored = JSON.parse(JSON.stringify(account)) as { acts: { does?: string }[] }
    delete stored.acts[0]?.does
    const reading = readAccount(account.id, JSON.stringify(stored))
    if (reading.is !== 'account') throw new Error('the record is not read')
    for (const does of actKinds) {
      expect(burntAct(reading.account, { ...request, does })).to.equal('other')
      const command = {
        is: 'step-up',
        knownBrowser: true,
        roles: [],
        act: { ...request, does },
        step: STEP + 2,
        by: noCaller,
      } as const
      expect(decide(reading.account, command, NOW, defaultRules)).to.deep.equal({
        is: 'refused',
        refusal: { is: 'idempotency-conflict' },
      })
    }
    const [act] = reading.account.acts
    expect(act && mayResume(account, act, NOW)).to.equal(false)
  })
})

const noCaller = { actor: null, requestId: null, address: null }

describe('A reset that is noted as an act and missing', () => {
  const act = { ...request, at: NOW }

  it('may be done for an hour, by the same act only', () => {
    expect(mayResume(account, act, NOW + HOUR - 1)).to.equal(true)
    expect(mayResume(account, act, NOW + HOUR)).to.equal(false)
    for (const does of actKinds.filter((kind) => kind !== 'reset'))
      expect(mayResume(account, { ...act, does }, NOW), does).to.equal(false)
  })

  it('may not be done after as many resets as a record keeps', () => {
    const resets = Array.from({ length: KEPT_RESETS }, () => ({ requestedAt: NOW })) as Account['resets'][number][]
    expect(mayResume({ ...account, resets }, act, NOW)).to.equal(false)
  })
})

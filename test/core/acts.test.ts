/** An act is burnt for one purpose, and nothing that is asked for another purpose is taken for it. */
import { expect } from 'chai'
import { type Account, actKinds, readAccount } from '../../src/core/account.ts'
import { decide } from '../../src/core/decide.ts'
import { defaultRules, HOUR, KEPT_RESETS } from '../../src/core/rules.ts'
import { burntAct, mayMend } from '../../src/core/stepUp.ts'
import type { ActAsked } from '../../src/core/vocabulary.ts'
import { anna, NOW, spendProof, STEP, stepUp } from './story.ts'

const asked: ActAsked = { id: 'A1', does: 'reset', target: 'bob', what: 'digest' }
const { account } = anna.does(stepUp(STEP + 1, asked))

describe('An act', () => {
  for (const burnt of actKinds)
    for (const other of actKinds.filter((kind) => kind !== burnt))
      it(`burnt as a ${burnt} is no ${other}, by a code or by a proof`, () => {
        for (const act of [stepUp(STEP + 1, { ...asked, does: burnt }), spendProof(NOW, { ...asked, does: burnt })]) {
          const after = anna.does(act)
          for (const question of [
            stepUp(STEP + 2, { ...asked, does: other }),
            spendProof(NOW, { ...asked, does: other }),
          ])
            expect(after.says(question)).to.equal('no: idempotency-conflict')
          expect(burntAct(after.account, { ...asked, does: other })).to.equal('other')
        }
      })

  it('is burnt for each purpose anew: each takes a code of its own and counts in the hour', () => {
    const rules = { ...defaultRules, actsPerHour: 1 }
    const act = { ...asked, id: 'A2', does: 'change' } as const
    const by = { actor: 'anna', requestId: null, address: null }
    expect(anna.does(stepUp(STEP + 1, asked)).says(stepUp(STEP + 1, act))).to.equal('no: code-replayed')
    expect(decide(account, { is: 'step-up', knownBrowser: true, act, step: STEP + 2, by }, NOW, rules)).to.deep.include(
      {
        refusal: { is: 'too-many-resets', retryAt: NOW + HOUR },
      },
    )
  })

  it('in a stored record without a purpose matches nothing, and breaks nothing', () => {
    const stored = JSON.parse(JSON.stringify(account)) as { acts: { does?: string }[] }
    delete stored.acts[0]?.does
    const reading = readAccount(account.id, JSON.stringify(stored))
    if (reading.is !== 'account') throw new Error('the record is not read')
    for (const does of actKinds) {
      expect(burntAct(reading.account, { ...asked, does })).to.equal('other')
      const command = {
        is: 'step-up',
        knownBrowser: true,
        act: { ...asked, does },
        step: STEP + 2,
        by: noCaller,
      } as const
      expect(decide(reading.account, command, NOW, defaultRules)).to.deep.equal({
        is: 'refused',
        refusal: { is: 'idempotency-conflict' },
      })
    }
    const [act] = reading.account.acts
    expect(act && mayMend(account, act, NOW)).to.equal(false)
  })
})

const noCaller = { actor: null, requestId: null, address: null }

describe('A reset that was burnt for and is missing', () => {
  const act = { ...asked, at: NOW }

  it('may be done for an hour, on the strength of that reset alone', () => {
    expect(mayMend(account, act, NOW + HOUR - 1)).to.equal(true)
    expect(mayMend(account, act, NOW + HOUR)).to.equal(false)
    for (const does of actKinds.filter((kind) => kind !== 'reset'))
      expect(mayMend(account, { ...act, does }, NOW), does).to.equal(false)
  })

  it('may not when as many came since as a record remembers', () => {
    const resets = Array.from({ length: KEPT_RESETS }, () => ({ requestedAt: NOW })) as Account['resets'][number][]
    expect(mayMend({ ...account, resets }, act, NOW)).to.equal(false)
  })
})

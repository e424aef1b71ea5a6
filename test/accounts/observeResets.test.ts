/** What became of a reset is reported after its record was saved, once, and the observer cannot undo it. */
import { expect } from 'chai'
import { createAccounts } from '../../src/accounts/accounts.ts'
import type { Effects } from '../../src/accounts/effects.ts'
import type { ResetOutcome } from '../../src/core/resetOutcomes.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { enrol, NOW, resetAnna } from '../core/accountFixture.ts'

async function openAccounts(
  onReset: (outcome: ResetOutcome) => void,
  onError: (error: unknown) => void = (error) => expect.fail(String(error)),
) {
  const clock = { now: () => NOW + 60 }
  const { records } = memoryStore({ clock })
  await records.swap('anna', JSON.stringify(resetAnna.account), 0)
  return createAccounts({
    records,
    directory: { find: async () => null },
    clock,
    rules: defaultRules,
    effects: () => new Proxy({} as Effects, { get: () => async () => ({ is: 'done' }) }),
    firstRecord: async () => resetAnna.account,
    lease: 20,
    onReset,
    onError,
  })
}

describe('The observer of resets', () => {
  it('receives a completed reset once, however often the form is sent', async () => {
    const outcomes: ResetOutcome[] = []
    const accounts = await openAccounts((outcome) => void outcomes.push(outcome))
    expect((await accounts.execute('anna', enrol())).is).to.equal('done')
    expect((await accounts.execute('anna', enrol())).is).to.equal('repeated')
    await accounts.idle()
    expect(outcomes).to.deep.equal([{ is: 'completed', via: 'sign-in', seconds: 60 }])
  })

  it('that throws is reported, and the set-up is answered as saved', async () => {
    const errors: unknown[] = []
    const broken = new Error('the metrics are broken')
    const fail = () => {
      throw broken
    }
    const accounts = await openAccounts(fail, (error) => void errors.push(error))
    expect((await accounts.execute('anna', enrol())).is).to.equal('done')
    await accounts.idle()
    expect(errors).to.deep.equal([broken])
  })
})

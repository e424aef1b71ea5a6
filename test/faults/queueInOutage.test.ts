/** Commands of one account that wait for one another, while the store does not answer: each is refused in time. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { createAccounts } from '../../src/accounts/accounts.ts'
import type { Effects } from '../../src/accounts/effects.ts'
import { newAccount } from '../../src/core/newAccount.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Records } from '../../src/store/store.ts'
import { anna, NOW, startReset } from '../core/accountFixture.ts'

/** As long as a driver waits for an answer. Milliseconds. */
const DEADLINE_MS = 1500
const clock = { now: () => NOW }

function createService() {
  const { records } = memoryStore({ clock })
  const state = { isFrozen: false }
  const answered = async <T>(answer: Promise<T>): Promise<T> => {
    if (!state.isFrozen) return answer
    await pause(DEADLINE_MS)
    throw new StoreUnavailable('no answer in time')
  }
  const freezing: Records = {
    read: (id) => answered(records.read(id)),
    swap: (...change) => answered(records.swap(...change)),
    due: (...request) => records.due(...request),
    backlog: (now) => records.backlog(now),
  }
  const nothing = new Proxy({}, { get: () => async () => ({ is: 'done' }) }) as Effects
  const accounts = createAccounts({
    records: freezing,
    directory: { find: async () => null },
    firstRecord: async (id) => newAccount(id, clock.now()),
    clock,
    rules: defaultRules,
    effects: () => nothing,
    onError: () => undefined,
    lease: 20,
  })
  return { records, state, accounts }
}

describe('Five commands of one account, while the store is frozen', () => {
  it('are all refused within the deadline of one, and work when it answers again', async () => {
    const { records, state, accounts } = createService()
    await records.swap('anna', JSON.stringify(anna.account), 0)
    state.isFrozen = true
    const began = performance.now()
    const refused = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        accounts.execute('anna', startReset(`R${n}`)).catch((error: unknown) => error),
      ),
    )
    expect(performance.now() - began).to.be.below(DEADLINE_MS + 500)
    for (const error of refused) expect(error).to.be.instanceOf(StoreUnavailable)

    state.isFrozen = false
    expect((await accounts.execute('anna', startReset('R9'))).is).to.equal('done')
    await accounts.idle()
  })
})

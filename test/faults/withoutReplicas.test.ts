/** Missing replicas: neither the first answer nor that of a retry may acknowledge what one crash undoes. */
import { expect } from 'chai'
import { newAccount } from '../../src/core/newAccount.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts'
import type { Effects } from '../../src/accounts/effects.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Records } from '../../src/store/store.ts'
import { anna, NOW, startReset } from '../core/accountFixture.ts'

const clock = { now: () => NOW }

describe('A change whose replicas are missing', () => {
  let missing = true
  let accounts: Accounts
  let confirmed = 0
  before(async () => {
    const { records } = memoryStore({ clock })
    await records.swap('anna', JSON.stringify(anna.account), 0)
    const waiting: Records = {
      read: (id) => records.read(id),
      due: (...request) => records.due(...request),
      backlog: (now) => records.backlog(now),
      async swap(id, text, version, options = {}) {
        const swapped = await records.swap(id, text, version, options)
        // As in Redis: the master has the write, the replicas have not.
        if (swapped && options.durable && missing) throw new StoreUnavailable('not enough replicas')
        if (swapped && options.durable) confirmed += 1
        return swapped
      },
    }
    const nothing = new Proxy({}, { get: () => async () => ({ is: 'done' }) }) as Effects
    const directory = { find: async () => null }
    const onError = (): void => undefined
    accounts = createAccounts({
      records: waiting,
      directory,
      firstRecord: async (id) => newAccount(id, clock.now()),
      clock,
      rules: defaultRules,
      effects: () => nothing,
      onError,
      lease: 20,
    })
  })

  it('is not acknowledged, and neither is its retry before they have it', async () => {
    const act = () => accounts.execute('anna', startReset('R1'), { durable: true })
    for (let n = 0; n < 2; n++)
      expect(await act().catch((error: unknown) => error), `try ${n}`).to.be.instanceOf(StoreUnavailable)
    missing = false
    expect((await act()).is).to.equal('repeated')
    expect(confirmed).to.equal(1)
    await accounts.idle()
  })
})

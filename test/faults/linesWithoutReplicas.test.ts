/** Audit lines and the replicas: a line that one crash undoes stays in the outbox, and is written once. */
import { expect } from 'chai'
import { newAccount } from '../../src/core/newAccount.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { storedAudit } from '../../src/accounts/audit.ts'
import { createEffects } from '../../src/accounts/effects.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Journal, Store } from '../../src/store/store.ts'
import { anna, NOW, proveCode, startReset } from '../core/accountFixture.ts'

/** What the replicas have not, the next master has not. */
function failingOver(store: Store) {
  const written = store.journal('audit')
  const state = { replicas: 0 }
  const journal: Journal = {
    replace: (...replacement) => written.replace(...replacement),
    list: (query) => written.list(query),
    remove: (query) => written.remove(query),
    async append(entry, options) {
      if (state.replicas > 0) return written.append(entry, options)
      if (options?.durable) throw new StoreUnavailable('not enough replicas')
    },
  }
  return { state, journal }
}

function createService() {
  let now = NOW
  const clock = { now: () => now }
  const store = memoryStore({ clock })
  const { state, journal } = failingOver(store)
  const none = async (): Promise<void> => undefined
  const effects = createEffects({
    audit: storedAudit(journal, clock),
    directory: { find: async () => null, enrolled: none },
    notifyFactor: none,
    post: { reset: none, invitation: none, password: none, notice: none },
    proofsOf: () => ({ both: false, because: null }) as never,
    openLink: () => '',
    openPassword: () => '',
    purge: async () => ({ clients: [], incomplete: false }),
    onError: () => undefined,
  })
  const accounts = createAccounts({
    records: store.records,
    directory: { find: async () => null },
    firstRecord: async (id) => newAccount(id, clock.now()),
    clock,
    rules: defaultRules,
    effects: () => effects,
    onError: () => undefined,
    lease: 20,
  })
  const lines = async (): Promise<string[]> =>
    (await store.journal('audit').list({ tags: ['user:anna'], limit: 99 })).map(
      ({ text }) => (JSON.parse(text) as { type: string }).type,
    )
  return { store, state, accounts, lines, pass: (seconds: number) => void (now += seconds) }
}

describe('The audit line of a reset, while replicas are missing', () => {
  it('stays in the outbox, and is in the log once when they have it', async () => {
    const { store, state, accounts, lines, pass } = createService()
    await store.records.swap('anna', JSON.stringify(anna.account), 0)
    await accounts.execute('anna', startReset('R1'), { durable: true })
    await accounts.idle()
    expect(await lines()).not.to.include('two_factor.reset.started')
    const waiting = (await accounts.getStored('anna'))!.outbox.filter(({ is }) => is === 'audit')
    expect(waiting).not.to.be.empty

    state.replicas = 1
    for (let times = 0; times < 3; times++) {
      pass(60)
      await accounts.dispatch('anna')
      await accounts.idle()
    }
    expect((await lines()).filter((type) => type === 'two_factor.reset.started')).to.have.length(1)
    expect((await accounts.getStored('anna'))!.outbox).to.deep.equal([])
  })
})

describe('The audit line of a refusal, while replicas are missing', () => {
  it('leaves the outbox, which refused codes must not fill', async () => {
    const { store, accounts } = createService()
    await store.records.swap('anna', JSON.stringify(anna.account), 0)
    const outcome = await accounts.execute('anna', proveCode(null))
    expect(outcome.is).to.equal('refused')
    expect(outcome.account.outbox.map(({ is }) => is)).to.include('audit')
    await accounts.idle()
    expect((await accounts.getStored('anna'))!.outbox).to.deep.equal([])
  })
})

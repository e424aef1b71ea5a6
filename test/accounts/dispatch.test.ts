/** Changes of one record and the dispatch of its outbox: how often the record is read and saved, and that nothing is lost by it. */
import { expect } from 'chai'
import { createAccounts } from '../../src/accounts/accounts.ts'
import type { Effects } from '../../src/accounts/effects.ts'
import type { EffectOutcome, OutboxEntry } from '../../src/core/effect.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Records } from '../../src/store/store.ts'
import { type Ask, anna, NOW, openLink, resetAnna, revoke, startReset, STEP, stepUp } from '../core/accountFixture.ts'

type Run = (entry: OutboxEntry) => Promise<EffectOutcome['result']>
const done = { is: 'done' } as const

async function openAccounts(run: Run = async () => done, account = anna.account) {
  const store = memoryStore({ clock: { now: () => NOW } })
  await store.records.swap('anna', JSON.stringify(account), 0)
  const counts = { reads: 0, swaps: 0 }
  const records: Records = {
    ...store.records,
    read: (id) => (counts.reads++, store.records.read(id)),
    swap: (...given) => (counts.swaps++, store.records.swap(...given)),
    due: (...given) => store.records.due(...given),
    backlog: (now) => store.records.backlog(now),
  }
  const ran: string[] = []
  const effects = new Proxy({} as Effects, {
    get: (_, is: string) => async (_account: unknown, entry: OutboxEntry) => {
      ran.push(`${is} ${'lineId' in entry ? entry.lineId : entry.id}`)
      return run(entry)
    },
  })
  const open = (through: Records) =>
    createAccounts({
      records: through,
      directory: { find: async () => null },
      clock: { now: () => NOW },
      rules: defaultRules,
      effects: () => effects,
      firstRecord: async () => anna.account,
      lease: 20,
      onError: (error) => expect.fail(String(error)),
    })
  const accounts = open(records)
  return {
    accounts,
    ran,
    counts,
    /** Reads and swaps during the work and its effects. */
    async cost(work: () => Promise<unknown>) {
      const before = { ...counts }
      await work()
      await accounts.idle()
      return { reads: counts.reads - before.reads, swaps: counts.swaps - before.swaps }
    },
    /** A change by another process. */
    async elsewhere(ask: Ask) {
      const other = open(store.records)
      await other.execute('anna', ask)
      await other.idle()
    },
    stored: async () => (await accounts.getStored('anna'))!,
  }
}

describe('A record that a caller has read', () => {
  it('is not read again for the change', async () => {
    const { accounts, cost } = await openAccounts()
    const read = await accounts.get('anna')
    expect(await cost(() => accounts.execute('anna', stepUp(STEP + 1), { read }))).to.deep.equal({
      reads: 0,
      swaps: 1,
    })
  })

  it('is read again when another process has changed it meanwhile', async () => {
    const { accounts, elsewhere, stored } = await openAccounts()
    const read = await accounts.get('anna')
    await elsewhere(startReset('R1'))
    const outcome = await accounts.execute('anna', startReset('R2'), { read })
    expect(outcome).to.have.nested.property('event.resetId', 'R2')
    expect((await stored()).resets.map(({ id, state }) => `${id} ${state.is}`)).to.deep.equal([
      'R2 sent',
      'R1 superseded',
    ])
  })

  it('is read again for a refusal that saves nothing', async () => {
    const { accounts, elsewhere } = await openAccounts(undefined, resetAnna.dispatched().account)
    const read = await accounts.get('anna')
    await elsewhere(startReset('R2'))
    expect(await accounts.execute('anna', revoke('R2'), { read })).to.have.property('is', 'done')
  })

  it('is read again after some time', async () => {
    const { accounts, counts } = await openAccounts()
    const read = await accounts.get('anna')
    const { now } = performance
    performance.now = () => now.call(performance) + 2000
    try {
      const before = counts.reads
      await accounts.execute('anna', stepUp(STEP + 1), { read })
      expect(counts.reads).to.equal(before + 1)
    } finally {
      performance.now = now
    }
  })
})

describe('The outbox of a change', () => {
  it('is dispatched without another read, and its outcomes are recorded by one swap', async () => {
    const { accounts, cost, ran, stored } = await openAccounts()
    const read = await accounts.get('anna')
    expect(await cost(() => accounts.execute('anna', startReset('R1'), { read }))).to.deep.equal({ reads: 0, swaps: 2 })
    expect(ran.map((each) => each.split(' ')[0])).to.have.members([
      'audit',
      'reset-mail',
      'purge',
      'tell-directory',
      'audit',
    ])
    const { outbox, resets } = await stored()
    expect(outbox).to.deep.equal([])
    expect(resets[0]!.mail.status).to.equal('accepted')
  })

  it('enqueues no line about an outcome that is in the log already, and else the line of the same id', () => {
    const email = resetAnna.account.outbox.find(({ is }) => is === 'reset-mail')!
    const results = [{ id: email.id, result: done }]
    const line = resetAnna.does(() => ({ is: 'record-effects', results })).account.outbox.at(-1)
    expect(line).to.have.property('lineId', `${email.id}.done`)
    const audited = results.map((result) => ({ ...result, isAudited: true as const }))
    const sent = resetAnna.does(() => ({ is: 'record-effects', results: audited }))
    expect(sent.enqueues).to.deep.equal(['audit two_factor.reset.started', 'purge', 'tell-directory'])
    expect(sent.account.resets[0]!.mail.status).to.equal('accepted')
  })

  it('has the line about its email enqueued, under the same id, while the audit log takes none', async () => {
    const { accounts, ran, stored } = await openAccounts(async ({ is, id }) =>
      is === 'audit' && id.endsWith('.done') ? { is: 'again', at: NOW, error: 'no' } : done,
    )
    await accounts.execute('anna', startReset('R1'))
    await accounts.idle()
    const { outbox, resets } = await stored()
    expect(outbox).to.deep.equal([])
    expect(resets[0]!.mail.status).to.equal('accepted')
    expect(ran.filter((each) => each.startsWith('reset-mail'))).to.have.length(1)
    const email = ran.find((each) => each.startsWith('reset-mail'))!.split(' ')[1]
    expect(ran.filter((each) => each === `audit ${email}.done`)).to.have.length(2)
  })

  it('records an email that takes long by itself, once, and sends it once', async () => {
    const sent = Promise.withResolvers<EffectOutcome['result']>()
    const { accounts, ran, stored, counts } = await openAccounts(({ is }) =>
      is === 'reset-mail' ? sent.promise : Promise.resolve(done),
    )
    await accounts.execute('anna', startReset('R1'))
    const others = async (): Promise<string[]> => (await stored()).outbox.map(({ is }) => is)
    for (let left = await others(); left.length > 1; left = await others())
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await others()).to.deep.equal(['reset-mail'])
    expect(counts.swaps).to.equal(2)
    await accounts.execute('anna', openLink('link of R1'))
    sent.resolve(done)
    await accounts.idle()
    expect(ran.filter((each) => each.startsWith('reset-mail'))).to.have.length(1)
    expect((await stored()).outbox).to.deep.equal([])
  })
})

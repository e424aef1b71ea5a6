/** Commands on a record that was read before them. */
import { expect } from 'chai'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts'
import type { Effects } from '../../src/accounts/effects.ts'
import { newAccount } from '../../src/core/newAccount.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Records } from '../../src/store/store.ts'
import { anna, NOW, proveCode, STEP } from '../core/accountFixture.ts'

const clock = { now: () => NOW }
/** The same code in another form. */
const again = proveCode(STEP + 1, { form: 'another form' })

describe('A prefetched record', () => {
  let records: Records
  let reads: string[]
  let mine: Accounts
  let theirs: Accounts

  /** The accounts of one process. */
  function processOn(shared: Records): Accounts {
    const nothing = new Proxy({}, { get: () => async () => ({ is: 'done' }) }) as Effects
    return createAccounts({
      records: shared,
      directory: { find: async () => null },
      firstRecord: async (id) => newAccount(id, clock.now()),
      clock,
      rules: defaultRules,
      effects: () => nothing,
      onError: (): void => undefined,
      lease: 20,
    })
  }

  beforeEach(async () => {
    ;({ records } = memoryStore({ clock }))
    await records.swap('anna', JSON.stringify(anna.account), 0)
    reads = []
    const counted: Records = {
      read: (id) => (reads.push(id), records.read(id)),
      swap: (...request) => records.swap(...request),
      due: (...request) => records.due(...request),
      backlog: (now) => records.backlog(now),
    }
    mine = processOn(counted)
    theirs = processOn(records)
  })
  afterEach(() => Promise.all([mine.idle(), theirs.idle()]))

  const wordOf = async (outcome: ReturnType<Accounts['execute']>): Promise<string> => {
    const ended = await outcome
    return ended.is === 'refused' ? ended.refusal.is : ended.event.is
  }

  it('is all that the command reads', async () => {
    const prefetched = mine.prefetch('anna')
    expect(await wordOf(mine.execute('anna', proveCode(STEP + 1), { read: prefetched }))).to.equal('code-accepted')
    expect(reads).to.deep.equal(['anna'])
  })

  it('that is looked at first is all that the command reads', async () => {
    const read = await mine.getStored('anna', mine.prefetch('anna'))
    expect(await wordOf(mine.execute('anna', proveCode(STEP + 1), { read }))).to.equal('code-accepted')
    expect(reads).to.deep.equal(['anna'])
  })

  it('accepts no code that another process has accepted since', async () => {
    const prefetched = mine.prefetch('anna')
    await prefetched.stored
    expect(await wordOf(theirs.execute('anna', proveCode(STEP + 1)))).to.equal('code-accepted')
    expect(await wordOf(mine.execute('anna', again, { read: prefetched }))).to.equal('code-replayed')
    expect(reads.slice(0, 2)).to.deep.equal(['anna', 'anna'])
  })

  it('is read again behind another command of this process', async () => {
    const prefetched = mine.prefetch('anna')
    const words = [mine.execute('anna', proveCode(STEP + 1)), mine.execute('anna', again, { read: prefetched })].map(
      wordOf,
    )
    expect(await Promise.all(words)).to.deep.equal(['code-accepted', 'code-replayed'])
  })

  it('of a lost master, read a while ago, does not replace the record that has its version now', async () => {
    const prefetched = mine.prefetch('anna')
    await prefetched.stored
    ;({ records } = memoryStore({ clock }))
    await records.swap('anna', JSON.stringify({ ...anna.account, epoch: anna.account.epoch + 1 }), 0)
    const begun = proveCode(STEP + 1, { epoch: anna.account.epoch })
    const earlier = { ...prefetched, at: prefetched.at - 1001 }
    expect(await wordOf(mine.execute('anna', begun, { read: earlier }))).to.equal('sign-in-over')
  })

  it('of another account is not used', async () => {
    await records.swap('ben', JSON.stringify({ ...anna.account, id: 'ben' }), 0)
    const prefetched = mine.prefetch('ben')
    const { account } = await mine.execute('anna', proveCode(STEP + 1), { read: prefetched })
    expect(account.id).to.equal('anna')
    expect(reads).to.deep.equal(['ben', 'anna'])
    expect(await mine.getStored('anna', mine.prefetch('ben'))).to.include({ id: 'anna' })
  })
})

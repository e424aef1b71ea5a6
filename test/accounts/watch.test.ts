/** Requests that wait for a change of an account: what ends the wait, and what it reads. */
import { expect } from 'chai'
import type { Account } from '../../src/core/account.ts'
import { createWatch } from '../../src/accounts/watch.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { resetAnna } from '../core/accountFixture.ts'

const anna = resetAnna.account
const changed: Account = { ...anna, outboxCount: anna.outboxCount + 1 }
const isNews = (account: Account | null): boolean => account !== anna
const staying = new AbortController().signal
const forever = { isNews, seconds: 30, signal: staying }

describe('A wait for a change', () => {
  it('ends at once when this process saves a change, and not for one of another account', async () => {
    const watch = createWatch(async () => anna)
    const began = performance.now()
    let isOver = false
    const waiting = watch.wait('anna', forever).then(() => (isOver = true))
    watch.saved({ ...changed, id: 'bob' })
    watch.saved(anna)
    await Promise.resolve()
    expect(isOver).to.equal(false)
    watch.saved(changed)
    await waiting
    expect(performance.now() - began).to.be.lessThan(900)
  })

  it('ends within about a second of what another process has saved, with one read for all who wait', async () => {
    let stored = anna
    let reads = 0
    const watch = createWatch(async () => {
      reads += 1
      return stored
    })
    const waiting = Array.from({ length: 50 }, () => watch.wait('anna', forever))
    stored = changed
    await Promise.all(waiting)
    expect(reads).to.equal(1)
  })

  it('ends when it is over, when the client is gone, and for all when the process stops', async () => {
    const watch = createWatch(async () => anna)
    await watch.wait('anna', { ...forever, seconds: 0.01 })
    const client = new AbortController()
    const waiting = watch.wait('anna', { ...forever, signal: client.signal })
    client.abort()
    await waiting
    await watch.wait('anna', { ...forever, signal: client.signal })
    const others = ['anna', 'bob'].map((id) => watch.wait(id, forever))
    watch.end()
    await Promise.all(others)
    await watch.wait('anna', forever)
  })

  it('does not begin when too many wait', async () => {
    const watch = createWatch(async () => anna, 1)
    const first = watch.wait('anna', forever)
    await watch.wait('bob', forever)
    watch.saved(changed)
    await first
    const next = watch.wait('bob', forever)
    watch.end()
    await next
  })

  it('fails when the store does not answer, and reads no more', async () => {
    let reads = 0
    const watch = createWatch(async () => {
      reads += 1
      throw new StoreUnavailable('down')
    })
    const failed = await watch.wait('anna', forever).catch((error: unknown) => error)
    expect(failed).to.be.instanceOf(StoreUnavailable)
    await watch.wait('bob', { ...forever, seconds: 1.2, isNews: () => false }).catch(() => undefined)
    expect(reads).to.equal(2)
  })

  it('fails alone when its judge throws: the act that was saved is answered', async () => {
    const watch = createWatch(async () => anna)
    const failing = watch.wait('anna', {
      ...forever,
      isNews: () => {
        throw new TypeError('a bug')
      },
    })
    const other = watch.wait('anna', forever)
    watch.saved(changed)
    await other
    expect(await failing.catch((error: unknown) => error)).to.be.instanceOf(TypeError)
  })
})

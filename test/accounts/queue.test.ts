/** Commands of one account in one process, while the store is slow. */
import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import { createQueue } from '../../src/accounts/queue.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { inRequest, requestMs, waitForStore } from '../../src/store/requestDeadline.ts'

/** By which a timer of a busy machine may be late. Milliseconds. */
const LATE_MS = 600

describe('A command behind another one of its account', function () {
  this.timeout(20_000)

  it('is answered when its request has waited too long, is not begun later, and keeps the order', async () => {
    const inTurn = createQueue()
    const begun: string[] = []
    const command = (name: string, ms: number) =>
      inTurn('anna', async () => {
        begun.push(name)
        await pause(ms)
        return name
      })
    const first = command('first', requestMs + 2 * LATE_MS)
    const began = performance.now()
    const second: unknown = await inRequest({}, () => command('second', 0)).catch((error: unknown) => error)
    expect(second).to.be.instanceOf(StoreUnavailable)
    expect(performance.now() - began).to.be.within(requestMs - 50, requestMs + LATE_MS)
    expect(await Promise.all([first, command('third', 0)])).to.deep.equal(['first', 'third'])
    expect(begun).to.deep.equal(['first', 'third'])
  })

  it('does not wait for the deadline of the one before it', async () => {
    const inTurn = createQueue()
    const slow = inRequest({}, () => inTurn('anna', () => waitForStore(() => pause(900)))).then(() => 'slow')
    const quick = inRequest({}, () => inTurn('anna', () => waitForStore(async () => 'quick')))
    expect(await Promise.all([slow, quick])).to.deep.equal(['slow', 'quick'])
  })
})

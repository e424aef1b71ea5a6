/** The deadline of all operations of one request. */
import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { inRequest, mayWaitForStore, outsideRequest, requestMs, waitForStore } from '../../src/store/requestDeadline.ts'
import { requestStore } from '../../src/store/requestStore.ts'
import type { Store } from '../../src/store/store.ts'

/** Of each operation of a slow store. Milliseconds: shorter than the deadline of an operation. */
const SLOW_MS = 700
/** By which a timer of a busy machine may be late. Milliseconds. */
const LATE_MS = 600

/** A store of which every read takes so long. */
function slowStore(ms: number): { store: Store; reads: string[] } {
  const inner = memoryStore({ clock: { now: () => 0 } })
  const reads: string[] = []
  const read: Store['records']['read'] = async (id) => {
    reads.push(id)
    await pause(ms)
    return inner.records.read(id)
  }
  const { swap, due, backlog } = inner.records
  const records: Store['records'] = {
    read,
    swap: swap.bind(inner.records),
    due: due.bind(inner.records),
    backlog: backlog.bind(inner.records),
  }
  return { store: requestStore({ ...inner, records }), reads }
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  )

async function timed<T>(work: () => Promise<T>): Promise<{ done: T; ms: number }> {
  const began = performance.now()
  const done = await work()
  return { done, ms: performance.now() - began }
}

describe('The deadline of a request', function () {
  this.timeout(20_000)

  it('ends several operations, each of which is in time', async () => {
    const { store, reads } = slowStore(SLOW_MS)
    const { done, ms } = await timed(() =>
      failure(
        inRequest({}, async () => {
          for (let n = 0; n < 10; n++) await store.records.read(`read ${n}`)
        }),
      ),
    )
    expect(done).to.be.instanceOf(StoreUnavailable)
    expect(ms).to.be.within(requestMs - 50, requestMs + LATE_MS)
    expect(reads).to.deep.equal(['read 0', 'read 1', 'read 2'])
  })

  it('lets no further operation begin', async () => {
    const { store, reads } = slowStore(5000)
    await inRequest({}, async () => {
      await failure(store.records.read('the first'))
      expect(mayWaitForStore()).to.equal(false)
      const { ms, done } = await timed(() => failure(store.records.read('the second')))
      expect(done).to.be.instanceOf(StoreUnavailable)
      expect(ms).to.be.below(LATE_MS)
    })
    expect(reads).to.deep.equal(['the first'])
  })

  it('is shared by the parts of a request, nested or one after the other', async () => {
    const { store } = slowStore(SLOW_MS)
    const request = {}
    const part = () => inRequest(request, () => store.records.read('anna'))
    const { ms } = await timed(() =>
      failure(
        (async () => {
          await part()
          await inRequest(request, () => inRequest({}, () => store.records.read('anna')))
          await part()
        })(),
      ),
    )
    expect(ms).to.be.within(requestMs - 50, requestMs + LATE_MS)
    await inRequest({}, () => store.records.read('anna'))
  })

  it('does not count a long computation, nor operations at the same time twice', async () => {
    const { store } = slowStore(SLOW_MS)
    await inRequest({}, async () => {
      await Promise.all([1, 2, 3].map((n) => store.records.read(String(n))))
      await pause(requestMs)
      await store.records.read('anna')
    })
  })

  it('leaves alone what is outside of it, and what continues after the answer', async () => {
    const { store } = slowStore(SLOW_MS)
    const readThrice = async (): Promise<string> => {
      for (let n = 0; n < 3; n++) await store.records.read('anna')
      return 'done'
    }
    const inside = inRequest({}, () => outsideRequest(readThrice))
    const answered = inRequest({}, async () => ({ rest: pause(20).then(readThrice) }))
    expect(await Promise.all([readThrice(), inside, answered.then(({ rest }) => rest)])).to.deep.equal(
      Array(3).fill('done'),
    )
  })

  it('passes on the answer or the error of an operation in time', async () => {
    const error = new Error('refused')
    await inRequest({}, async () => {
      expect(await waitForStore(async () => 'answer')).to.equal('answer')
      expect(await failure(waitForStore(() => Promise.reject(error)))).to.equal(error)
    })
  })
})

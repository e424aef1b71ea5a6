import { createHook } from 'node:async_hooks'
import { expect } from 'chai'
import { before, TimedOut } from '../../src/store/remote.ts'

/** Timers set while `work` runs. Count. */
async function timersOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hook = createHook({ init: (_, type) => void (count += type === 'Timeout' ? 1 : 0) }).enable()
  try {
    await work()
  } finally {
    hook.disable()
  }
  return count
}

const never = () => new Promise<never>(() => {})
const soon = (ms: number) => performance.now() + ms

/** How long until the deadline passed. Milliseconds. */
async function lateAfter(ms: number): Promise<number> {
  const began = performance.now()
  const error: unknown = await before(soon(ms), never()).catch((reason: unknown) => reason)
  expect(error).to.be.instanceOf(TimedOut)
  return performance.now() - began
}

describe('deadlines of store operations', () => {
  it('pass, none early', async () => {
    await Promise.all([60, 20, 90, 40, 20].map(async (ms) => expect(await lateAfter(ms)).to.be.at.least(ms)))
  })

  it('leave a shorter one in time behind a longer one', async () => {
    const long = before(soon(5000), never())
    long.catch(() => undefined)
    expect(await lateAfter(20)).to.be.below(2000)
  })

  it('give the answer or the error that comes in time', async () => {
    expect(await before(soon(1000), Promise.resolve('answer'))).to.equal('answer')
    const error = new Error('refused')
    expect(await before(soon(1000), Promise.reject(error)).catch((reason: unknown) => reason)).to.equal(error)
  })

  it('prefer an answer that arrived during a long computation', async () => {
    const answer = new Promise<string>((resolve) => void setTimeout(() => resolve('answer'), 40))
    const begun = before(soon(20), answer)
    const until = soon(80)
    while (performance.now() < until);
    expect(await begun).to.equal('answer')
  })

  it('share a timer', async () => {
    await before(soon(1000), Promise.resolve())
    const timers = await timersOf(() =>
      Promise.all(Array.from({ length: 100 }, () => before(soon(1500), Promise.resolve()))),
    )
    expect(timers).to.be.at.most(1)
  })
})

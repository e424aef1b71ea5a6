/** The store as requests use it keeps the contract, and offers what its driver offers. */
import { expect } from 'chai'
import { memoryStore } from '../../src/store/memory.ts'
import { inRequest } from '../../src/store/requestDeadline.ts'
import { requestStore } from '../../src/store/requestStore.ts'
import { driverContract } from './contract.ts'

driverContract('of a request', async (clock) => {
  const store = requestStore(memoryStore({ clock }))
  return { store, close: () => store.close() }
})

describe('The store of a request', () => {
  const inner = memoryStore({ clock: { now: () => 0 } })

  it('has an optional operation only where the driver has it', () => {
    const { profiles } = requestStore(inner)
    const without = requestStore(inner)
    expect(without.profiles).not.to.have.property('confirm')
    expect(without).not.to.have.any.keys('memoryUsed', 'diskUsed', 'isNearlyFull', 'preflight')
    const confirm = async (): Promise<void> => undefined
    const whole = requestStore({ ...inner, profiles: { ...profiles, confirm }, isNearlyFull: () => true })
    expect(whole.profiles).to.have.property('confirm')
    expect(whole.isNearlyFull?.()).to.equal(true)
  })

  it('uses the present operation of the driver, on the driver', async () => {
    class Own {
      readonly #answer = 7
      async read() {
        return { count: this.#answer, until: 0 }
      }
    }
    const counters = Object.assign(new Own(), {
      add: inner.counters.add,
      set: inner.counters.set,
      delete: inner.counters.delete,
      tidy: inner.counters.tidy,
    })
    const store = requestStore({ ...inner, counters })
    expect(await inRequest({}, () => store.counters.read('x'))).to.deep.equal({ count: 7, until: 0 })
  })
})

import { memoryStore } from '../../src/store/memory.ts'
import { storeContract } from './contract.ts'
import { start } from './contract/fixture.ts'

storeContract('memory', async () => {
  let now = start
  const store = memoryStore({ clock: { now: () => now } })
  return { store, clock: { set: (moved) => (now = moved) }, close: () => store.close() }
})

import { memoryStore } from '../../src/store/memory.ts'
import { driverContract } from './contract.ts'

driverContract('memory', async (clock) => {
  const store = memoryStore({ clock })
  return { store, close: () => store.close() }
})

/** The part of a service that commands about accounts do not use. */
import { memoryStore } from '../../src/store/memory.ts'

const notCalled = (): Promise<never> => Promise.reject(new Error('not called'))

export const recovery = {
  records: memoryStore().records,
  exportAudit: notCalled,
  restored: notCalled,
  noteRestored: notCalled,
}

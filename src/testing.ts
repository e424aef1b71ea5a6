/**
 * For the tests of a host: parts that need no service, and contracts that its own store and directory must keep. Knows no test runner.
 */
export { authenticator, type Authenticator } from './testing/authenticator.ts'
export { movableClock, type MovableClock } from './testing/clock.ts'
export { directoryContract, type OpenDirectory, type OpenedDirectory } from './testing/directoryContract.ts'
export { memoryDirectory, type MemoryPerson } from './testing/memoryDirectory.ts'
export type { Runner } from './testing/runner.ts'
export { storeContract } from './testing/storeContract.ts'
export type { OpenedStore, OpenStore } from './testing/storeContract/fixture.ts'
export { testMailbox, type TestMailbox } from './testing/mailbox.ts'
export { memoryStore } from './store/memory.ts'

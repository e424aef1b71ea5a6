/** The store in this process, for tests: the same contract as the databases, by linear search; lost when the process ends. */
import { MemoryArtefacts } from './memory/artefacts.ts'
import { MemoryCounters } from './memory/counters.ts'
import { MemoryJournal } from './memory/journal.ts'
import { OpenState } from './memory/openState.ts'
import { MemoryProfiles } from './memory/profiles.ts'
import { MemoryRecords } from './memory/records.ts'
import { systemClock } from '../clock.ts'
import type { Clock, Store } from './store.ts'

export function memoryStore({ clock = systemClock }: { clock?: Clock } = {}): Store {
  const state = new OpenState()
  const journals = { audit: new MemoryJournal(state), mailbox: new MemoryJournal(state) }
  return {
    records: new MemoryRecords(state),
    artefacts: new MemoryArtefacts(state, clock),
    profiles: new MemoryProfiles(state),
    counters: new MemoryCounters(state, clock),
    journal: (name) => journals[name],
    async ping() {
      state.check()
    },
    async close() {
      state.close()
    },
    description: 'memory, gone when this process ends',
  }
}

/** What every store must do: each sentence of store/store.ts is a test here. Uses `node:assert` only. */
import { artefactIndexes } from './storeContract/artefactIndexes.ts'
import { removedArtefacts } from './storeContract/removedArtefacts.ts'
import { artefacts } from './storeContract/artefacts.ts'
import { closing } from './storeContract/closing.ts'
import { counters } from './storeContract/counters.ts'
import type { OpenStore } from './storeContract/fixture.ts'
import { journals } from './storeContract/journals.ts'
import { profiles } from './storeContract/profiles.ts'
import { profileSearch } from './storeContract/profileSearch.ts'
import { profileTags } from './storeContract/profileTags.ts'
import { records } from './storeContract/records.ts'
import { worker } from './storeContract/worker.ts'
import type { Runner } from './runner.ts'

const people = [profiles, profileSearch, profileTags]
const parts = [records, worker, artefacts, artefactIndexes, removedArtefacts, ...people, journals, counters, closing]

/** @param open opens an empty store that goes by this clock, once for each test */
export function storeContract(runner: Runner, open: OpenStore): void {
  for (const part of parts) part(runner, open)
}

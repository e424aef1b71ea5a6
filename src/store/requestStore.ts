/** A store whose operations count against the deadline of the request that waits for them. */
import { waitForStore } from './requestDeadline.ts'
import type { Artefacts, Counters, Journal, Profiles, Records, Store } from './store.ts'

export function requestStore(store: Store): Store {
  const journals = new Map<string, Journal>()
  const { memoryUsed, diskUsed, isNearlyFull, preflight } = store
  return {
    records: limited<Records>(store.records, records),
    artefacts: limited<Artefacts>(store.artefacts, artefacts),
    profiles: limited<Profiles>(store.profiles, profiles),
    counters: limited<Counters>(store.counters, counters),
    journal(name) {
      const known = journals.get(name) ?? limited<Journal>(store.journal(name), journal)
      journals.set(name, known)
      return known
    },
    ...(memoryUsed && { memoryUsed: () => memoryUsed.call(store) }),
    ...(diskUsed && { diskUsed: () => diskUsed.call(store) }),
    ...(isNearlyFull && { isNearlyFull: () => isNearlyFull.call(store) }),
    ...(preflight && { preflight: () => preflight.call(store) }),
    ping: () => waitForStore(() => store.ping()),
    close: () => store.close(),
    description: store.description,
  }
}

type Names<Collection> = { readonly [Name in keyof Required<Collection>]: true }

const records: Names<Records> = { read: true, swap: true, due: true, backlog: true }
const artefacts: Names<Artefacts> = {
  put: true,
  add: true,
  replace: true,
  get: true,
  find: true,
  take: true,
  delete: true,
  ofAccount: true,
  countOfAccount: true,
  deleteOfGrant: true,
  tidy: true,
}
const profiles: Names<Profiles> = { read: true, findByEmail: true, swap: true, confirm: true, list: true, count: true }
const journal: Names<Journal> = { append: true, replace: true, list: true, remove: true }
const counters: Names<Counters> = { read: true, add: true, set: true, delete: true, tidy: true }

type Operation = (...given: unknown[]) => Promise<unknown>

/** An operation is read at each call: a host may replace it. An optional one that is absent stays absent. */
function limited<Collection extends object>(inner: Collection, names: Names<Collection>): Collection {
  const operations = inner as Readonly<Record<string, Operation>>
  const isPresent = (name: string): boolean => typeof operations[name] === 'function'
  return Object.fromEntries(
    Object.keys(names)
      .filter(isPresent)
      .map((name) => [
        name,
        (...given: unknown[]) => waitForStore(() => (operations[name] as Operation).apply(inner, given)),
      ]),
  ) as unknown as Collection
}

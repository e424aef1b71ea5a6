/** Whether people can lose a second factor by the mount: those whose factor is elsewhere, and those whose record is missing. */
import { readAccount } from '../core/storedAccount.ts'
import { type Finding, MountRefused } from '../errors.ts'
import type { Clock, Directory, Person } from '../ports.ts'
import { outsideRequest, waitForStore } from '../store/requestDeadline.ts'
import type { Artefacts, Records } from '../store/store.ts'

export interface ExistingFactorsOptions {
  readonly records: Pick<Records, 'read'>
  readonly artefacts: Pick<Artefacts, 'get' | 'put'>
  readonly directory: Pick<Directory, 'list' | 'foreignFactor'>
  /** What the host says of factors elsewhere; null: nothing. */
  readonly existingFactors: 'none' | null
  readonly clock: Clock
  /** How the doctor says that nothing is known of factors elsewhere. */
  readonly findings: () => readonly Finding[]
}

export interface ExistingFactors {
  /** @throws MountRefused while nothing is known of the factors of people without a record */
  require(): Promise<void>
  areUnsaid(): Promise<boolean>
  /** A factor was adopted. */
  noteAdopted(): Promise<void>
}

/** People that are looked at. */
export const SAMPLE = 500
/** Records read at a time. */
const AT_ONCE = 25
/** Between two looks while the mount is refused. Seconds. */
const RECHECK_SECONDS = 5

/** Left once a factor was seen, for a directory whose first people have none. It never expires. */
const SEEN = { kind: 'Mount', id: 'factors' } as const

export function createExistingFactors(options: ExistingFactorsOptions): ExistingFactors {
  const { artefacts, directory, existingFactors, clock } = options
  let isSound = existingFactors === 'none' || directory.foreignFactor !== undefined
  let refusal: { readonly error: MountRefused; readonly at: number } | null = null
  let looking: Promise<boolean> | null = null

  async function noteSeen(): Promise<void> {
    await artefacts.put(SEEN.kind, SEEN.id, '', {})
  }

  async function areUnsaid(): Promise<boolean> {
    if (isSound || (await artefacts.get(SEEN.kind, SEEN.id))) return false
    const people = await directory.list({ limit: SAMPLE })
    if (people.length === 0) return false
    if (![...(await recordsOf(people, options.records)).values()].includes('factor')) return true
    await noteSeen()
    isSound = true
    return false
  }

  return {
    async require() {
      if (isSound) return
      if (refusal && clock.now() < refusal.at + RECHECK_SECONDS) throw refusal.error
      // Many reads, for all requests: they do not end with the request that caused them.
      const reading = (looking ??= outsideRequest(() => areUnsaid().finally(() => (looking = null))))
      // Without people there is nothing to say yet, which is asked again.
      if (!(await waitForStore(() => reading))) return
      const error = new MountRefused(options.findings())
      refusal = { error, at: clock.now() }
      throw error
    },

    areUnsaid,

    async noteAdopted() {
      if (isSound) return
      await noteSeen()
      isSound = true
    },
  }
}

/** What a record says of its person's factor. A host that ends the sessions of a person makes one without a factor. */
type Recorded = 'factor' | 'none' | 'unreadable'

/** By id, of the people who have a record. */
export async function recordsOf(
  people: readonly Person[],
  records: Pick<Records, 'read'>,
): Promise<ReadonlyMap<string, Recorded>> {
  const found = new Map<string, Recorded>()
  for (let from = 0; from < people.length; from += AT_ONCE) {
    const some = people.slice(from, from + AT_ONCE)
    const stored = await Promise.all(some.map(({ id }) => records.read(id)))
    for (const [index, { id }] of some.entries()) {
      const text = stored[index]?.text
      if (text !== undefined) found.set(id, recorded(id, text))
    }
  }
  return found
}

function recorded(id: string, text: string): Recorded {
  const reading = readAccount(id, text)
  if (reading.is !== 'account') return 'unreadable'
  const { is } = reading.account.factor
  return is === 'active' || is === 'reset' ? 'factor' : 'none'
}

/** Whether people can lose a second factor by the mount: those whose factor is elsewhere, and those whose record is missing. */
import { MountRefused } from '../errors.ts'
import type { Clock, Directory } from '../ports.ts'
import type { Artefacts, Records } from '../store/store.ts'

export interface ExistingFactorsOptions {
  readonly records: Pick<Records, 'read'>
  readonly artefacts: Pick<Artefacts, 'get' | 'put'>
  readonly directory: Pick<Directory, 'list' | 'foreignFactor'>
  /** What the host says of factors elsewhere; null: nothing. */
  readonly existingFactors: 'none' | null
  readonly clock: Clock
}

export interface ExistingFactors {
  /** @throws MountRefused while nothing is known of the factors of people without a record */
  require(): Promise<void>
  areUnsaid(): Promise<boolean>
  /** A factor was adopted. */
  noteAdopted(): Promise<void>
}

/** People that are looked at. */
const SAMPLE = 500
/** Records read at a time. */
const AT_ONCE = 25
/** Between two looks while the mount is refused. Seconds. */
const RECHECK_SECONDS = 5

/** Left once a record was seen, for a directory whose first people have none. It never expires. */
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
    const records = await sampledRecords(options)
    if (records.length === 0) return false
    if (!records.includes(true)) return true
    await noteSeen()
    return false
  }

  return {
    async require() {
      if (isSound) return
      if (refusal && clock.now() < refusal.at + RECHECK_SECONDS) throw refusal.error
      looking ??= areUnsaid().finally(() => (looking = null))
      isSound = !(await looking)
      if (isSound) return
      const error = new MountRefused([
        { id: 'factors', severity: 'fatal', ...nothingSaid, docs: 'docs/doctor.md#factors' },
      ])
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

/** Whether each of the first people has a record. */
async function sampledRecords({ records, directory }: ExistingFactorsOptions): Promise<boolean[]> {
  const people = await directory.list({ limit: SAMPLE })
  const found: boolean[] = []
  for (let from = 0; from < people.length; from += AT_ONCE) {
    const some = people.slice(from, from + AT_ONCE)
    found.push(...(await Promise.all(some.map(async ({ id }) => (await records.read(id)) !== null))))
  }
  return found
}

export const nothingSaid = {
  found:
    'the directory has people, no account has a record, and nothing is said of the factors that they have elsewhere',
  mend: "Import them with adopt(), give the directory foreignFactor(), or set existingFactors: 'none' if there are none",
}

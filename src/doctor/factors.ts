/** Factors of before the mount: nobody is locked out, and nobody sets up a new one by the password alone for want of a record. */
import type { Person } from '../ports.ts'
import type { Check, Facts, Trouble } from './check.ts'

/** People whose records are read. Count. */
const SAMPLE = 500
/** Records read at a time. Count. */
const BATCH = 50
/** Share of the enrolled people above which a missing record is no single damage. */
const FEW = 0.01

export const factors: Check<Facts> = {
  severity: 'fatal',
  mend: "Import them with rekey.adopt(), implement directory.foreignFactor, or say existingFactors: 'none'",
  async run({ directory, store: { records }, audit, existingFactors }) {
    // Then a missing record is made from the host's factor.
    if ('foreignFactor' in directory) return []
    const people = (await directory.list({ limit: SAMPLE })).filter(({ status }) => status === 'active')
    const known = await recorded(people, records)
    const enrolled = people.filter(({ secondFactorSince }) => secondFactorSince !== null)
    const lost = enrolled.filter(({ id }) => !known.has(id))
    if (lost.length > 0) return [lockedOut(lost.length, enrolled.length)]
    const isUnsaid = existingFactors === null && people.length > 0 && known.size === 0
    // A service in use has written lines, also where none of these people has signed in yet.
    if (!isUnsaid || (await audit.list({ limit: 1 })).events.length > 0) return []
    return [{ found: 'there are people and no records, and nothing says whether they have authenticators elsewhere' }]
  },
}

const lockedOut = (lost: number, enrolled: number): Trouble => ({
  severity: lost / enrolled > FEW ? 'fatal' : 'warn',
  found: `${lost} of ${enrolled} people with secondFactorSince have no record, and cannot sign in`,
})

async function recorded(people: readonly Person[], records: Facts['store']['records']): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (let first = 0; first < people.length; first += BATCH) {
    const batch = people.slice(first, first + BATCH)
    const found = await Promise.all(batch.map(({ id }) => records.read(id)))
    for (const [index, { id }] of batch.entries()) if (found[index]) known.add(id)
  }
  return known
}

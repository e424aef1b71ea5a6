/** Factors of before the mount: nobody is locked out, and nobody sets up a new one by the password alone for want of a record. */
import type { Finding } from '../errors.ts'
import { recordsOf, SAMPLE } from '../service/existingFactors.ts'
import { type Check, type Facts, findingsOf, type Trouble } from './check.ts'

/** Share of the enrolled people above which missing records are no single damage. */
const FEW_SHARE = 0.01
/** The same for a service in use that has few people. Count. */
const FEW = 5

const nothingSaid = {
  found:
    'the directory has people, no account has a factor, and nothing is said of the factors that they have elsewhere',
  mend: "Import them with adopt(), give the directory foreignFactor(), or set existingFactors: 'none' if there are none",
}

/** Of the rule in service/existingFactors, which closes the pages. */
export const unsaidFactors = (): Finding[] =>
  findingsOf({ id: 'factors', severity: 'fatal', mend: nothingSaid.mend }, [nothingSaid])

export const factors: Check<Facts> = {
  severity: 'fatal',
  mend: nothingSaid.mend,
  async run({ directory, store: { records }, audit, areFactorsUnsaid }) {
    // Then a missing record is made from the host's factor.
    if (directory.foreignFactor !== undefined) return []
    const people = (await directory.list({ limit: SAMPLE })).filter(({ status }) => status === 'active')
    const known = await recordsOf(people, records)
    const enrolled = people.filter(({ secondFactorSince }) => secondFactorSince !== null)
    const lost = enrolled.filter(({ id }) => (known.get(id) ?? 'none') === 'none')
    if (lost.length === 0) return (await areFactorsUnsaid()) ? [{ found: nothingSaid.found }] : []
    const isInUse = (await audit.list({ limit: 1 })).events.length > 0
    return [lockedOut(lost.length, enrolled.length, isInUse)]
  },
}

const lockedOut = (lost: number, enrolled: number, isInUse: boolean): Trouble => ({
  // A damaged record locks out its person; it must not stop a service of ten people at its next start.
  severity: lost / enrolled <= FEW_SHARE || (isInUse && lost <= FEW) ? 'warn' : 'fatal',
  found: `${lost} of ${enrolled} people with secondFactorSince have no record of it, and cannot sign in`,
})

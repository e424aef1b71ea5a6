/** Runs the checks, and keeps the fatal findings that stand: while there is one, our pages answer 503. */
import type { Context } from 'koa'
import { type Finding, MountRefused } from '../errors.ts'
import { readRequest } from '../oidc/inspection.ts'
import { type Facts, type FindingId, findingsOf, messageOf, type RequestFacts, type Trouble } from './check.ts'
import { libraryChecks, mountChecks, requestChecks, type Row, startChecks, wrapChecks } from './checks.ts'

export interface Doctor {
  /**
   * What can be judged at once is judged before this returns.
   * @throws MountRefused, by rejecting
   */
  begin(facts: Facts): Promise<Finding[]>
  /** All checks again, those of requests as they last were. */
  examine(facts: Facts): Promise<Finding[]>
  /** Judges a request, until one was without a fatal finding. */
  observe(facts: () => Facts, ctx: Context): void
  /** A request for one of our addresses reached the provider, which has none of them. */
  noteMissed(path: string): void
  /** A request for one of our addresses reached us: whatever else the provider saw was its sender's doing. */
  noteReached(): void
  /** @throws MountRefused while a fatal finding stands */
  requireSound(): void
  /** Whether a fatal finding of this id stands. */
  stands(id: FindingId): boolean
  /** Our prompt is not part of the provider's policy, so that the provider itself must not answer. */
  isUnguarded(): boolean
  /** Resolves when no check is running. */
  idle(): Promise<void>
}

/** With these a sign-in would need no second factor. */
const unguarding: readonly string[] = ['two-copies', 'not-wrapped', 'policy']

const isFatal = ({ severity }: Finding): boolean => severity === 'fatal'
const isToSay = ({ severity }: Finding): boolean => severity !== 'info'

/** @param say receives one line for each finding that is not only information */
export function createDoctor(say: (line: string) => void): Doctor {
  let found: readonly Finding[] = []
  let requested: { readonly findings: readonly Finding[]; readonly isFinal: boolean } = { findings: [], isFinal: false }
  const { missed, ...notes } = createMissed((findings) => report(findings, []))
  let running: Promise<unknown> = Promise.resolve()

  const all = (): Finding[] => [...found, ...requested.findings, ...missed()]
  // Not what a request shows, which is its sender's to write.
  const standing = (): Finding[] => [...found, ...missed()].filter(isFatal)
  const report = (findings: readonly Finding[], before: readonly Finding[]): void =>
    linesSince(findings, before).forEach(say)

  async function rest(facts: Facts, first: readonly Finding[]): Promise<Finding[]> {
    const later = first.some(isFatal) ? [] : await judged(startChecks, facts)
    const before = found
    found = [...first, ...later]
    report(found, before)
    return all()
  }

  return {
    begin(facts) {
      const first = atOnce(facts)
      // A second mount of a provider changes nothing for the first.
      if (facts.isSecond) return Promise.reject(new MountRefused(first))
      report(first, found)
      found = first
      const judging = rest(facts, first).then((findings) => {
        const fatal = findings.filter(isFatal)
        if (fatal.length > 0) throw new MountRefused(fatal)
        return findings
      })
      running = judging.catch(() => undefined)
      return judging
    },
    async examine(facts) {
      const judging = rest(facts, atOnce(facts))
      running = judging.catch(() => undefined)
      return judging
    },
    observe(factsOf, ctx) {
      const facts = requested.isFinal ? null : factsOf()
      const request = facts && readRequest(facts.provider, ctx)
      if (!request) return
      const findings = atOnceOf<RequestFacts>(requestChecks, { ...facts, request })
      report(findings, requested.findings)
      // The headers of one request are its sender's: any later one without a fault ends the judgement.
      requested = { findings, isFinal: !findings.some(isFatal) }
    },
    ...notes,
    requireSound() {
      const fatal = standing()
      if (fatal.length > 0) throw new MountRefused(fatal)
    },
    stands: (id) => standing().some((finding) => finding.id === id),
    isUnguarded: () => standing().some(({ id }) => unguarding.includes(id)),
    idle: async () => void (await running),
  }
}

/** Each table is about what the one before has found sound. */
function atOnce(facts: Facts): Finding[] {
  const findings: Finding[] = []
  for (const table of [libraryChecks, wrapChecks, mountChecks]) {
    findings.push(...atOnceOf(table, facts))
    if (findings.some(isFatal)) break
  }
  return findings
}

/** The checks of these tables answer without a promise. */
function atOnceOf<Given>(rows: readonly Row<Given>[], given: Given): Finding[] {
  return rows.flatMap((row) => findingsOf(row, row.run(given) as readonly Trouble[]))
}

async function judged<Given>(rows: readonly Row<Given>[], given: Given): Promise<Finding[]> {
  const findings = await Promise.all(
    rows.map(async (row) => {
      try {
        return findingsOf(row, await row.run(given))
      } catch (error) {
        // An outage is no fault of the mount: what needs the store or the directory answers 503 by itself.
        const severity = isBug(error) ? row.severity : 'warn'
        return findingsOf(row, [{ severity, found: `this could not be checked: ${messageOf(error)}` }])
      }
    }),
  )
  return findings.flat()
}

/** Of what the host gave, or of ours: it would fail in the same way at the next call. */
const isBug = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof ReferenceError || error instanceof SyntaxError

/** Requests for our addresses that the provider got, until one of them reaches us. */
function createMissed(say: (findings: readonly Finding[]) => void) {
  let findings: readonly Finding[] = []
  let isReached = false
  return {
    missed: () => findings,
    noteMissed(path: string): void {
      if (isReached || findings.length > 0) return
      findings = missedAddress(path)
      say(findings)
    },
    noteReached(): void {
      isReached = true
      findings = []
    },
  }
}

/** Of the first address. */
const missedAddress = (path: string): Finding[] =>
  findingsOf(
    {
      id: 'outside',
      severity: 'fatal',
      mend: 'Put app.use(rekey.callback()) before provider.callback(); in Koa, app.use(rekey.routes())',
    },
    [{ found: `a request for our address ${path} reached the provider` }],
  )

/** Of findings that were not there before. */
function linesSince(findings: readonly Finding[], before: readonly Finding[]): string[] {
  const known = new Set(before.map(lineOf))
  return findings
    .filter(isToSay)
    .map(lineOf)
    .filter((line) => !known.has(line))
}

/** As one line of a terminal. */
const lineOf = ({ id, severity, found, mend }: Finding): string => `${severity} ${id}: ${found}. ${mend}`

/** One row of the table: what was acknowledged during a fault, and what is true afterwards. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { eventually, type FaultFixture, ANSWER_MS } from '../../support/faultFixture.ts'
import type { FaultPost } from '../../support/faultyMailServer.ts'
import type { Acting } from '../../support/managementCalls.ts'
import type { Person } from '../../support/people.ts'
import type { Visitor } from '../../support/client.ts'
import { type Calls, IN_TIME_MS, newCalls, once } from './calls.ts'
import type { Fault, Surroundings } from './faultList.ts'
import { attackAfterwards, type Case, prepareCase, runAfterwards, runReset } from './load.ts'
import { LEASE_OVER } from '../outage.ts'

/** Resets before the fault, during it, and after it has healed. Count. */
const RESETS = { before: 2, during: 6, after: 2 } as const
/** From one reset to the next. Milliseconds. */
const EVERY_MS = 400
/** From the end of a fault to the first of several answers in a row. Milliseconds. */
const HEALED_MS = 10_000
const IN_A_ROW = 10
/** After it each administrator has two unused codes. Seconds. */
const TWO_STEPS = 60

export interface World extends Surroundings {
  readonly admins: readonly { readonly person: Person; readonly visitor: Visitor }[]
}

export interface Row {
  readonly fault: string
  readonly topology: string
  readonly acknowledged: number
  readonly lost: number
  readonly accepted: number
  readonly enrolments: number
  readonly letters: number
  readonly slowest: number
  readonly slowestAt: string
  readonly healed: number
  readonly unavailable: number
  readonly unanswered: number
  /** Other laws that were broken. */
  readonly broken: readonly string[]
}

export async function runFault(world: World, fault: Fault): Promise<Omit<Row, 'fault' | 'topology'>> {
  const { underTest, post } = world
  const inject = fault.inject(world)
  if (!inject) throw new Error('this fault does not exist here')
  const cases = await Promise.all(
    Array.from({ length: RESETS.before + RESETS.during + RESETS.after }, (_, index) => prepareCase(underTest, index)),
  )
  if (!(await isQuiet(underTest, cases))) throw new Error('an outbox is not empty before the fault')
  await underTest.advance(TWO_STEPS)
  const actors = await signedInAdmins(world)
  const calls = newCalls()
  const frame = { underTest, post, calls }
  const broken: string[] = []
  const attempt = (work: Promise<void>) => work.catch((error: unknown) => void broken.push(String(error)))

  // The two codes of an administrator are used one after the other.
  const turns = new Map<Acting, Promise<void>>()
  const run = async (trial: Case, index: number): Promise<void> => {
    const actor = actors[index % actors.length]!
    const mine = (turns.get(actor) ?? Promise.resolve()).then(() =>
      attempt(runReset(frame, actor, trial, () => undefined)),
    )
    turns.set(actor, mine)
    await mine
    if (trial.acknowledged !== null) await attempt(runAfterwards(frame, trial))
  }
  const started: Promise<void>[] = []
  const begin = (count: number) => {
    for (let n = 0; n < count; n++) started.push(run(cases[started.length]!, started.length))
  }

  begin(RESETS.before)
  const steadily = (async () => {
    for (let n = 0; n < RESETS.during; n++) {
      await pause(EVERY_MS)
      begin(1)
    }
  })()
  await pause(EVERY_MS)
  await inject()
  const healed = await healing(underTest, calls)
  await steadily
  begin(RESETS.after)
  await Promise.all(started)
  await underTest.advance(LEASE_OVER)
  if (!(await isQuiet(underTest, cases))) broken.push('an outbox is not empty')
  for (const trial of cases) if (trial.acknowledged !== null) await attempt(attackAfterwards(frame, trial))
  const counted = await countAll(underTest, post, cases, broken)
  for (const trial of cases) if (trial.refused !== null && !fault.refuses) broken.push(`refused: ${trial.refused}`)
  for (const failure of calls.failures) broken.push(`500: ${failure}`)
  const { slowest, slowestAt, unavailable, unanswered } = calls
  return {
    ...counted,
    accepted: cases.reduce((sum, { accepted }) => sum + accepted, 0),
    slowest: Math.round(slowest),
    slowestAt,
    healed: Math.round(healed),
    unavailable,
    unanswered,
    broken,
  }
}

const signedInAdmins = ({ underTest, admins }: World): Promise<Acting[]> =>
  Promise.all(
    admins.map(async ({ person, visitor }) =>
      underTest.actingWith(
        person,
        await underTest.tokens(await underTest.enter(person, underTest.askManagement(), visitor)),
      ),
    ),
  )

/** Until first pages of sign-ins, each of which writes to the store, are answered one after the other. Milliseconds. */
async function healing(underTest: FaultFixture, calls: Calls): Promise<number> {
  const began = performance.now()
  let first = began
  for (let inARow = 0; inARow < IN_A_ROW;) {
    const since = performance.now()
    const page = await once(calls, () => underTest.visitor().get(underTest.ask().path))
    if (page && inARow++ === 0) first = since
    if (!page) inARow = 0
    if (performance.now() - began > 3 * HEALED_MS) return Infinity
  }
  return first - began
}

/** Until every outbox is empty; the worker continues what was interrupted when its lease has ended. */
async function isQuiet(underTest: FaultFixture, cases: readonly Case[]): Promise<boolean> {
  for (let times = 0; times < 7; times++) {
    if (times > 0) await underTest.advance(LEASE_OVER)
    const quiet = cases.map(({ target }) =>
      underTest.idle(target).then(
        () => true,
        () => false,
      ),
    )
    if ((await Promise.all(quiet)).every(Boolean)) return true
  }
  return false
}

async function countAll(underTest: FaultFixture, post: FaultPost, cases: readonly Case[], broken: string[]) {
  const totals = { acknowledged: 0, lost: 0, enrolments: 0, letters: Infinity }
  const reader = await eventually(() => underTest.admin())
  for (const trial of cases) {
    const { target, acknowledged } = trial
    const { body } = await reader.call('GET', `/users/${target.id}/two-factor/resets`)
    const counted = await underTest.count(target)
    const items = body.items as { id: string; mail: { status: string } }[]
    const resets = items.map(({ id }) => id)
    // The person was faster than the email, whose link is of no more use.
    const isWithdrawn = items.some(({ mail }) => mail.status === 'withdrawn')
    const letters = post.letters.filter(({ to, accepted }) => to === target.email && accepted)
    const expected = acknowledged === null ? resets.length : 1
    const note = (what: string) => broken.push(`${target.id}: ${what}`)
    if (counted.audit('two_factor.reset.started') !== expected) note('lines of the audit')
    if (resets.length > 1) note(`${resets.length} resets`)
    if (new Set(letters.map(({ link, messageId }) => `${link} ${messageId}`)).size > 1) note('different emails')
    const enrolled = counted.audit('two_factor.enrolled')
    if (enrolled !== trial.setUps)
      note(`${enrolled} enrolments in the audit, ${trial.setUps} confirmed ${trial.otherwise.join()}`)
    if (acknowledged === null) continue
    totals.acknowledged++
    if (!resets.includes(acknowledged)) totals.lost++
    totals.enrolments = Math.max(totals.enrolments, enrolled, trial.setUps)
    if (!isWithdrawn) totals.letters = Math.min(totals.letters, letters.length)
  }
  return totals
}

/** What is promised. */
export function judge(row: Row, fault: Fault): void {
  expect(row.broken, 'broken').to.deep.equal([])
  expect(row.acknowledged, 'acknowledged').to.be.at.least(RESETS.before + RESETS.after)
  expect(row.lost, 'lost').to.equal(0)
  expect(row.accepted, 'old factor accepted after the acknowledgement').to.equal(0)
  expect(row.enrolments, 'enrolments for each reset').to.be.at.most(1)
  expect(row.letters, 'emails for each reset').to.be.at.least(1)
  expect(row.slowest, 'longest answer, milliseconds').to.be.at.most(fault.silences ? ANSWER_MS : IN_TIME_MS)
  expect(row.healed, 'time to heal, milliseconds').to.be.at.most(HEALED_MS)
  if (!fault.silences) expect(row.unanswered, 'requests without an answer').to.equal(0)
}

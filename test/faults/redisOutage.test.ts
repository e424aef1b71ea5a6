/** Redis is frozen or killed during journeys: each step is answered 503 in time, and succeeds when sent again. */
import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import type { Person } from '../support/people.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import {
  requestsSilently,
  usesTokens,
  type Journey,
  type Ledger,
  newLedger,
  opensLink,
  resets,
  signsIn,
} from './flows.ts'
import { type Fault, EXCUSED, LEASE_OVER, openOutage, type Outage } from './outage.ts'

/** Steps of the longest journey that does not begin again. Count. */
const LONGEST = 10

interface RunResult {
  readonly person: Person
  readonly journey: Journey<unknown>
  readonly ledger: Ledger
}
type Runs = Readonly<Record<'newcomer' | 'regular' | 'linked' | 'forced' | 'present' | 'shopper', RunResult>>

/** One journey of each kind. */
async function gather({ underTest }: Outage): Promise<Runs> {
  const [admin, other] = await Promise.all([underTest.admin(), underTest.admin()])
  const run = async (direct: (person: Person, ledger: Ledger) => Promise<Journey<unknown>>): Promise<RunResult> => {
    const [person, ledger] = [await underTest.person(), newLedger()]
    return { person, ledger, journey: await direct(person, ledger) }
  }
  const bystander = await underTest.person()
  async function* fromResetToDone(person: Person, ledger: Ledger): Journey {
    yield* resets(underTest, admin, person, bystander)
    // The worker continues interrupted entries when their lease has ended.
    await underTest.advance(LEASE_OVER)
    await underTest.idle(person)
    const links = await underTest.links(person)
    expect(links).to.have.length(1)
    yield* opensLink(underTest, person, links[0]!, ledger)
  }
  return {
    // Sees backup codes after the code.
    newcomer: await run(async (person, ledger) => signsIn(underTest, person, ledger)),
    regular: await run(async (person, ledger) => {
      await underTest.enter(person)
      return signsIn(underTest, person, ledger)
    }),
    linked: await run(async (person, ledger) => fromResetToDone(person, ledger)),
    forced: await run(async (person, ledger) => {
      await underTest.reset(person, other)
      return signsIn(underTest, person, ledger)
    }),
    present: await run(async (person) => {
      const request = underTest.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
      return usesTokens(underTest, await underTest.tokens(await underTest.enter(person, request)))
    }),
    shopper: await run(async (person, ledger) => {
      const { visitor } = await underTest.enter(person)
      return signsIn(underTest, person, ledger, { client: 'shop', visitor })
    }),
  }
}

/** Every act was done once. */
async function expectDoneOnce({ underTest }: Outage, { newcomer, regular, linked, forced }: Runs): Promise<void> {
  await underTest.advance(LEASE_OVER)
  for (const { person, ledger } of [newcomer, regular, linked, forced]) {
    const counted = await underTest.count(person)
    expect([person.id, counted.state]).to.deep.equal([person.id, 'active'])
    const isReset = person === linked.person || person === forced.person
    for (const type of ['started', 'completed'])
      expect(counted.audit(`two_factor.reset.${type}`), type).to.equal(isReset ? 1 : 0)
    expect(counted.audit('two_factor.reset.opened'), 'opened').to.equal(person === linked.person ? 1 : 0)
    expect(counted.audit('two_factor.enrolled'), 'enrolled').to.equal(isReset ? 1 : 0)
    const used = person === regular.person ? ledger.accepted : 0
    expect(counted.audit('two_factor.backup_code_used'), 'backup codes used').to.equal(used)
    expect(counted.codes, 'backup codes left').to.equal(10 - used)
    const via: unknown = counted.user.two_factor.reset?.completed_via ?? null
    expect(via).to.equal({ [linked.person.id]: 'link', [forced.person.id]: 'sign-in' }[person.id] ?? null)
  }
}

describe('A Redis that fails during journeys', function () {
  this.timeout(60_000 * (1 + ROUNDS))
  const outages: Promise<Outage>[] = []
  /** Concurrent, since most of the time is spent on waiting for timeouts. */
  const running = { always: Promise.resolve(), sometimes: Promise.resolve(), withinRequests: Promise.resolve() }

  before(() => {
    for (let count = 0; count < 2; count++) outages.push(openOutage())
    const [steady, struck] = outages as [Promise<Outage>, Promise<Outage>]
    running.always = steady.then((outage) => run(outage, () => ({ how: 'frozen', at: null })))
    running.withinRequests = struck.then(withinRequests)
    running.sometimes = rounds(struck)
    // Each test awaits its own run.
    for (const item of Object.values(running)) item.catch(() => undefined)
  })
  after(async () => {
    await Promise.allSettled(Object.values(running))
    for (const outage of await Promise.all(outages)) {
      await outage.close()
      const { refused, slowest, healed } = outage.observed
      console.log(
        `      refused ${refused.length}, slowest ${Math.round(slowest)} ms, ready ${Math.round(healed)} ms after`,
      )
      expect(outage.underTest.faults(EXCUSED), 'what the log holds').to.deep.equal([])
    }
  })

  async function run(outage: Outage, fault: (turn: number, steps: number) => Fault | null): Promise<void> {
    const runs = await gather(outage)
    await outage.run(
      Object.values(runs).map(({ journey }) => journey),
      fault,
    )
    await expectDoneOnce(outage, runs)
    if (fault(0, 1)?.at === null)
      for (const { ledger } of Object.values(runs)) expect(ledger.startedAgain, 'begun again').to.equal(0)
  }

  async function rounds(struck: Promise<Outage>): Promise<void> {
    await running.withinRequests
    for (let round = 0; round < ROUNDS; round++) await run(await struck, atRandom)
  }

  /** At a random command of the steps of a turn. */
  const atRandom = (turn: number, steps: number): Fault | null => {
    if (turn >= LONGEST) return null
    const which = 1 + randomInt(4 * steps)
    return {
      how: randomInt(2) === 0 ? 'frozen' : 'killed',
      at: { which, moment: randomInt(2) === 0 ? 'before' : 'after' },
    }
  }

  /** With a session, so that only the store can fail. */
  async function withinRequests(outage: Outage): Promise<void> {
    const { underTest } = outage
    const { visitor } = await underTest.enter(await underTest.person())
    await outage.run([requestsSilently(underTest, visitor)], () => null)
    const commands = [
      /GET \S+:record:/,
      /GET \S+profiles/,
      /HMGET \S+Grant/,
      /EVAL \S+AuthorizationCode/,
      /EVAL \S+Session/,
    ]
    for (const [index, which] of commands.entries()) {
      const before = outage.observed.refused.length
      const moment = index % 2 === 0 ? 'before' : 'after'
      await outage.run([requestsSilently(underTest, visitor)], () => ({ how: 'frozen', at: { which, moment } }))
      expect(outage.observed.refused.length - before, String(which)).to.equal(1)
    }
  }

  it('frozen at each step, answers 503 within two seconds; the same steps succeed after the outage', () =>
    running.always)

  it('frozen within a request, at any read or write, is reported as an outage', () => running.withinRequests)

  it('frozen or killed at any command, done or not: every act is done once, and no code is accepted twice', () =>
    running.sometimes)
})

/** A Redis that is frozen or killed under running journeys: an honest 503 in time, then the same step once more, and on it goes. */
import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import type { Person } from '../support/people.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import { isKnown, isTrusted, type Journey, type Ledger, newLedger, opensLink, resets, signsIn } from './flows.ts'
import { type Blow, EXCUSED, openOutage, type Outage } from './outage.ts'

/** Longer than what is owed is left to the process that swapped it. Seconds. */
const LEASE_OVER = 21
/** As many steps as the longest journey has that nothing forces to begin again. */
const LONGEST = 10

interface RunResult {
  readonly person: Person
  readonly journey: Journey<unknown>
  readonly ledger: Ledger
}
type Cast = Readonly<Record<'newcomer' | 'regular' | 'linked' | 'forced' | 'present' | 'shopper', RunResult>>

/** Everybody with a reason to come to the provider. */
async function gather({ underTest }: Outage): Promise<Cast> {
  const [admin, other] = await Promise.all([underTest.admin(), underTest.admin()])
  const run = async (direct: (person: Person, ledger: Ledger) => Promise<Journey<unknown>>): Promise<RunResult> => {
    const [person, ledger] = [await underTest.person(), newLedger()]
    return { person, ledger, journey: await direct(person, ledger) }
  }
  const bystander = await underTest.person()
  async function* fromResetToDone(person: Person, ledger: Ledger): Journey {
    yield* resets(underTest, admin, person, bystander)
    // What an outage interrupted is taken up by the worker, once it is no longer left to whoever began it.
    await underTest.advance(LEASE_OVER)
    await underTest.idle(person)
    const links = await underTest.links(person)
    expect(links).to.have.length(1)
    yield* opensLink(underTest, person, links[0]!, ledger)
  }
  return {
    // Was shown no backup codes yet: they come after the code.
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
      return isTrusted(underTest, await underTest.tokens(await underTest.enter(person, request)))
    }),
    shopper: await run(async (person, ledger) => {
      const { visitor } = await underTest.enter(person)
      return signsIn(underTest, person, ledger, { client: 'shop', visitor })
    }),
  }
}

/** Whatever was sent twice was done once. */
async function isDoneOnce({ underTest }: Outage, { newcomer, regular, linked, forced }: Cast): Promise<void> {
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

describe('A Redis that goes away during journeys', function () {
  this.timeout(60_000 * (1 + ROUNDS))
  const outages: Promise<Outage>[] = []
  /** Side by side: what takes long is waiting for answers that do not come. */
  const playing = { always: Promise.resolve(), sometimes: Promise.resolve(), amid: Promise.resolve() }

  before(() => {
    for (let count = 0; count < 2; count++) outages.push(openOutage())
    const [steady, struck] = outages as [Promise<Outage>, Promise<Outage>]
    playing.always = steady.then((outage) => run(outage, () => ({ how: 'frozen', at: null })))
    playing.amid = struck.then(amid)
    playing.sometimes = rounds(struck)
    // They are heard when their turn comes.
    for (const item of Object.values(playing)) item.catch(() => undefined)
  })
  after(async () => {
    await Promise.allSettled(Object.values(playing))
    for (const outage of await Promise.all(outages)) {
      await outage.close()
      const { refused, slowest, healed } = outage.notified
      console.log(
        `      refused ${refused.length}, slowest ${Math.round(slowest)} ms, ready ${Math.round(healed)} ms after`,
      )
      expect(outage.underTest.faults(EXCUSED), 'what the log holds').to.deep.equal([])
    }
  })

  async function run(outage: Outage, blow: (beat: number, steps: number) => Blow | null): Promise<void> {
    const cast = await gather(outage)
    await outage.run(
      Object.values(cast).map(({ journey }) => journey),
      blow,
    )
    await isDoneOnce(outage, cast)
    if (blow(0, 1)?.at === null)
      for (const { ledger } of Object.values(cast)) expect(ledger.startedAgain, 'begun again').to.equal(0)
  }

  async function rounds(struck: Promise<Outage>): Promise<void> {
    await playing.amid
    for (let round = 0; round < ROUNDS; round++) await run(await struck, anywhere)
  }

  /** At any command of the steps of a beat, a few to each. */
  const anywhere = (beat: number, steps: number): Blow | null => {
    if (beat >= LONGEST) return null
    const which = 1 + randomInt(4 * steps)
    return {
      how: randomInt(2) === 0 ? 'frozen' : 'killed',
      at: { which, moment: randomInt(2) === 0 ? 'before' : 'after' },
    }
  }

  /** Somebody is known already, so that nothing of a request but the store can fail. */
  async function amid(outage: Outage): Promise<void> {
    const { underTest } = outage
    const { visitor } = await underTest.enter(await underTest.person())
    await outage.run([isKnown(underTest, visitor)], () => null)
    const apps = [
      /HMGET \S+:record:/,
      /HMGET \S+profiles/,
      /HMGET \S+Grant/,
      /EVAL \S+AuthorizationCode/,
      /EVAL \S+Session/,
    ]
    for (const [index, which] of apps.entries()) {
      const before = outage.notified.refused.length
      const moment = index % 2 === 0 ? 'before' : 'after'
      await outage.run([isKnown(underTest, visitor)], () => ({ how: 'frozen', at: { which, moment } }))
      expect(outage.notified.refused.length - before, String(which)).to.equal(1)
    }
  }

  it('frozen at each step answers 503 within two seconds, and thawed goes on from there as if nothing had been', () =>
    playing.always)

  it('frozen amid a request, whatever that was reading or writing, is told as an outage and not as our failure', () =>
    playing.amid)

  it('frozen or killed at any command, which may or may not be done yet, sees every act done once and no code taken twice', () =>
    playing.sometimes)
})

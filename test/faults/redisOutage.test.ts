/** A Redis that is frozen or killed under running journeys: an honest 503 in time, then the same step once more, and on it goes. */
import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import type { Person } from '../support/attackPeople.ts'
import { ROUNDS } from '../support/faultGround.ts'
import { isKnown, isTrusted, type Journey, type Ledger, newLedger, opensLink, resets, signsIn } from './journeys.ts'
import { type Blow, EXCUSED, openOutage, type Outage } from './outage.ts'

/** Longer than what is owed is left to the process that swapped it. Seconds. */
const LEASE_OVER = 21
/** As many steps as the longest journey has that nothing forces to begin again. */
const LONGEST = 10

interface Played {
  readonly person: Person
  readonly journey: Journey<unknown>
  readonly ledger: Ledger
}
type Cast = Readonly<Record<'newcomer' | 'regular' | 'linked' | 'forced' | 'present' | 'shopper', Played>>

/** Everybody with a reason to come to the provider. */
async function gather({ ground }: Outage): Promise<Cast> {
  const [admin, other] = await Promise.all([ground.admin(), ground.admin()])
  const play = async (direct: (person: Person, ledger: Ledger) => Promise<Journey<unknown>>): Promise<Played> => {
    const [person, ledger] = [await ground.person(), newLedger()]
    return { person, ledger, journey: await direct(person, ledger) }
  }
  const bystander = await ground.person()
  async function* fromResetToDone(person: Person, ledger: Ledger): Journey {
    yield* resets(ground, admin, person, bystander)
    // What an outage interrupted is taken up by the worker, once it is no longer left to whoever began it.
    await ground.advance(LEASE_OVER)
    await ground.settled(person)
    const links = await ground.links(person)
    expect(links).to.have.length(1)
    yield* opensLink(ground, person, links[0]!, ledger)
  }
  return {
    // Was shown no backup codes yet: they come after the code.
    newcomer: await play(async (person, ledger) => signsIn(ground, person, ledger)),
    regular: await play(async (person, ledger) => {
      await ground.enter(person)
      return signsIn(ground, person, ledger)
    }),
    linked: await play(async (person, ledger) => fromResetToDone(person, ledger)),
    forced: await play(async (person, ledger) => {
      await ground.reset(person, other)
      return signsIn(ground, person, ledger)
    }),
    present: await play(async (person) => {
      const asked = ground.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
      return isTrusted(ground, await ground.tokens(await ground.enter(person, asked)))
    }),
    shopper: await play(async (person, ledger) => {
      const { visitor } = await ground.enter(person)
      return signsIn(ground, person, ledger, 'shop', visitor)
    }),
  }
}

/** Whatever was sent twice was done once. */
async function isDoneOnce({ ground }: Outage, { newcomer, regular, linked, forced }: Cast): Promise<void> {
  await ground.advance(LEASE_OVER)
  for (const { person, ledger } of [newcomer, regular, linked, forced]) {
    const counted = await ground.count(person)
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
    playing.always = steady.then((outage) => play(outage, () => ({ how: 'frozen', at: null })))
    playing.amid = struck.then(amid)
    playing.sometimes = rounds(struck)
    // They are heard when their turn comes.
    for (const one of Object.values(playing)) one.catch(() => undefined)
  })
  after(async () => {
    await Promise.allSettled(Object.values(playing))
    for (const outage of await Promise.all(outages)) {
      await outage.close()
      const { refused, slowest, healed } = outage.told
      console.log(
        `      refused ${refused.length}, slowest ${Math.round(slowest)} ms, ready ${Math.round(healed)} ms after`,
      )
      expect(outage.ground.faults(EXCUSED), 'what the log holds').to.deep.equal([])
    }
  })

  async function play(outage: Outage, blow: (beat: number, steps: number) => Blow | null): Promise<void> {
    const cast = await gather(outage)
    await outage.play(
      Object.values(cast).map(({ journey }) => journey),
      blow,
    )
    await isDoneOnce(outage, cast)
    if (blow(0, 1)?.at === null)
      for (const { ledger } of Object.values(cast)) expect(ledger.startedAgain, 'begun again').to.equal(0)
  }

  async function rounds(struck: Promise<Outage>): Promise<void> {
    await playing.amid
    for (let round = 0; round < ROUNDS; round++) await play(await struck, anywhere)
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
    const { ground } = outage
    const { visitor } = await ground.enter(await ground.person())
    await outage.play([isKnown(ground, visitor)], () => null)
    const places = [
      /HMGET \S+:record:/,
      /HMGET \S+profiles/,
      /HMGET \S+Grant/,
      /EVAL \S+AuthorizationCode/,
      /EVAL \S+Session/,
    ]
    for (const [index, which] of places.entries()) {
      const before = outage.told.refused.length
      const moment = index % 2 === 0 ? 'before' : 'after'
      await outage.play([isKnown(ground, visitor)], () => ({ how: 'frozen', at: { which, moment } }))
      expect(outage.told.refused.length - before, String(which)).to.equal(1)
    }
  }

  it('frozen at each step answers 503 within two seconds, and thawed goes on from there as if nothing had been', () =>
    playing.always)

  it('frozen amid a request, whatever that was reading or writing, is told as an outage and not as our failure', () =>
    playing.amid)

  it('frozen or killed at any command, which may or may not be done yet, sees every act done once and no code taken twice', () =>
    playing.sometimes)
})

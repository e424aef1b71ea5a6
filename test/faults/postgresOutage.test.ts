/** PostgreSQL is killed during a reset: each step is answered 503 in time, and succeeds when it is sent again after the restart. */
import { expect } from 'chai'
import { startProxy, type Proxy } from '../store/databaseProxy.ts'
import { eventually, type FaultFixture, openFaultFixture } from '../support/faultFixture.ts'
import { type PostgresServer, startPostgres } from '../support/postgresServer.ts'
import type { Person } from '../support/people.ts'
import { type Journey, newLedger, opensLink, resets, signsIn, type Step } from './flows.ts'
import { EXCUSED, LEASE_OVER } from './outage.ts'

/** The longest time of an answer during an outage. Milliseconds. */
const IN_TIME = 2500
/** The longest time until the server is ready again. Milliseconds. */
const SOON = 10_000
/** Only the swap of an account record has these words. */
const SWAP = 'SET version = version + 1'

describe('A PostgreSQL that is killed during a reset', function () {
  this.timeout(180_000)
  let postgres: PostgresServer
  let proxy: Proxy
  let underTest: FaultFixture
  const refused: string[] = []

  before(async () => {
    postgres = await startPostgres()
    proxy = await startProxy(postgres.port)
    const url = postgres.url.replace(/:\d+\//, `:${proxy.port}/`)
    underTest = await openFaultFixture({ store: 'sqlite', environment: { DATABASE_URL: url } })
  })
  after(async () => {
    const faults = underTest.faults(EXCUSED)
    await underTest.close()
    await proxy.close()
    await postgres.stop()
    expect(faults, 'what the log holds').to.deep.equal([])
  })

  async function restart(): Promise<void> {
    const { port, directory } = postgres
    postgres = await startPostgres({ port, directory })
    await eventually(async () => expect(await underTest.health()).to.equal(200), SOON)
    await eventually(() => underTest.host.store.ping(), SOON)
  }

  /** Before the step, or when it has swapped an account record and waits for the answer. */
  async function sendUnderFault({ name, send }: Step, moment: 'before' | 'in the swap') {
    if (moment === 'before') await postgres.kill()
    else proxy.hold('answers', SWAP)
    const began = performance.now()
    const answer = await send()
    const ms = performance.now() - began
    if (moment !== 'before') await postgres.kill()
    proxy.cut()
    await restart()
    if (answer.status !== 503) return answer
    refused.push(`${name} ${moment}`)
    expect(answer.headers.get('retry-after'), `Retry-After of ${name}`).to.match(/^\d+$/)
    expect(ms, `milliseconds until ${name} was answered`).to.be.below(IN_TIME)
    const again = await send()
    expect(again.status, `${name}, once more`).to.be.below(500)
    return again
  }

  async function run(journey: Journey<unknown>, first: number): Promise<void> {
    let now = await journey.next()
    for (let beat = first; !now.done; beat++)
      now = await journey.next(await sendUnderFault(now.value, beat % 2 === 0 ? 'before' : 'in the swap'))
  }

  async function expectDoneOnce(person: Person, via: 'link' | 'sign-in'): Promise<void> {
    await underTest.advance(LEASE_OVER)
    const counted = await underTest.count(person)
    expect(counted.state).to.equal('active')
    expect(counted.user.two_factor.reset?.completed_via).to.equal(via)
    for (const type of ['two_factor.reset.started', 'two_factor.reset.completed', 'two_factor.enrolled'])
      expect(counted.audit(type), type).to.equal(1)
    expect(counted.codes).to.equal(10)
  }

  it('at each step of the administrator and of the mailed link, does each act once', async () => {
    const [admin, person, bystander] = [await underTest.admin(), await underTest.person(), await underTest.person()]
    await run(resets(underTest, admin, person, bystander), 0)
    // The worker continues interrupted entries when their lease has ended.
    await underTest.advance(LEASE_OVER)
    await underTest.idle(person)
    const links = await underTest.links(person)
    expect(links).to.have.length(1)
    await run(opensLink(underTest, person, links[0]!, newLedger()), 0)
    await expectDoneOnce(person, 'link')
    expect(refused.join()).to.include('before').and.include('in the swap')
  })

  it('at each step of the sign-in that is forced to set up again, does each act once', async () => {
    const [admin, person] = [await underTest.admin(), await underTest.person()]
    await underTest.reset(person, admin)
    await run(signsIn(underTest, person, newLedger()), 1)
    await expectDoneOnce(person, 'sign-in')
  })
})

/**
 * Redis fails while a password is changed: between the record and the directory, or after either. After a 503 the same form completes
 * the change once, and the old password is refused.
 */
import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import type { Journey } from './flows.ts'
import { type Fault, EXCUSED, LEASE_OVER, openOutage, type Outage } from './outage.ts'

const NEW = 'a horse that reads at night'
/** After it each person has an unused code. Seconds. */
const A_STEP = 30
/** Faults in a round, each at a random command. Count. */
const FAULTS = 4
/** Commands of one change, approximately. Count. */
const COMMANDS = 16

describe('A password that is changed while Redis fails', function () {
  this.timeout(60_000 * (1 + ROUNDS))
  let outage: Outage
  before(async () => {
    outage = await openOutage()
  })
  after(async () => {
    await outage.close()
    expect(outage.underTest.faults(EXCUSED), 'what the log holds').to.deep.equal([])
  })

  async function atTheLink(person: Person): Promise<Page> {
    const { underTest } = outage
    const page = await underTest.visitor().get(await underTest.forget(person))
    return page.visitor.submit(page, {})
  }
  async function inASignIn(person: Person): Promise<Page> {
    const { underTest } = outage
    const { visitor } = await underTest.enter(person)
    const request = await underTest.begin(underTest.ask('app', { prompt: 'change_password' }), visitor)
    return visitor.submit(request, { code: await person.code() })
  }

  async function* chooses(page: Page, person: Person): Journey {
    const fields = { current_password: person.password, password: NEW }
    const sent = yield { name: `POST ${page.h1}`, send: () => page.visitor.send(page, fields) }
    expect([sent.status, 'h1' in sent && sent.h1]).to.deep.equal([303, null])
    const done = await page.visitor.get(sent.headers.get('location') ?? '')
    expect(done.h1).to.equal('You are all set')
  }

  async function expectComplete(person: Person): Promise<void> {
    const { underTest } = outage
    expect((await underTest.challenge(person)).h1).to.equal('Sign in')
    const entered = await underTest.enterPassword(await underTest.begin(), { email: person.email, password: NEW })
    expect(entered.h1).to.equal('Enter your code')
    const { audit, letters } = await underTest.count(person)
    expect([audit('account.password_changed'), letters(/^The password of your /)]).to.deep.equal([1, 1])
  }

  it('is the new one when the answer says so, by a mailed link and in a sign-in', async () => {
    const { underTest } = outage
    for (let fault = 0; fault < FAULTS * ROUNDS; fault++) {
      await underTest.advance(A_STEP)
      const person = await underTest.person()
      const page = await (fault % 2 === 0 ? atTheLink : inASignIn)(person)
      // The first fault is between the record and the directory.
      const at: Fault['at'] =
        fault === 0
          ? { which: 7, moment: 'before' }
          : { which: 1 + randomInt(COMMANDS), moment: randomInt(2) === 0 ? 'before' : 'after' }
      await outage.run([chooses(page, person)], () => ({ how: fault % 4 < 2 ? 'frozen' : 'killed', at }))
      await underTest.advance(LEASE_OVER)
      await underTest.idle(person)
      await expectComplete(person)
    }
    console.log(`      ${outage.observed.refused.length} of ${FAULTS * ROUNDS} answered 503 first`)
  })
})

/**
 * Redis fails while accounts are disabled or emails changed: between the record and the directory, or after either. After a 503 the
 * same request with the same key and code completes the change, with one code.
 */
import { expect } from 'chai'
import { randomInt, randomUUID } from 'node:crypto'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import type { Visitor } from '../support/client.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import type { Journey } from './flows.ts'
import { EXCUSED, LEASE_OVER, openOutage, type Outage } from './outage.ts'

/** After it each person has an unused code. Seconds. */
const TWO_STEPS = 60
/** Faults in a round, each at a random command. Count. */
const FAULTS = 2
/** Commands of one change, approximately. Count. */
const COMMANDS = 24

interface Changed {
  readonly target: Person
  readonly change: { readonly status: 'disabled' } | { readonly email: string }
  readonly visitor: Visitor
  readonly token: string
}

describe('An account that is changed while Redis fails', function () {
  this.timeout(60_000 * (1 + ROUNDS))
  let outage: Outage
  before(async () => {
    outage = await openOutage()
  })
  after(async () => {
    await outage.close()
    expect(outage.underTest.faults(EXCUSED), 'what the log holds').to.deep.equal([])
  })

  async function prepare(kind: 'status' | 'email'): Promise<Changed> {
    const { underTest } = outage
    const target = await underTest.person()
    const entered = await underTest.enter(target)
    const { access_token: token } = await underTest.tokens(entered)
    const change = kind === 'status' ? { status: 'disabled' as const } : { email: `new.${target.email}` }
    return { target, change, visitor: entered.visitor, token }
  }

  async function* changes(admin: Acting, { target, change }: Changed): Journey {
    const key = { 'idempotency-key': randomUUID() }
    const body = { ...change, name: 'Changed', code: await admin.person.code() }
    const send = () => admin.call('PATCH', `/users/${target.id}`, body, key)
    const answer = yield { name: 'PATCH /management/v1/users/:id', send }
    expect(answer.status, answer.text).to.equal(200)
    expect('body' in answer && answer.body).to.include({ ...change, name: 'Changed' })
  }

  async function expectComplete({ target, change, visitor, token }: Changed): Promise<void> {
    const { underTest } = outage
    const { audit } = await underTest.count(target)
    expect(audit('account.changed')).to.be.at.least(1)
    const isDisabled = 'status' in change
    expect(audit(isDisabled ? 'account.disabled' : 'account.email_changed')).to.be.at.least(1)
    expect((await underTest.introspect('app', token)).body.active).to.equal(false)
    expect(await underTest.silently(visitor)).to.equal('login_required')
    if (isDisabled) return
    const [letter] = await underTest.letters(target)
    expect(letter?.subject).to.contain('email')
    expect((await underTest.host.directory.findByEmail(change.email))?.id).to.equal(target.id)
  }

  it('has the whole change when the answer is 200, and the code was used once', async () => {
    const { underTest } = outage
    for (let fault = 0; fault < FAULTS * ROUNDS; fault++) {
      await underTest.advance(TWO_STEPS)
      const admin = await underTest.admin()
      const changed = await prepare(fault % 2 === 0 ? 'status' : 'email')
      await underTest.advance(TWO_STEPS)
      const fresh = await underTest.acting(admin.person)
      const at = { which: 1 + randomInt(COMMANDS), moment: randomInt(2) === 0 ? 'before' : 'after' } as const
      await outage.run([changes(fresh, changed)], () => ({ how: randomInt(2) === 0 ? 'frozen' : 'killed', at }))
      await underTest.advance(LEASE_OVER)
      await expectComplete(changed)
    }
    console.log(`      ${outage.observed.refused.length} of ${FAULTS * ROUNDS} answered 503 first`)
  })
})

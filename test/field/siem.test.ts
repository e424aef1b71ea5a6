/**
 * Failed sign-ins, as a SIEM follows them: each way to fail leaves a line with the network and without what was typed, and the documented
 * way to poll misses no line.
 */
import { expect } from 'chai'
import { storedAudit } from '../../src/accounts/audit.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer, Body } from '../support/relyingParties.ts'
import { expectRefusal, type Failed, settings, waysToFail } from './siemWays.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'

describe('A failed sign-in, in the audit that a SIEM reads', () => {
  let fixture: ServerFixture
  let start = 0
  const failed: Failed[] = []
  /** Types of the lines, by id. */
  const ids = new Map<string, string>()
  before(async () => {
    fixture = await openFixture(settings)
    fixture.excused.push(/second factor record missing/)
    start = fixture.server.now()
  })

  for (const [name, type, reason, fail] of waysToFail(() => fixture))
    it(`by ${name} is refused`, async () => {
      const { target, secret = [] } = await fail()
      failed.push({ name, type, reason, target: target?.id ?? null, secret })
    })

  it('leaves a line with type, reason, account, network and request, and nothing that was typed', async () => {
    // In the store: one wait for all lines, which are written up to a second later.
    const audit = storedAudit(fixture.host.store.journal('audit'), fixture.host.clock)
    const lines = await fixture.eventually(async () => {
      const { events: written } = await audit.list({ from: start, limit: 1000 })
      for (const { name, type, reason, target } of failed) {
        const found = written.find((line) => line.type === type && line.reason === reason && line.target === target)
        if (!found) throw new Error(`${name} left no line ${type}, ${reason}`)
        expect(found, name).to.include({ outcome: 'refused' })
        expect(found.address, name).to.match(/^127\.0\.0\.0\/24$|^0:0:0::\/48$/)
        expect(found.requestId, name).to.be.a('string')
        ids.set(found.id, type)
      }
      return JSON.stringify(written)
    })
    for (const text of failed.flatMap(({ secret }) => secret)) expect(lines).to.not.contain(text)
  })

  it('leaves the person without a role no grant of the console, however often they try', async () => {
    const ana = await fixture.person()
    const visitor = fixture.visitor()
    for (let n = 0; n < 2; n++) await expectRefusal(fixture.enterApp(ana, '/admin/users', 'Users', visitor))
    expect((await fixture.count(ana)).grants).to.equal(0)
    // The sign-in at the provider remains: their own account is open to them.
    expect((await visitor.go('/account')).h1).to.equal('Your security')
  })

  it('is found by the beginning of its type, page by page, one line of JSON each', async () => {
    const admin = await fixture.admin()
    const from = new Date(start * 1000).toISOString()
    for (const type of [
      'password',
      'sign_in',
      'sign_in.refused',
      'two_factor',
      'two_factor.reset',
      'link',
      'step_up',
    ]) {
      const lines = await poll(admin, { type, from, limit: '7' })
      const expected = [...ids].filter(([, each]) => `${each}.`.startsWith(`${type}.`)).map(([id]) => id)
      expect(
        lines.map(({ id }) => id),
        type,
      ).to.include.members(expected)
      expect(expected, type).to.not.deep.equal([])
      for (const line of lines) expect(`${line.type}.`.startsWith(`${type}.`), line.type).to.equal(true)
    }
    for (const type of ['pass', 'sign_in.', 'refused', 'two_factor.res'])
      expect(await poll(admin, { type, from, limit: '200' }), type).to.deep.equal([])
  })
})

/** All lines of a filter, as docs/management-api.md says. */
async function poll(acting: Acting, filter: Readonly<Record<string, string>>): Promise<Body[]> {
  const lines: Body[] = []
  for (let query: string | null = `?${new URLSearchParams(filter).toString()}`; query !== null;) {
    const headers = { accept: 'application/x-ndjson' }
    const answer: Answer = await acting.call('GET', `/audit-events${query}`, undefined, headers)
    expect(answer.status).to.equal(200)
    expect(answer.headers.get('content-type')).to.contain('application/x-ndjson')
    lines.push(
      ...answer.text
        .split('\n')
        .filter(Boolean)
        .map((line): Body => JSON.parse(line)),
    )
    const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    query = next === undefined ? null : new URL(next).search
  }
  return lines
}

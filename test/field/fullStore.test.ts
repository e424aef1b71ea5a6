/** A database that takes no writes is seen from outside, answers 503, and loses nothing. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import { redisFixture } from '../store/redisFixture.ts'

describe('A full Redis', () => {
  const redis = redisFixture()
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture({}, { processes: 1 }, redis.server.url)
    fixture.excused.push(/StoreUnavailable|TemporarilyUnavailable|"status":503/)
  })

  const memory = (limit: string): Promise<unknown> =>
    redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', limit)
  const ready = async (): Promise<{ status: number; store: unknown; memory: unknown }> => {
    const answer = await fetch(`${fixture.issuer}/health/ready`)
    const { checks } = (await answer.json()) as { checks: Record<string, unknown> }
    return { status: answer.status, store: checks['store'], memory: checks['store_memory'] }
  }
  const becomes = (wanted: object): Promise<unknown> =>
    fixture.eventually(async () => expect(await ready()).to.deep.equal(wanted))

  it('is not ready; sign-ins get 503; when it has room again everything is there', async () => {
    const person = await fixture.person()
    const request = fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await fixture.enter(person, request)
    const { refresh_token: token } = await fixture.tokens(entered)
    const begun = await fixture.begin()
    await fixture.idle(person)
    try {
      await memory('1mb')
      await becomes({ status: 503, store: 'refusing', memory: 'low' })
      expect((await fetch(`${fixture.issuer}/health/live`)).status).to.equal(200)
      const { email } = person
      const page = await begun.visitor.submit(begun, { email, password: fixture.password })
      expect([page.status, page.h1]).to.deep.equal([503, 'Not available right now'])
      expect((await fixture.visitor().get(fixture.ask().path)).status).to.equal(503)
      const refreshed = await fixture.refresh('spa', token)
      expect([refreshed.status, refreshed.body.error]).to.deep.equal([503, 'temporarily_unavailable'])
    } finally {
      await memory('0')
    }
    await becomes({ status: 200, store: 'ok', memory: undefined })
    expect((await fixture.refresh('spa', token)).status).to.equal(200)
    const page = await begun.visitor.submit(begun, { email: person.email, password: fixture.password })
    expect([page.status, page.h1]).to.deep.equal([200, 'Enter your code'])
    await fixture.enter(person)
  })
})

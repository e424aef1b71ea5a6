/** A store that is nearly full begins no sign-in, and lets resets, set-ups and what has begun go on. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import { redisFixture } from '../store/redisFixture.ts'

describe('A nearly full Redis', () => {
  const redis = redisFixture()
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture({}, { processes: 1 }, redis.server.url)
    fixture.excused.push(/StoreUnavailable|TemporarilyUnavailable|"status":503|nearly full/)
  })

  const checks = async (): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${fixture.issuer}/health/ready`)
    return ((await answer.json()) as { checks: Record<string, unknown> }).checks
  }
  /** Sets the limit so that this share is used. */
  async function useShare(share: number, wanted = 'low'): Promise<void> {
    const text = String(await redis.ask('INFO', 'memory'))
    const used = Number(/used_memory:(\d+)/.exec(text)?.[1])
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', String(Math.round(used / share)))
    await fixture.eventually(async () => expect(await checks()).to.include({ store_memory: wanted, store: 'ok' }))
  }

  it('answers new sign-ins with 503, and finishes a sign-in, a reset and a set-up by link', async () => {
    const [person, signingIn] = [await fixture.person(), await fixture.person()]
    const admin = await fixture.admin()
    const begun = await fixture.begin()
    // What the test writes is little beside it.
    await redis.ask('SETRANGE', 'filler', '100000000', 'x')
    try {
      await useShare(0.85)
      expect((await fixture.begin()).h1).to.equal('Sign in')
      await useShare(0.97)
      const refused = await fetch(new URL(fixture.ask().path, fixture.issuer), { redirect: 'manual' })
      expect(refused.status).to.equal(503)
      expect(refused.headers.get('Retry-After')).to.equal('2')
      expect(await refused.text()).to.include('Not available right now')
      const challenge = await fixture.enterPassword(begun, signingIn)
      expect(challenge.h1).to.equal('Enter your code')
      expect((await fixture.continueSignIn(signingIn, challenge)).status).to.equal(200)
      await fixture.reset(person, admin)
      const setUp = await fixture.openLink(person, fixture.visitor())
      expect(setUp.h1).to.equal('Set up your authenticator')
      expect((await fixture.setUp(person, setUp)).h1).to.equal('You are all set')
    } finally {
      await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    }
    const warnings = fixture.server.output().match(/\d+ % of the store are used: [\w -]+/g) ?? []
    expect(warnings.map((line) => line.split(': ')[1])).to.deep.equal([
      'add room',
      'no new sign-in begins before there is room',
    ])
    // Reads the room, as each process does every few seconds.
    expect(await checks()).to.not.have.property('store_memory')
    expect((await fixture.begin()).h1).to.equal('Sign in')
  })
})

/** The limit on emails that one acting person causes, for example by a stolen helpdesk token. A reset works beyond it. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'

describe('An attacker with a helpdesk token', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture({ step_up: { mails_per_hour: 3, acts_per_hour: null } })
  })

  it('is limited to some emails an hour; then no account is made, and a reset still works', async () => {
    const services = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
    const invite = (n: number) =>
      services.call('POST', '/users', {
        email: `victim${n}@example.com`,
        name: 'Your mailbox is full, sign in at evil.example/now',
      })
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await invite(n)).status)
    expect(statuses).to.deep.equal([201, 201, 201, 429, 429])
    const refused = await invite(5)
    expect(refused.body.code).to.equal('too_many_mails')
    expect(Number(refused.headers.get('retry-after'))).to.be.within(3500, 3600)
    expect(await fixture.host.directory.findByEmail(`victim5@example.com`)).to.equal(null)
    const { status } = await services.reset(await fixture.person(), { code: await services.person.code() })
    expect(status).to.equal(201)
    const letters = await fixture.eventually(async () => {
      const found = await fixture.letters({ email: `victim0@example.com` })
      if (found.length === 0) throw new Error('no letter yet')
      return found
    })
    expect(letters.map(({ text }) => text).join()).not.to.match(/evil|full/)
  })
})

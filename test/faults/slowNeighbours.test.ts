/** A mail server that does not answer: other effects of the same account do not wait for it. */
import { expect } from 'chai'
import { eventually, type FaultFixture, openFaultFixture } from '../support/faultFixture.ts'
import { type BackchannelReceiver, openBackchannelReceiver } from '../support/backchannelReceiver.ts'
import { type FaultPost, openFaultPost } from '../support/faultyMailServer.ts'

/** Far below the mail timeout of 15 s. Milliseconds. */
const SOON = 5000

describe('While the mail server does not answer', function () {
  this.timeout(60_000)
  let underTest: FaultFixture
  let post: FaultPost
  let receiver: BackchannelReceiver
  before(async () => {
    ;[post, receiver] = await Promise.all([openFaultPost(), openBackchannelReceiver()])
    const app = { backchannel_logout_uri: receiver.url }
    underTest = await openFaultFixture({ store: 'sqlite', environment: { SMTP_URL: post.url }, app })
  })
  after(async () => {
    // A graceful stop would wait for the email.
    await underTest.server.kill()
    await underTest.close()
    await Promise.all([post.close(), receiver.close()])
    expect(underTest.faults(/dispatching /), 'what the log holds').to.deep.equal([])
  })

  it('a reset of the same person is audited and sends back-channel logout', async () => {
    const [admin, person] = await Promise.all([underTest.admin(), underTest.person()])
    await Promise.all([underTest.idle(admin.person), underTest.idle(person)])
    post.mood = 'is silent'
    await underTest.enter(person) // makes backup codes, which causes an email
    await eventually(async () => expect(post.ungreeted.size).to.equal(1))
    expect((await admin.reset(person, { code: await admin.person.code() })).status).to.equal(201)
    await eventually(async () => expect(receiver.logouts.map(({ sub }) => sub)).to.deep.equal([person.id]), SOON)
    await eventually(async () => {
      const { body } = await admin.call('GET', `/audit-events?user=${person.id}&type=two_factor.reset.started`)
      expect(body.items).to.have.length(1)
    }, SOON)
    await eventually(async () => expect(post.ungreeted.size, 'emails in flight').to.equal(2), SOON)
  })
})

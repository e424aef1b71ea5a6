/** A mail server that hangs over one letter: what else is owed to the same person does not wait for it. */
import { expect } from 'chai'
import { eventually, type FaultFixture, openFaultFixture } from '../support/faultFixture.ts'
import { type BackchannelReceiver, openBackchannelReceiver } from '../support/backchannelReceiver.ts'
import { type FaultPost, openFaultPost } from '../support/faultyMailServer.ts'

/** Far below the 15 s after which a letter is given up. Milliseconds. */
const SOON = 5000

describe('While a letter hangs at the mail server', function () {
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
    // A hanging letter would be waited for.
    await underTest.server.kill()
    await underTest.close()
    await Promise.all([post.close(), receiver.close()])
    expect(underTest.faults(/dispatching /), 'what the log holds').to.deep.equal([])
  })

  it('a reset of the same person is audited and their relying parties are told to sign them out', async () => {
    const [admin, person] = await Promise.all([underTest.admin(), underTest.person()])
    await Promise.all([underTest.idle(admin.person), underTest.idle(person)])
    post.mood = 'is silent'
    await underTest.enter(person) // makes backup codes, and so a letter
    await eventually(async () => expect(post.ungreeted.size).to.equal(1))
    expect((await admin.reset(person, { code: await admin.person.code() })).status).to.equal(201)
    await eventually(async () => expect(receiver.logouts.map(({ sub }) => sub)).to.deep.equal([person.id]), SOON)
    await eventually(async () => {
      const { body } = await admin.call('GET', `/audit-events?user=${person.id}&type=two_factor.reset.started`)
      expect(body.items).to.have.length(1)
    }, SOON)
    await eventually(async () => expect(post.ungreeted.size, 'letters that hang').to.equal(2), SOON)
  })
})

/** Links and sign-ins after an administrator changed the email of a user. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, sharedFixture, tally } from '../support/serverFixture.ts'
import { patchWithCode } from './patchUser.ts'

describe('A changed email', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('is announced to the old address, cancels the link sent there, and signs in from then on', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const { id, link } = await fixture.reset(target)
    const email = `New.${target.email}`
    const answer = await patchWithCode(admin, target, { email })
    expect([answer.status, answer.body.email], answer.text).to.deep.equal([200, email.toLowerCase()])
    expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
    await fixture.idle(target)
    const [letter] = await fixture.letters(target)
    expect(letter?.subject).to.contain('email')
    expect(letter?.text).to.contain(target.email)
    expect((await fixture.count(target)).audit('account.email_changed')).to.equal(1)
    const resent = await admin.call('POST', `/users/${target.id}/two-factor/resets/${id}/mail`)
    expect([resent.status, resent.body.status]).to.deep.equal([202, 'sent'])
    const fresh = await fixture.newLink({ email: email.toLowerCase() }, [])
    expect((await fixture.visitor().get(fresh)).h1).to.equal('Reset your two-factor authentication')
    expect((await fixture.challenge(target)).status).to.equal(422)
    expect((await fixture.challenge({ ...target, email })).h1).to.equal('Set up your authenticator')
  })

  it('replaces an invitation that was sent to the wrong address', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person({ status: 'pending', enrolled: false })]
    const link = await fixture.invite(target)
    const email = `right.${target.email}`
    expect((await patchWithCode(admin, target, { email })).body).to.include({ email, status: 'pending' })
    expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
    expect((await fixture.visitor().get(await fixture.invite({ id: target.id, email }))).status).to.equal(200)
  })

  it('goes to one of several concurrent requests', async () => {
    const targets = await concurrently(() => fixture.person(), 6)
    const admins = await concurrently(() => fixture.admin(), 6)
    const email = `wanted.${targets[0]!.email}`
    const answers = await concurrently(async (index) => patchWithCode(admins[index]!, targets[index]!, { email }), 6)
    expect(tally(answers)).to.deep.equal({ 200: 1, 409: 5 })
  })
})

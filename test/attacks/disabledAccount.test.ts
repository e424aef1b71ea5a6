/** Sessions, tokens and links of an account that an administrator disables. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Body } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { outcome } from './managementApi.ts'
import { patch, patchWithCode } from './patchUser.ts'

describe('A disabled account', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const disable = async (target: Person): Promise<void> => {
    const answer = await patchWithCode(await fixture.admin(), target, { status: 'disabled' })
    expect([answer.status, answer.body.status], answer.text).to.deep.equal([200, 'disabled'])
  }

  it('has no session, token or sign-in when the answer arrives', async () => {
    const target = await fixture.person()
    const ask = fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await fixture.enter(target, ask)
    const tokens = await fixture.tokens(entered)
    const spare = await fixture.enter(target)
    const halfway = await fixture.challenge(target)
    await disable(target)

    expect(await fixture.silently(entered.visitor)).to.equal('login_required')
    expect((await fixture.refresh('app', tokens.refresh_token)).body.error).to.equal('invalid_grant')
    expect((await fixture.exchange(spare)).body.error).to.equal('invalid_grant')
    expect((await fixture.introspect('app', tokens.access_token)).body).to.deep.equal({ active: false })
    expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    const late = await halfway.visitor.submit(halfway, { code: await target.code() })
    expect(late.h1).to.equal('Your sign-in was interrupted')
    const again = await fixture.challenge(target)
    expect([again.status, again.alert]).to.deep.equal([422, 'That email and password do not match.'])
  })

  it('loses the link of its reset, and must sign in when it is enabled again', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const { visitor } = await fixture.enter(target)
    const { id, link } = await fixture.reset(target, admin)
    await fixture.advance(30)
    await disable(target)
    expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
    expect(outcome(await admin.call('POST', `/users/${target.id}/two-factor/resets/${id}/mail`))).to.deep.equal([
      409,
      'account_disabled',
    ])
    const enabled = await patchWithCode(admin, target, { status: 'active' })
    expect(enabled.body).to.deep.include({ status: 'active' })
    expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
    expect(await fixture.silently(visitor)).to.equal('login_required')
    const { events } = await fixture.count(target)
    const lines = events.map(({ type, actor }: Body) => [type, actor])
    for (const type of ['account.disabled', 'account.enabled']) expect(lines.map(([item]) => item)).to.include(type)
    expect(lines).to.deep.include(['account.enabled', admin.person.id])
  })

  it('cannot complete a concurrent sign-in', async () => {
    const targets = await Promise.all(Array.from({ length: 8 }, () => fixture.person()))
    const admins = await Promise.all(targets.map(() => fixture.admin()))
    const ask = () => fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
    const rushes = await Promise.all(
      targets.map(async (target, index) => {
        const challenge = await fixture.challenge(target, ask())
        const signingIn = [
          (async () => {
            let page = await challenge.visitor.submit(challenge, { code: await target.code() })
            for (let step = 0; step < 6 && !fixture.answerAt(page); step++)
              page = await fixture.continueSignIn(target, page)
            return challenge.visitor
          })().catch(() => challenge.visitor),
          fixture.enter(target, ask()).then(
            ({ visitor }) => visitor,
            () => null,
          ),
        ]
        const code = await admins[index]!.person.code()
        await new Promise((resolve) => setImmediate(resolve))
        const answer = await patch(admins[index]!, target, { status: 'disabled', code })
        expect(answer.status, answer.text).to.equal(200)
        return Promise.all(signingIn)
      }),
    )
    for (const visitors of rushes)
      for (const visitor of visitors) if (visitor) expect(await fixture.silently(visitor)).to.equal('login_required')
    for (const target of targets) {
      const { sessions, grants } = await fixture.count(target)
      expect([sessions, grants]).to.deep.equal([0, 0])
    }
  })

  it('uses no token or session while only the directory has it disabled', async () => {
    const target = await fixture.person({ roles: ['helpdesk'] })
    const ask = fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await fixture.enter(target, ask)
    const tokens = await fixture.tokens(entered)
    const acting = await fixture.acting(target)
    const answers = async () => [
      (await fixture.userinfo(tokens.access_token)).status,
      (await acting.call('GET', '/users')).status,
      await fixture.silently(entered.visitor),
    ]
    expect(await answers()).to.deep.equal([200, 200, 'code'])
    await fixture.host.directory.setStatus(target.id, 'disabled')
    expect(await answers()).to.deep.equal([401, 401, 'login_required'])
    expect((await fixture.refresh('app', tokens.refresh_token)).body.error).to.equal('invalid_grant')
  })

  it('that is disabled again loses what a crash has left', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const { visitor } = await fixture.enter(target)
    // As after a crash between the change of the directory and that of the record.
    await fixture.host.directory.setStatus(target.id, 'disabled')
    expect((await fixture.count(target)).sessions).to.equal(1)
    expect((await patchWithCode(admin, target, { status: 'disabled' })).status).to.equal(200)
    const { sessions, grants, audit } = await fixture.count(target)
    expect([sessions, grants, audit('account.disabled')]).to.deep.equal([0, 0, 1])
    await fixture.host.directory.setStatus(target.id, 'active')
    expect(await fixture.silently(visitor)).to.equal('login_required')
  })
})

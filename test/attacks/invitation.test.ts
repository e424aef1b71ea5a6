/** Invitations that are used twice, by others, after their end, or as another kind of link. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Body } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'

describe('A person with an invitation', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const pending = async (): Promise<Person> => fixture.person({ status: 'pending', enrolled: false })
  const stateOf = async ({ id }: Person): Promise<string | undefined> => (await fixture.host.directory.find(id))?.status
  const opened = async (link: string): Promise<Page> => {
    const page = await fixture.visitor().get(link)
    return page.visitor.submit(page, {})
  }
  const NEW = 'a horse that reads at night'

  it('completes the account once: with password, authenticator and codes it is active and can be reset', async () => {
    const admin = await fixture.admin()
    const person = await pending()
    expect((await admin.reset(person, { code: await admin.person.code() })).body.code).to.equal('setup_incomplete')
    const link = await fixture.invite(person)
    const shown = await fixture.visitor().get(link)
    expect([shown.status, shown.h1]).to.deep.equal([200, 'Complete your account'])
    const first = await shown.visitor.submit(shown, {})
    expect([first.h1, first.path]).to.deep.equal(['Choose a password', first.path])
    expect(first.path).to.not.contain(link.split('.').at(-1))
    const second = await first.visitor.submit(first, { password: NEW })
    expect(second.h1).to.equal('Set up your authenticator')
    expect(await stateOf(person)).to.equal('pending')
    const refused = await fixture.begin()
    expect((await refused.visitor.submit(refused, { email: person.email, password: NEW })).status).to.equal(422)
    const codes = await fixture.confirm(person, second)
    await fixture.idle(person)
    expect(await stateOf(person)).to.equal('active')
    expect((await codes.visitor.submit(codes, { saved: 'yes' })).h1).to.equal('You are all set')
    const dead = await fixture.visitor().get(link)
    expect([dead.status, dead.h1]).to.deep.equal([410, 'This link was already used'])
    expect(dead.text).to.contain('Your account was completed')
    expect((await admin.call('POST', `/users/${person.id}/invitation`)).body.code).to.equal('already_set_up')
    expect((await admin.reset(person, { code: await admin.person.code() })).status).to.equal(201)
  })

  it('cannot choose a weak password, and reads why', async () => {
    const person = await pending()
    const page = await opened(await fixture.invite(person))
    const attempts: [password: string | string[], says: RegExp][] = [
      ['', /Enter a new password/],
      [[NEW, NEW], /Enter a new password/],
      ['short', /too short/],
      ['x1'.repeat(129), /too long/],
      ['Password2026!', /too easy to guess/],
      ['123456789', /too easy to guess/],
      [person.email, /your name, your email/],
    ]
    for (const [password, says] of attempts) {
      const answer = await page.visitor.submit(page, { password })
      expect([answer.status, answer.h1]).to.deep.equal([422, 'Choose a password'])
      expect(answer.alert).to.match(says)
    }
    expect((await page.visitor.submit(page, { password: NEW })).h1).to.equal('Set up your authenticator')
  })

  it('is refused with a replaced, an expired or a malformed link, and with its pages', async () => {
    const person = await pending()
    const first = await fixture.invite(person)
    const kept = await opened(first)
    const second = await fixture.invite(person)
    const gone = await fixture.visitor().get(first)
    expect([gone.status, gone.h1]).to.deep.equal([410, 'This link was replaced by a newer email'])
    const late = await kept.visitor.submit(kept, { password: NEW })
    expect([late.status, late.h1]).to.deep.equal([410, 'This link was replaced by a newer email'])
    expect((await fixture.visitor().get(`${second}x`)).status).to.equal(404)
    expect((await fixture.visitor().get(second)).status).to.equal(200)
    await fixture.advance(86_400)
    const expired = await fixture.visitor().get(second)
    expect([expired.status, expired.h1]).to.deep.equal([410, 'This link has expired'])
    expect(expired.text).to.contain('ask your administrator for a new invitation.')
  })

  it('cannot use it as a link of a reset, nor the link of a reset as an invitation', async () => {
    const invitation = await fixture.invite(await pending())
    const { link } = await fixture.reset(await fixture.person())
    const swapped = [
      invitation.replace('/invitation/', '/two-factor/reset/'),
      link.replace('/two-factor/reset/', '/invitation/'),
    ]
    for (const path of swapped) {
      const page = await fixture.visitor().get(path)
      expect([page.status, page.h1]).to.deep.equal([404, 'This link does not work'])
    }
  })

  it('cannot change the password with an older page after the account is complete', async () => {
    const person = await pending()
    const link = await fixture.invite(person)
    const thief = await opened(link)
    const own = await opened(link)
    await fixture.confirm(person, await own.visitor.submit(own, { password: NEW }))
    await fixture.idle(person)
    const late = await thief.visitor.submit(thief, { password: 'the thief wants this one' })
    expect(late.status).to.equal(410)
    const signIn = await fixture.enterPassword(await fixture.begin(), { email: person.email, password: NEW })
    expect(signIn.h1).to.equal('Enter your code')
  })

  it('is refused at every step when disabled', async () => {
    const person = await pending()
    const link = await fixture.invite(person)
    const page = await opened(link)
    const setUp = await page.visitor.submit(page, { password: NEW })
    await fixture.host.directory.setStatus(person.id, 'disabled')
    expect((await fixture.visitor().get(link)).status).to.equal(404)
    const code = fixture.appOf(setUp).at(fixture.server.now())
    expect((await setUp.visitor.submit(setUp, { code })).status).to.equal(404)
    expect(await stateOf(person)).to.equal('disabled')
  })

  it('confirms concurrently, and sets up once', async () => {
    const person = await pending()
    const page = await opened(await fixture.invite(person))
    const setUp = await page.visitor.submit(page, { password: NEW })
    const code = fixture.appOf(setUp).at(fixture.server.now())
    const answers = await concurrently(async () =>
      setUp.visitor.stolen().post(setUp.form!.action, { form_token: setUp.form!.token, code }),
    )
    expect(tally(answers)).to.have.all.keys('303')
    const counted = await fixture.count(person)
    expect(counted.audit('two_factor.enrolled')).to.equal(1)
    expect(counted.letters(/Two-factor authentication is on/)).to.equal(1)
  })
})

describe('A person who makes accounts', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })
  let count = 0
  const request = (): { email: string; name: string } => {
    count += 1
    return { email: `new${count}.${Date.now()}@example.com`, name: 'New Person' }
  }

  it('makes a pending one and mails the invitation; the email is taken then', async () => {
    const admin = await fixture.admin()
    const sent = { ...request(), locale: 'de', groups: ['Lisbon'] }
    const made = await admin.call('POST', '/users', sent)
    expect(made.status, made.text).to.equal(201)
    expect(made.body).to.deep.include({ ...sent, roles: [], status: 'pending' })
    expect(made.headers.get('location')).to.equal(`${fixture.resource}/users/${made.body.id}`)
    expect(made.text).to.not.contain('/invitation/')
    const link = await fixture.newLink(sent, [])
    expect((await fixture.visitor().get(link)).text).to.contain('Konto fertig einrichten')
    const again = await admin.call('POST', '/users', { ...sent, email: sent.email.toUpperCase() })
    expect([again.status, again.body.code]).to.deep.equal([409, 'email_taken'])
  })

  it('is refused for invalid fields', async () => {
    const admin = await fixture.admin()
    const wrong = [
      {},
      { ...request(), email: 'nobody' },
      { ...request(), name: 'a\nb' },
      { ...request(), roles: ['root'] },
    ]
    for (const body of wrong) {
      const { status, body: problem } = await admin.call('POST', '/users', body)
      expect([status, problem.code]).to.deep.equal([422, 'invalid_request'])
    }
  })

  it('gives roles as an administrator only, with one code for each', async () => {
    const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
    const sent = { ...request(), roles: ['admin'] }
    const refused = await helpdesk.call('POST', '/users', { ...sent, code: await helpdesk.person.code() })
    expect([refused.status, refused.body.code]).to.deep.equal([403, 'forbidden_target'])
    const admin = await fixture.admin()
    const code = await admin.person.code()
    const made = await admin.call('POST', '/users', { ...sent, code })
    expect(made.status, made.text).to.equal(201)
    expect(made.body.roles).to.deep.equal(['admin'])
    const replayed = await admin.call('POST', '/users', { ...request(), roles: ['admin'], code })
    expect([replayed.status, replayed.body.code]).to.deep.equal([422, 'code_incorrect'])
    expect((await helpdesk.call('POST', `/users/${made.body.id}/invitation`)).body.code).to.equal('forbidden_target')
    const { events } = await fixture.count({ ...admin.person, ...made.body })
    const created = events.find(({ type }: Body) => type === 'account.created')
    expect(created).to.include({ actor: admin.person.id, outcome: 'done', reason: 'roles: admin' })
  })

  it('gives one role with a recent sign-in; the challenge leads to the next sign-in', async () => {
    const person = await fixture.person({ roles: ['admin'] })
    await fixture.advance(30)
    const sent = fixture.askManagement()
    const entered = await fixture.enter(person, sent)
    const acting = fixture.actingWith(person, await fixture.tokens(entered))
    const first = await acting.call('POST', '/users', { ...request(), roles: ['helpdesk'] })
    expect([first.status, first.body.roles], first.text).to.deep.equal([201, ['helpdesk']])
    const wanted = { ...request(), roles: ['helpdesk'] }
    const used = await acting.call('POST', '/users', wanted)
    expect([used.status, used.body.code]).to.deep.equal([401, 'insufficient_user_authentication'])
    expect(used.headers.get('www-authenticate')).to.contain('max_age="0"')
    await fixture.advance(1)
    const again = await fixture.enter(person, fixture.askManagement({ max_age: '0' }), entered.visitor)
    const fresh = fixture.actingWith(person, await fixture.tokens(again))
    expect((await fresh.call('POST', '/users', wanted)).status).to.equal(201)
  })

  it('needs a recent sign-in before an account is made, and one code for each key', async () => {
    const admin = await fixture.admin()
    await fixture.advance(61)
    const sent = { ...request(), roles: ['helpdesk'] }
    const stale = await admin.call('POST', '/users', sent)
    expect([stale.status, stale.body.code]).to.deep.equal([401, 'insufficient_user_authentication'])
    expect(stale.headers.get('www-authenticate')).to.contain('max_age="60"')
    const key = { 'idempotency-key': 'new-colleague' }
    const code = await admin.person.code()
    const made = await admin.call('POST', '/users', { ...sent, code }, key)
    const retried = await admin.call('POST', '/users', { ...sent, code }, key)
    expect([made.status, retried.status, retried.body.id]).to.deep.equal([201, 201, made.body.id])
    const keyless = await admin.call('POST', '/users', { ...sent, code: await admin.person.code() })
    expect([keyless.status, keyless.body.code]).to.deep.equal([409, 'email_taken'])
    const other = await admin.call('POST', '/users', { ...request(), roles: ['admin'], code }, key)
    expect([other.status, other.body.code]).to.deep.equal([409, 'idempotency_conflict'])
  })

  it('is refused for malformed bodies and for an email that changes by normalization', async () => {
    const admin = await fixture.admin()
    for (const body of [
      'null',
      '[]',
      '"x"',
      { ...request(), email: 'a\u037e@b' },
      { ...request(), groups: ['a\nb'] },
    ]) {
      const { status, body: problem } = await admin.call('POST', '/users', body)
      expect([status, problem.code]).to.deep.equal([422, 'invalid_request'])
    }
  })
})

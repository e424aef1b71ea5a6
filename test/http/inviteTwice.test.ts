/** A form that invites, sent twice: its first result, one account and one email. A form with other content is another act. */
import { expect } from 'chai'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'

type Fields = Readonly<Record<string, string | string[]>>

describe('An invitation sent twice', () => {
  let fixture: ServerFixture
  let admin: Person
  let visitor: Visitor
  before(async () => {
    fixture = await openFixture()
    admin = await fixture.person({ roles: ['admin'] })
    ;({ visitor } = await fixture.enterApp(admin, '/admin/users', 'Users'))
  })

  const form = async (by = visitor): Promise<Page> => withForm(await by.get('/admin/invite'), /invite$/)
  const says = ({ status, h1, alert, text }: Page) => [status, h1, alert ?? null, text.includes('id="said-done"')]
  const mailsTo = async (email: string, count: number): Promise<void> => {
    await fixture.eventually(async () => expect(await fixture.mailed(email)).to.have.length(count))
  }

  it('shows the user a second time, and mails once', async () => {
    const page = await form()
    const fields = { email: 'twice@invite.example', name: 'Twice', locale: 'de', groups: 'sales' }
    const first = await visitor.submit(page, fields)
    const again = await visitor.submit(page, fields)
    expect([says(first), says(again)]).to.deep.equal([
      [200, 'Twice', null, true],
      [200, 'Twice', null, true],
    ])
    expect(again.path.split('?')[0]).to.equal(first.path.split('?')[0])
    await mailsTo(fields.email, 1)
  })

  it('shows the user to each of five that are sent at once', async () => {
    const page = await form()
    const fields = { email: 'once@invite.example', name: 'At Once' }
    const sent = await Promise.all(Array.from({ length: 5 }, async () => visitor.send(page, fields)))
    const answers = new Set(sent.map(({ status, location }) => `${status} ${location?.split('?')[0]}`))
    expect([...answers]).to.have.length(1)
    expect([...answers][0]).to.match(/^303 .*\/admin\/users\//)
    await mailsTo(fields.email, 1)
  })

  it('shows the user with a role again, with the code that is used up', async () => {
    const page = await form()
    const fields = { email: 'role@invite.example', name: 'Role', roles: ['helpdesk'], code: await admin.code() }
    const first = await visitor.submit(page, fields)
    await fixture.advance(90)
    const again = await visitor.submit(page, fields)
    expect([says(first), says(again)]).to.deep.equal([
      [200, 'Role', null, true],
      [200, 'Role', null, true],
    ])
    await mailsTo(fields.email, 1)
  })

  it('is refused with other content, from another form, and of another person', async () => {
    const fields = { email: 'other@invite.example', name: 'Other', groups: 'sales' }
    const page = await form()
    expect((await visitor.submit(page, fields)).status).to.equal(200)
    const taken = [422, 'Invite user', 'There is an account with this email address.']
    const refused = async (by: Visitor, from: Page, sent: Fields): Promise<void> => {
      const answer = await by.submit(from, sent)
      expect([answer.status, answer.h1]).to.deep.equal(taken.slice(0, 2))
      expect(answer.alert).to.contain(taken[2])
    }
    for (const changed of [{ name: 'Another' }, { groups: 'sales\r\nadmins' }, { locale: 'de' }])
      await refused(visitor, page, { ...fields, ...changed })
    await refused(visitor, await form(), fields)
    // Another person who signs in in the same browser has the same form.
    const second = await fixture.person({ roles: ['admin'] })
    for (const name of visitor.jar.names().filter((each) => each !== 'rekey')) visitor.jar.drop(name)
    await fixture.enterApp(second, '/admin/users', 'Users', visitor)
    await refused(visitor, page, fields)
    ;({ visitor } = await fixture.enterApp(admin, '/admin/users', 'Users'))
    await mailsTo(fields.email, 1)
  })

  it('by a list shows the report of each line again', async () => {
    const lines = 'Ana, ana@list.example\r\nBen, ben@list.example, de, , sales\r\nAna, ana@list.example'
    const list = withForm(await visitor.get('/admin/invite/several'), /several$/)
    const preview = withForm(await visitor.submit(list, { lines }), /several$/)
    const outcomes = ({ text }: Page): string[] =>
      [...text.matchAll(/<li value="(\d+)">([^]*?)<\/li>/g)].map(([, line, item]) =>
        [line, /Already has an account|Invited/.exec(item ?? '')?.[0]].join(': '),
      )
    const first = await visitor.submit(preview, { lines, send: 'yes' })
    const again = await visitor.submit(preview, { lines, send: 'yes' })
    expect(outcomes(first)).to.deep.equal(['1: Invited', '2: Invited', '3: Already has an account'])
    expect([again.status, outcomes(again)]).to.deep.equal([200, outcomes(first)])
    const changed = await visitor.submit(preview, { lines: lines.replace('Ana,', 'Anna,'), send: 'yes' })
    expect(outcomes(changed)).to.deep.equal(['1: Already has an account', '2: Invited', '3: Already has an account'])
    await mailsTo('ana@list.example', 1)
  })

  it('by a program with its key answers the user, and with other content or without a key that the email is taken', async () => {
    const program = await fixture.admin()
    const body = { email: 'api@invite.example', name: 'Api' }
    const key = { 'Idempotency-Key': 'invite-1' }
    const made = await program.call('POST', '/users', body, key)
    const again = await program.call('POST', '/users', body, key)
    expect([made.status, again.status, again.body.id]).to.deep.equal([201, 201, made.body.id])
    for (const [sent, headers] of [
      [{ ...body, name: 'Else' }, key],
      [body, {}],
    ] as const)
      expect((await program.call('POST', '/users', sent, headers)).body.code).to.equal('email_taken')
    await mailsTo(body.email, 1)
  })
})

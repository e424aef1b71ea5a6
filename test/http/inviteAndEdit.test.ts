/** The forms of the console that create and change a person: all faults at once, language, groups and roles. */
import { expect } from 'chai'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'

describe('The forms of a person in the console', () => {
  let fixture: ServerFixture
  let admin: Person
  let visitor: Visitor
  before(async () => {
    fixture = await openFixture()
    admin = await fixture.person({ roles: ['admin'] })
    ;({ visitor } = await fixture.enterApp(admin, '/admin/users', 'Users'))
  })

  const faultsIn = ({ text }: Page): string[] =>
    [...text.matchAll(/class="field-error" id="([a-z]+)-error">([^<]+)</g)].map(
      ([, field, says]) => `${field}: ${says}`,
    )
  const invites = async (fields: Readonly<Record<string, string | string[]>>, by = visitor): Promise<Page> =>
    by.submit(withForm(await by.get('/admin/invite'), /invite$/), fields)
  const stored = (email: string) => fixture.host.directory.findByEmail(email)

  it('Invite names all faults at once, each at its field and in the summary', async () => {
    const taken = (await fixture.person()).email
    const cases: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
      [{}, ['email: Enter an email address.', 'name: Enter a name.']],
      [
        { email: 'no address', name: 'x'.repeat(201), groups: 'y'.repeat(101) },
        [
          'email: Enter an email address.',
          'name: Enter a name of at most 200 characters.',
          'groups: Enter at most 50 groups, each of at most 100 characters.',
        ],
      ],
      [{ email: taken, name: '' }, ['email: There is an account with this email address.', 'name: Enter a name.']],
    ]
    for (const [fields, faults] of cases) {
      const page = await invites(fields)
      expect([page.status, faultsIn(page)]).to.deep.equal([422, faults])
      for (const fault of faults) expect(page.alert).to.contain(fault.split(': ')[1])
      expect(page.text)
        .to.contain(`name="email" type="email"`)
        .and.contain(`value="${fields['email'] ?? ''}"`)
    }
  })

  it('Invite gives language and groups', async () => {
    const page = await invites({
      email: 'lang@example.com',
      name: 'L',
      locale: 'de',
      groups: ' Sales \r\n\r\nLisbon\r\nSales',
    })
    expect(page.h1).to.equal('L')
    expect(await stored('lang@example.com')).to.deep.include({ locale: 'de', groups: ['Sales', 'Lisbon'], roles: [] })
    expect((await invites({ email: 'odd@example.com', name: 'O', locale: 'x y' })).status).to.equal(422)
    expect(await stored('odd@example.com')).to.equal(null)
  })

  it('Invite gives a role with the own code only', async () => {
    const fields = { email: 'role@example.com', name: 'R', roles: ['helpdesk'] }
    for (const [code, says] of [
      ['', 'code: Enter the 6-digit code from your authenticator app.'],
      ['12', 'code: The code must be 6 digits.'],
      ['000000', 'code: That code is wrong or was already used. Wait for the next one (up to 30 seconds).'],
    ]) {
      const page = await invites({ ...fields, code: code! })
      expect([page.status, faultsIn(page)]).to.deep.equal([422, [says]])
      expect(page.text).to.contain('value="helpdesk" autocomplete="off" checked')
      expect(await stored(fields.email)).to.equal(null)
    }
    expect((await invites({ ...fields, code: await admin.code() })).status).to.equal(200)
    expect(await stored(fields.email)).to.deep.include({ roles: ['helpdesk'], status: 'pending' })
  })

  it('Invite offers a helpdesk no role, and gives none', async () => {
    const helpdesk = await fixture.person({ roles: ['helpdesk'] })
    const { visitor: by } = await fixture.enterApp(helpdesk, '/admin/users', 'Users')
    const form = await by.get('/admin/invite')
    expect(form.text).to.not.contain('name="roles"').and.not.contain('name="code"')
    const forged = { email: 'forged@example.com', name: 'F', roles: ['admin'], code: await helpdesk.code() }
    expect((await invites(forged, by)).status).to.equal(403)
    expect(await stored('forged@example.com')).to.equal(null)
  })

  it('Send and invite another comes back and says who was invited, to this session only', async () => {
    const page = await invites({ email: 'first@example.com', name: 'First One', another: 'yes' })
    expect([page.status, page.h1]).to.deep.equal([200, 'Invite user'])
    expect(page.text).to.match(/role="status"[^]*First One[^]*first@example\.com/)
    expect(page.text).to.contain('name="email" type="email"').and.contain('value=""')
    const { visitor: other } = await fixture.enterApp(admin, '/admin/users', 'Users')
    expect((await other.get(page.path)).text).to.not.contain('First One')
    const typed = await visitor.get(page.path.replace(/done=[^&]+/, 'done=x'))
    expect(typed.text).to.not.contain('First One')
  })

  it('Edit changes language and groups at once, and only what was edited', async () => {
    const person = await fixture.person({ groups: ['Sales', 'Lisbon'] })
    const form = await visitor.get(`/admin/users/${person.id}/edit`)
    expect(form.text).to.match(/<textarea id="groups"[^>]*>Sales\nLisbon<\/textarea>/)
    const was = { name_was: 'Name', name: 'Name', email: person.email, email_was: person.email, locale_was: '' }
    const groups = { groups_was: 'Sales\r\nLisbon', groups: 'Sales\r\nPorto' }
    const done = await visitor.submit(withForm(form, /edit$/), { ...was, ...groups, locale: 'de' })
    expect(done.text).to.contain('The account has been changed')
    expect(await stored(person.email)).to.deep.include({ groups: ['Sales', 'Porto'], locale: 'de' })
    // Another administrator has changed the groups meanwhile: a form that does not touch them keeps the change.
    await fixture.host.directory.change(person.id, { groups: ['Moved'] })
    const again = await visitor.get(`/admin/users/${person.id}/edit`)
    const untouched = { ...was, groups_was: 'Sales', groups: 'Sales', locale_was: 'de', locale: '' }
    await visitor.submit(withForm(again, /edit$/), untouched)
    expect(await stored(person.email)).to.deep.include({ groups: ['Moved'], locale: null })
  })

  it('Edit shows a language by its name before the code, the former one too', async () => {
    const person = await fixture.person()
    const form = withForm(await visitor.get(`/admin/users/${person.id}/edit`), /edit$/)
    const was = {
      name_was: 'Name',
      name: 'Name',
      email_was: person.email,
      email: `new.${person.email}`,
      locale_was: '',
    }
    const page = await visitor.submit(form, { ...was, locale: 'de' })
    expect(page.h1).to.equal('Enter your own code')
    const shown = page.text.replaceAll(/<[^>]*>/g, '')
    expect(shown).to.contain('Language: Deutsch (was: English)')
  })

  it('Edit names all faults at once', async () => {
    const person = await fixture.person()
    const form = withForm(await visitor.get(`/admin/users/${person.id}/edit`), /edit$/)
    const fields = { name: '', name_was: 'x', email: 'none', email_was: person.email, groups: 'g'.repeat(101) }
    const page = await visitor.submit(form, fields)
    expect([page.status, faultsIn(page)]).to.deep.equal([
      422,
      [
        'name: Enter a name.',
        'email: Enter an email address.',
        'groups: Enter at most 50 groups, each of at most 100 characters.',
      ],
    ])
  })
})

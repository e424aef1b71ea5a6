/** A button for another language sends a form: its page keeps what was typed, but no secret, and nothing is done. */
import { expect } from 'chai'
import { type Fields, type Page, type Visitor, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { authenticatorPages } from '../attacks/authenticatorPages.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'

const german = { language: 'de' }
const valueOf = ({ text }: Page, id: string): string | undefined =>
  new RegExp(`id="${id}"[^>]* value="([^"]*)"`).exec(text)?.[1]
const textIn = ({ text }: Page, id: string): string | undefined =>
  new RegExp(`<textarea id="${id}"[^>]*>([^<]*)<`).exec(text)?.[1]

describe('A form whose language is changed', () => {
  let fixture: ServerFixture
  let visitor: Visitor
  let person: Person
  before(async () => {
    fixture = await openFixture()
    person = await fixture.person()
    ;({ visitor } = await fixture.enterApp(await fixture.person({ roles: ['admin'] }), '/admin/users', 'Users'))
  })

  const change = async (opened: Page, fields: Fields): Promise<Page> => {
    const page = await opened.visitor.send(opened, { ...fields, ...german })
    expect([page.status, page.headers.get('content-language')]).to.deep.equal([200, 'de'])
    return page
  }
  const opened = async (path: string, action: RegExp): Promise<Page> => withForm(await visitor.get(path), action)
  const ofUser = (part: string): string => `/admin/users/${person.id}${part}`

  it('keeps the email of a sign-in, and no password, also after an error', async () => {
    const page = await fixture.begin()
    const refused = await page.visitor.send(page, { email: person.email, password: 'wrong words here' })
    expect(refused.status).to.equal(422)
    expect(refused.text).to.contain('<button form="typed" name="language" value="de"')
    const again = await change(refused, { email: person.email, password: person.password })
    expect([again.h1, valueOf(again, 'email'), again.alert]).to.deep.equal(['Anmelden', person.email, null])
    expect(again.text).not.to.contain(person.password)
    // The choice stays for the rest of the sign-in.
    const next = await again.visitor.submit(again, { email: person.email, password: person.password })
    expect(next.h1).to.equal('Code eingeben')
  })

  it('keeps the email of a forgotten password, and sends no link', async () => {
    const page = await fixture.visitor().get('/password')
    const again = await change(page, { email: person.email })
    expect([again.h1, valueOf(again, 'email')]).to.deep.equal(['Passwort vergessen?', person.email])
    await fixture.idle(person)
    expect(await fixture.letters(person)).to.deep.equal([])
  })

  it('keeps an invitation, without the code, and sends none', async () => {
    const fields = { email: 'typed@example.com', name: 'Typed', groups: 'Sales', roles: 'helpdesk', code: '123456' }
    const again = await change(await opened('/admin/invite', /invite$/), fields)
    expect([valueOf(again, 'email'), valueOf(again, 'name'), textIn(again, 'groups')]).to.deep.equal([
      'typed@example.com',
      'Typed',
      'Sales',
    ])
    expect(again.text).to.match(/value="helpdesk"[^>]* checked/)
    expect(again.text).not.to.contain('123456')
    expect(await fixture.host.directory.findByEmail('typed@example.com')).to.equal(null)
  })

  it('keeps the lines of several invitations, and their preview', async () => {
    const lines = 'Typed, several@example.com'
    const again = await change(await opened('/admin/invite/several', /several$/), { lines })
    expect(textIn(again, 'lines')).to.equal(lines)
    const preview = await visitor.send(withForm(again, /several$/), { lines })
    const inGerman = await change(withForm(preview, /several$/), { lines, preview: 'yes', send: 'yes' })
    expect(inGerman.text).to.contain('Wird eingeladen').and.contain(`name="lines" value="${lines}"`)
    expect(await fixture.host.directory.findByEmail('several@example.com')).to.equal(null)
  })

  it('keeps the changes of a user, and makes none', async () => {
    const fields = { name: 'New name', name_was: 'Old', email: person.email, email_was: person.email, locale: 'de' }
    const again = await change(await opened(ofUser('/edit'), /edit$/), { ...fields, groups: 'Sales' })
    expect([valueOf(again, 'name'), textIn(again, 'groups')]).to.deep.equal(['New name', 'Sales'])
    expect(again.text)
      .to.contain('name="name_was" value="Old"')
      .and.match(/value="de" selected/)
    expect((await fixture.host.directory.find(person.id))?.name).not.to.equal('New name')
  })

  it('keeps the answer and the details before a reset, and goes no step further', async () => {
    const fields = { verified: 'In person', reason: 'ticket 17', seen: 'none' }
    const again = await change(await opened(ofUser('/two-factor/reset'), /reset$/), fields)
    expect(valueOf(again, 'reason')).to.equal('ticket 17')
    expect(again.text)
      .to.match(/value="Persönlich"[^>]* checked/)
      .and.contain('name="seen" value="none"')
  })

  it('keeps a note, and adds none', async () => {
    const again = await change(await opened(ofUser(''), /notes$/), { note: 'called back' })
    expect([valueOf(again, 'note'), /<details class="note" open>/.test(again.text)]).to.deep.equal([
      'called back',
      true,
    ])
    const { events } = await fixture.count(person)
    expect(events.map(({ type }) => type)).not.to.include('account.noted')
  })

  it('keeps the new name of a passkey, refused or in another language, and gives none', async () => {
    const { page, fields } = await authenticatorPages(fixture)['/sign-in/:uid/authenticators/:id/name']!()
    const id = /id="(name-[^"]+)" name="name"/.exec(page.text)?.[1] ?? ''
    const long = 'x'.repeat(41)
    const refused = await page.visitor.send(page, { name: long })
    expect([refused.status, valueOf(refused, id)]).to.deep.equal([422, long])
    expect(refused.text).to.contain(`id="${id}-error"`).and.contain('<button form="typed" name="language" value="de"')
    const again = await change(withForm(refused, /\/name$/), { ...fields })
    expect([again.h1, valueOf(again, id), again.alert]).to.deep.equal(['Ihre Authenticatoren', 'My phone', null])
    expect(again.text).to.match(/<details open>/)
  })

  it('is shown as it is for a language that is none', async () => {
    const page = await fixture.begin()
    const again = await page.visitor.send(page, { email: person.email, language: '../en' })
    expect([again.status, again.h1, valueOf(again, 'email')]).to.deep.equal([200, 'Sign in', person.email])
  })
})

/** Notes of the console about a person: where they are shown, and what removes them. */
import { expect } from 'chai'
import { storedAudit } from '../../src/accounts/audit.ts'
import { NOTES_PER_HOUR } from '../../src/core/rules.ts'
import type { AuditLog } from '../../src/ports.ts'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

const textOf = ({ text }: Page): string => text.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ')
const pathOf = ({ id }: Pick<Person, 'id'>): string => `/admin/users/${id}`

describe('A note in the console', () => {
  let fixture: ServerFixture
  let visitor: Visitor
  let person: Person
  let audit: AuditLog
  const open = (): Promise<Page> => visitor.go(pathOf(person))
  const form = (page: Page): Page => withForm(page, /\/notes$/)
  const notes = async (): Promise<unknown[]> => {
    const { events } = await fixture.count(person)
    return events.flatMap(({ type, reason }) => (type === 'account.noted' ? [reason] : []))
  }

  before(async () => {
    fixture = await sharedFixture()
    audit = storedAudit(fixture.host.store.journal('audit'), fixture.host.clock)
    ;[{ visitor }, person] = await Promise.all([
      fixture.enterApp(await fixture.person({ roles: ['helpdesk'] }), '/admin/users', 'Users'),
      fixture.person(),
    ])
  })

  it('is an event with the text as its reason, once for each form, and unknown to the own account', async () => {
    const page = form(await open())
    for (const time of [1, 2]) {
      const after = await visitor.submit(page, { note: ' called <twice>\r\n today ' })
      expect([after.status, textOf(after).includes('The note has been added')], `time ${time}`).to.deep.equal([
        200,
        true,
      ])
    }
    expect(await notes()).to.deep.equal(['called <twice> today'])
    expect((await open()).text).to.include('called &lt;twice&gt; today')
    const account = await fixture.enterAccount(person)
    expect(account.text).not.to.include('twice')
    expect(textOf(account)).not.to.include('Something else')
  })

  it('does not hide acts of others from the owner, however many there are', async () => {
    const by = { actor: 'a', requestId: null, address: null }
    const at = fixture.server.now()
    const line = { type: 'account.noted', target: person.id, outcome: 'done', reason: 'note', ...by } as const
    for (let n = 0; n < 45; n += 1) await audit.append({ id: `note ${n} ${person.id}`, at, ...line })
    const { text } = await fixture.enterAccount(person)
    expect(text).to.include('Signed in')
  })

  it('without text, or with too much of it, is refused at the form, which keeps it', async () => {
    const before = await notes()
    for (const [note, words] of [
      [' \r\n ', 'Enter a note.'],
      ['x'.repeat(501), 'Enter a note of at most 500 characters.'],
    ] as const) {
      const refused = await visitor.send(form(await open()), { note })
      expect([refused.status, refused.alert]).to.deep.equal([422, words])
      expect(refused.h1).to.match(/^Person/)
    }
    expect(await notes()).to.deep.equal(before)
  })

  it('is one of sixty within an hour: the next is refused at the form with 429, which keeps it', async () => {
    const { visitor: busy } = await fixture.enterApp(
      await fixture.person({ roles: ['helpdesk'] }),
      '/admin/users',
      'Users',
    )
    const about = await fixture.person()
    const opened = form(await busy.go(pathOf(about)))
    for (let n = 0; n < NOTES_PER_HOUR; n += 1)
      expect((await busy.send(opened, { note: 'called' })).status).to.equal(303)
    const refused = await busy.send(form(await busy.go(pathOf(about))), { note: 'called <again>' })
    expect([refused.status, refused.alert]).to.deep.equal([
      429,
      'You have added too many notes within an hour. Try again later.',
    ])
    expect(Number(refused.headers.get('retry-after'))).to.be.within(3500, 3600)
    expect(refused.text).to.include('value="called &lt;again&gt;"')
    expect((await visitor.send(form(await visitor.go(pathOf(about))), { note: 'of another' })).status).to.equal(303)
  })

  it('about a person with a role is not for helpdesk', async () => {
    const page = form(await open())
    await fixture.host.directory.change(person.id, { roles: ['admin'] })
    const refused = await visitor.send(page, { note: 'called' })
    expect([refused.status, refused.h1]).to.deep.equal([403, 'Not changed'])
    expect((await open()).text).not.to.include('/notes"')
  })

  it('loses its text with the account', async () => {
    const gone = await fixture.person()
    const { visitor: admin } = await fixture.enterApp(
      await fixture.person({ roles: ['admin'] }),
      '/admin/users',
      'Users',
    )
    await admin.submit(form(await admin.go(pathOf(gone))), { note: 'called' })
    await fixture.idle(gone)
    await fixture.host.rekey.forget(gone.id)
    await fixture.eventually(async () => {
      const { events } = await audit.list({ user: gone.id, type: 'account.noted', limit: 2 })
      expect(events.map(({ reason }) => reason)).to.deep.equal([null])
    })
  })
})

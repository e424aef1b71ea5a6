/** The list of users in the console: its pages forwards and backwards, what it says about each user, and the list as a file. */
import { expect } from 'chai'
import type { Visitor } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'

describe('The list of users in the console', () => {
  let fixture: ServerFixture
  let visitor: Visitor
  let people: Person[]
  before(async () => {
    fixture = await openFixture()
    people = []
    for (let n = 0; n < 60; n++)
      people.push(await fixture.person({ enrolled: false, groups: n < 55 ? ['many'] : ['few'] }))
    ;({ visitor } = await fixture.enterApp(await fixture.person({ roles: ['admin'] }), '/admin/users', 'Users'))
  })

  const unescaped = (text = ''): string => text.replaceAll('&amp;', '&')
  const link = (text: string, rel: string): string =>
    unescaped(new RegExp(`<a rel="${rel}" href="([^"]+)"`).exec(text)?.[1])
  const shown = (text: string): string[] =>
    [...text.matchAll(/scope="row"><a href="\/admin\/users\/([^"?]+)/g)].map(([, id]) => id!)
  /** The row of a person as text. */
  const rowOf = (text: string, { id }: Person): string =>
    (
      text
        .split('</tbody>')[0]!
        .split('<tr role="row">')
        .find((row) => row.includes(`/admin/users/${id}`)) ?? ''
    )
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')

  it('leads forwards and back again over the same pages', async () => {
    const pages = [(await visitor.get('/admin/users?group=many')).text]
    expect(link(pages[0]!, 'prev')).to.equal('')
    for (let href = link(pages[0]!, 'next'); href !== ''; href = link(pages.at(-1)!, 'next'))
      pages.push((await visitor.get(href)).text)
    expect(pages.map((text) => shown(text).length)).to.deep.equal([25, 25, 5])
    let page = pages.at(-1)!
    for (const before of pages.slice(0, -1).toReversed()) {
      page = (await visitor.get(link(page, 'prev'))).text
      expect(shown(page)).to.deep.equal(shown(before))
    }
    expect(link(page, 'prev')).to.equal('')
  })

  it('is what the page of a user leads back to, with its filters and its page', async () => {
    const first = (await visitor.get('/admin/users?group=many&search=person')).text
    const second = (await visitor.get(link(first, 'next'))).text
    const [, href] = /scope="row"><a href="([^"]+)"/.exec(second)!
    const { text } = await visitor.get(unescaped(href))
    const back = unescaped(/<a data-list href="([^"]+)"/.exec(text)?.[1])
    expect(shown((await visitor.get(back)).text)).to.deep.equal(shown(second))
    expect(back).to.contain('group=many').and.contain('search=person')
    const direct = await visitor.get(`/admin/users/${people[0]!.id}`)
    expect(direct.text).to.contain('<a data-list href="/admin/users">')
  })

  it('says how many match, on every page of them', async () => {
    const first = (await visitor.get('/admin/users?group=many')).text
    const second = (await visitor.get(link(first, 'next'))).text
    for (const text of [first, second]) expect(text).to.contain('<p class="page-total">55 found</p>')
    const everybody = (await visitor.get('/admin/users')).text
    expect(everybody).to.match(/<p class="page-total">\d\d<\/p>/)
    const { text } = await visitor.get('/admin/users?group=few')
    expect(text).to.contain('<p class="page-total">5 found</p>')
  })

  it('shows the emailed link of a reset, the backup codes and the last use', async () => {
    const person = await fixture.person({ groups: ['shown'] })
    const row = async (): Promise<string> => rowOf((await visitor.get('/admin/users?group=shown')).text, person)
    await fixture.enter(person)
    expect(await row()).to.match(/ On 10 left (now|\d+ minutes? ago) $/)
    await fixture.reset(person)
    await fixture.idle(person)
    expect(await row()).to.match(/ Waiting for set-up link not opened, (7 hours|8 hours) left – – $/)
  })

  it('shows the state of an account only where it is an exception', async () => {
    const [active, disabled] = [people[55]!, people[56]!]
    await fixture.host.directory.setStatus(disabled.id, 'disabled')
    const { text } = await visitor.get('/admin/users?group=few')
    expect(rowOf(text, active)).to.not.contain('Active')
    expect(rowOf(text, disabled)).to.contain('Disabled')
  })

  it('is downloaded as CSV with its filters, all pages, and without formulas', async () => {
    await fixture.host.directory.change(people[54]!.id, { name: '=1+1' })
    const page = (await visitor.get('/admin/users?group=many')).text
    const href = unescaped(/<a href="([^"]+)" download>/.exec(page)?.[1])
    const file = await visitor.get(href)
    expect(file.status).to.equal(200)
    expect(file.headers.get('content-type')).to.equal('text/csv; charset=utf-8')
    expect(file.headers.get('content-disposition')).to.match(/^attachment; filename="users-\d{4}-\d\d-\d\d\.csv"$/)
    expect(file.headers.get('cache-control')).to.equal('no-store')
    const [head, ...rows] = file.text.split('\r\n')
    expect(head).to.equal(
      '"id","email","name","status","roles","groups","locale","created_at","two_factor","enrolled_at","last_used_at",' +
        '"backup_codes_remaining"',
    )
    expect(rows.pop()).to.equal('')
    const ids = rows.map((row) => row.slice(1).split('"')[0])
    expect(ids).to.have.members(people.slice(0, 55).map(({ id }) => id))
    expect(file.text).to.contain(`"'=1+1"`).and.not.contain('"=1+1"')
    expect((await visitor.get('/admin/users.csv?role=root')).status).to.equal(422)
  })

  it('is downloaded by a helpdesk with its own people only', async () => {
    const own = await openFixture({ helpdesk: { groups: ['mine'] } })
    const mine = await own.person({ groups: ['mine'] })
    const other = await own.person()
    const helpdesk = await own.person({ roles: ['helpdesk'] })
    const { visitor: theirs } = await own.enterApp(helpdesk, '/admin/users', 'Users')
    const { text } = await theirs.get('/admin/users.csv')
    expect(text).to.contain(mine.id).and.not.contain(other.id)
  })
})

/**
 * Lists of users by every filter, alone and in pairs, page by page: in the API and the console, for administrators and for a helpdesk that
 * looks after some groups. The expected list is computed from the people below.
 */
import { expect } from 'chai'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'
import { storedAccount } from '../support/storedAccount.ts'
import type { Visitor } from '../support/client.ts'

interface Listed {
  readonly person: Person
  readonly roles: readonly ('admin' | 'helpdesk')[]
  readonly groups: readonly string[]
  readonly status: 'active' | 'pending' | 'disabled'
  readonly enrolled: boolean
  codes: number
}

const wanted: readonly Partial<Omit<Listed, 'person'>>[] = [
  { groups: ['sales'] },
  { groups: ['sales', 'staff'], codes: 3 },
  { groups: ['sales'], status: 'disabled' },
  { groups: ['sales'], enrolled: false },
  { groups: ['shops'], codes: 0 },
  { groups: ['Sales & Café, “north”'] },
  { groups: ['staff'], roles: ['admin'], codes: 3 },
  { groups: ['sales'], roles: ['helpdesk'] },
  { groups: ['staff'], roles: ['admin', 'helpdesk'] },
  { groups: [], status: 'disabled', codes: 0 },
]

type Query = Readonly<Record<string, string>>
type Matches = (listed: Listed) => boolean

const filters: readonly (readonly [Query, Matches])[] = [
  [{ group: 'sales' }, ({ groups }) => groups.includes('sales')],
  [{ group: 'staff' }, ({ groups }) => groups.includes('staff')],
  [{ group: 'Sales' }, () => false],
  [{ group: 'Sales & Café, “north”' }, ({ groups }) => groups.includes('Sales & Café, “north”')],
  [{ role: 'admin' }, ({ roles }) => roles.includes('admin')],
  [{ role: 'helpdesk' }, ({ roles }) => roles.includes('helpdesk')],
  [{ status: 'active' }, ({ status }) => status === 'active'],
  [{ status: 'disabled' }, ({ status }) => status === 'disabled'],
  [{ two_factor: 'active' }, ({ enrolled }) => enrolled],
  [{ two_factor: 'none' }, ({ enrolled }) => !enrolled],
  [{ backup_codes: 'few' }, ({ enrolled, codes }) => enrolled && codes <= 3],
  [{ backup_codes: 'none' }, ({ enrolled, codes }) => enrolled && codes === 0],
  [{ search: 'person' }, () => true],
  [{ search: 'nobody' }, () => false],
]
const pairs = filters.flatMap(([first, matchesFirst], n) =>
  filters
    .slice(n + 1)
    .filter(([second]) => Object.keys(second)[0] !== Object.keys(first)[0])
    .map(([second, matchesSecond]): [Query, Matches] => [
      { ...first, ...second },
      (listed) => matchesFirst(listed) && matchesSecond(listed),
    ]),
)

describe('Users are listed by filters', () => {
  let fixture: ServerFixture
  let people: Listed[]
  let admin: Acting
  let helpdesk: Acting

  before(async () => {
    fixture = await openFixture({ helpdesk: { groups: ['sales', 'shops'] } })
    people = []
    for (const { roles = [], groups = [], status = 'active', enrolled = true, codes = 10 } of wanted) {
      const person = await fixture.person({ roles, groups, enrolled })
      people.push({ person, roles, groups, status, enrolled, codes: 10 })
      const listed = people.at(-1)!
      if (codes < 10) await useCodes(listed, codes)
      if (status !== 'active') await fixture.host.directory.setStatus(person.id, status)
    }
    admin = await fixture.admin()
    helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
  })

  /** The record is put one code before the end; the last one is used in a sign-in, which tells the directory. */
  async function useCodes(listed: Listed, left: number): Promise<void> {
    const { person } = listed
    await fixture.enter(person)
    await fixture.host.rekey.idle()
    const { records } = fixture.host.store
    const { version } = (await records.read(person.id))!
    const { factor, ...account } = (await storedAccount(fixture.host, person.id))!
    if (factor.is !== 'active') throw new Error('no factor')
    const used = Array.from({ length: 9 - left }, (_, index) => index)
    const text = JSON.stringify({ ...account, factor: { ...factor, backupCodes: { ...factor.backupCodes, used } } })
    expect(await records.swap(person.id, text, version)).to.equal(true)
    const page = await fixture.backup(person)
    const next = await page.visitor.submit(page, { code: person.codes[used.length]! })
    expect(next.alert).to.equal(null)
    listed.codes = left
    await fixture.eventually(async () => {
      const stored = (await fixture.host.directory.find(person.id))?.backupCodes
      expect(stored).to.equal(left === 0 ? 'none' : 'few')
    })
  }

  const isManaged: Matches = ({ groups }) => groups.includes('sales') || groups.includes('shops')
  const idsOf = (matches: Matches): string[] =>
    people
      .filter(matches)
      .toSorted((a, b) => (a.person.email < b.person.email ? -1 : 1))
      .map(({ person }) => person.id)

  /** Ids of all pages. */
  async function pages(acting: Acting, query: Query, limit: number): Promise<string[]> {
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const filter = new URLSearchParams({ ...query, limit: String(limit), ...(cursor && { cursor }) })
      const { status, body } = await acting.call('GET', `/users?${filter.toString()}`)
      expect(status, filter.toString()).to.equal(200)
      const items = body['items'] as { id: string }[]
      expect(items.length).to.be.at.most(limit)
      seen.push(...items.map(({ id }) => id))
      const next = body['next_cursor'] as string | undefined
      // A page is full if there is another one.
      if (next !== undefined) expect(items.length).to.equal(limit)
      cursor = next ?? null
    }
    expect(new Set(seen).size, 'each once').to.equal(seen.length)
    return seen
  }
  const ofThese = (ids: readonly string[]): string[] =>
    ids.filter((id) => people.some(({ person }) => person.id === id))

  it('in the API, alone and in pairs, without a loss between pages', async () => {
    for (const [query, matches] of [...filters, ...pairs])
      expect(ofThese(await pages(admin, query, 3)), JSON.stringify(query)).to.deep.equal(idsOf(matches))
  })

  it('one by one, and all of them together', async () => {
    expect(ofThese(await pages(admin, {}, 1))).to.deep.equal(idsOf(() => true))
    const every = { group: 'staff', role: 'admin', status: 'active', two_factor: 'active', backup_codes: 'few' }
    expect(await pages(admin, { ...every, search: 'person' }, 1)).to.deep.equal([people[6]!.person.id])
  })

  it('for a helpdesk that looks after some groups, among these people only', async () => {
    const all = await pages(helpdesk, {}, 3)
    expect(all).to.deep.equal(idsOf(isManaged))
    for (const [query, matches] of filters)
      expect(await pages(helpdesk, query, 2), JSON.stringify(query)).to.deep.equal(
        idsOf((listed) => isManaged(listed) && matches(listed)),
      )
  })

  it('as soon as groups, roles and codes change', async () => {
    const [first] = people
    const { id } = first!.person
    const change = (changes: object) => admin.call('PATCH', `/users/${id}`, changes)
    expect((await change({ groups: ['moved'] })).status).to.equal(200)
    expect(await pages(admin, { group: 'moved' }, 5)).to.deep.equal([id])
    expect(await pages(admin, { group: 'sales' }, 5)).to.not.include(id)
    expect(await pages(helpdesk, {}, 5)).to.not.include(id)
    expect((await change({ groups: ['sales'] })).status).to.equal(200)
    expect(await pages(admin, { group: 'moved' }, 5)).to.deep.equal([])
    expect(await pages(helpdesk, {}, 5)).to.include(id)
    // A reset ends the codes: nothing is left to renew.
    const few = people[1]!
    expect((await admin.reset(few.person, { code: await admin.person.code() })).status).to.equal(201)
    await fixture.eventually(async () =>
      expect(await pages(admin, { backup_codes: 'few', group: 'sales' }, 5)).to.deep.equal([]),
    )
  })

  it('and values that no filter has are refused by name', async () => {
    for (const query of [
      'group=',
      `group=${'x'.repeat(201)}`,
      'role=root',
      'backup_codes=many',
      'role=admin&role=admin',
    ]) {
      const { status, body } = await admin.call('GET', `/users?${query}`)
      expect([status, body['code']], query).to.deep.equal([422, 'invalid_request'])
    }
  })

  describe('in the console', () => {
    const open = async (person: Person): Promise<Visitor> =>
      (await fixture.enterApp(person, '/admin/users', 'Users')).visitor
    const shown = (text: string): string[] =>
      [...text.matchAll(/<th role="rowheader" scope="row"><a href="\/admin\/users\/([^"?]+)["?]/g)].map(([, id]) => id!)

    it('as in the API, with the filters kept in the form and on the next page', async () => {
      const visitor = await open(admin.person)
      for (const [query, matches] of filters) {
        const { text, status } = await visitor.get(`/admin/users?${new URLSearchParams(query).toString()}`)
        expect(status).to.equal(200)
        if (!text.includes('rel="next"')) {
          const expected = idsOf(matches).filter((id) => id !== people[1]!.person.id)
          expect(ofThese(shown(text)).filter((id) => id !== people[1]!.person.id)).to.deep.equal(expected)
        }
        const [[name, value] = ['', '']] = Object.entries(query)
        const field = new RegExp(`name="${name}"[^]*?</(select|div)>`).exec(text)?.[0] ?? ''
        const escaped = value.replace('&', '&amp;')
        expect(field).to.match(new RegExp(`value="${escaped}"( selected|[^>]*autocomplete)`))
      }
    })

    it('for a helpdesk, among the people it looks after', async () => {
      const visitor = await open(helpdesk.person)
      const { text } = await visitor.get('/admin/users')
      expect(shown(text)).to.deep.equal(idsOf(isManaged))
    })

    it('from the roles and groups on the page of a person', async () => {
      const visitor = await open(admin.person)
      const { text } = await visitor.get(`/admin/users/${people[6]!.person.id}`)
      expect(text).to.contain('href="/admin/users?role=admin"').and.contain('href="/admin/users?group=staff"')
      const odd = await visitor.get(`/admin/users/${people[5]!.person.id}`)
      const [, href] = /href="(\/admin\/users\?group=[^"]+)"/.exec(odd.text)!
      expect(shown((await visitor.get(href!.replaceAll('&amp;', '&'))).text)).to.deep.equal([people[5]!.person.id])
    })

    it('and values that no filter has are answered with a page', async () => {
      const visitor = await open(admin.person)
      for (const query of ['role=root', 'backup_codes=many', `group=${'x'.repeat(201)}`])
        expect((await visitor.get(`/admin/users?${query}`)).status, query).to.equal(422)
    })
  })
})

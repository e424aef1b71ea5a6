/** The audit log of the console: who did what yesterday, by name, by kind of event, by days of the reader's time zone. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { storedAudit } from '../../src/accounts/audit.ts'
import type { AuditEvent } from '../../src/index.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Visitor } from '../support/client.ts'

const DAY = 86_400

describe('The audit log of the console', () => {
  let fixture: ServerFixture
  let visitor: Visitor
  before(async () => {
    fixture = await sharedFixture()
    ;({ visitor } = await fixture.enterApp(await fixture.person({ roles: ['admin'] }), '/admin/users', 'Users'))
  })

  async function write(lines: readonly Partial<AuditEvent>[]): Promise<void> {
    const rest = { outcome: 'done', reason: null, requestId: null, address: null, actor: null, target: null } as const
    const log = storedAudit(fixture.host.store.journal('audit'), { now: () => 0 })
    for (const line of lines)
      await log.append({ ...rest, id: randomUUID(), at: fixture.server.now(), type: 'account.changed', ...line })
  }
  const get = (query: Record<string, string> | string) =>
    visitor.get(`/admin/audit?${typeof query === 'string' ? query : new URLSearchParams(query).toString()}`)
  const plain = (markup: string) => markup.replaceAll(/<[^>]+>/g, '').replaceAll('&amp;', '&')
  const sentences = ({ text }: { readonly text: string }) =>
    [...text.matchAll(/<p class="what">(.*?)<\/p>/g)].map(([, markup = '']) => plain(markup))
  const hrefOf = ({ text }: { readonly text: string }, label: string) =>
    new RegExp(`<a [^>]*href="([^"]+)"[^>]*>${label}</a>`).exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  /** People with a name of their own, whom no other test has. */
  async function named(...names: readonly string[]): Promise<Named[]> {
    const people = names.map((name) => ({ id: randomUUID(), name, email: `${randomUUID()}@example.com` }))
    const { passwordHash, host } = fixture
    const rest = { roles: [], groups: [], status: 'active', passwordHash, secondFactorSince: null } as const
    for (const person of people) await host.directory.create({ ...person, ...rest })
    return people
  }

  it('finds a person by the beginning of the name, as the one who acted and as the one who was acted on', async () => {
    const [zoe, yan] = (await named('Zoefind Marsh', 'Yanfind Marsh')) as [Named, Named]
    await write([
      { actor: zoe.id, target: yan.id, type: 'account.disabled' },
      { actor: yan.id, target: zoe.id, type: 'account.enabled' },
      { actor: zoe.id, target: zoe.id, type: 'sign_in.done' },
      { actor: yan.id, target: yan.id, type: 'signed_out' },
    ])
    const page = await get({ who: 'zoefi' })
    expect(sentences(page)).to.deep.equal([
      'Zoefind Marsh signed in',
      'Yanfind Marsh enabled the account of Zoefind Marsh again',
      'Zoefind Marsh disabled the account of Yanfind Marsh',
    ])
    expect(page.text).to.contain('value="Zoefind Marsh"').and.to.contain(`name="person" value="${zoe.id}"`)
    expect(sentences(await get({ who: 'Zoefind Marsh', person: zoe.id, event: 'accounts' }))).to.have.length(2)
    expect(sentences(await get({ who: 'yanfind', person: zoe.id, event: 'accounts' }))).to.have.length(2)
    expect(sentences(await get({ who: 'yanfind', person: zoe.id, event: 'sign-ins' }))).to.deep.equal([
      'Yanfind Marsh signed out',
    ])
  })

  it('asks whose events, where several people match, and says so where none does', async () => {
    const [abel, bell] = (await named('Twoofthem Abel', 'Twoofthem Bell')) as [Named, Named]
    await write([
      { actor: null, target: abel.id },
      { actor: null, target: bell.id },
    ])
    const page = await get({ who: 'twoofthem', event: 'accounts' })
    expect(page.text).to.contain('Whose events?').and.to.contain(abel.email).and.to.contain(bell.email)
    expect(sentences(page)).to.deep.equal([])
    const chosen = await visitor.get(hrefOf(page, '<bdi>Twoofthem Bell</bdi>'))
    expect(sentences(chosen)).to.deep.equal(['System changed the account of Twoofthem Bell'])
    expect((await get({ who: abel.email })).text).to.contain('value="Twoofthem Abel"')
    const none = await get({ who: 'nobody-has-this-name' })
    expect([none.status, none.text.includes('No user matches “nobody-has-this-name”.')]).to.deep.equal([200, true])
    const file = await visitor.go('/admin/audit.csv?who=twoofthem')
    expect([file.status, file.text.includes('Whose events?')]).to.deep.equal([200, true])
  })

  it('shows the events of a person who was deleted, by the id', async () => {
    const id = `gone-${randomUUID()}`
    await write([{ target: id, type: 'account.deleted' }])
    expect(sentences(await get({ who: id }))).to.deep.equal([`System deleted the account of ${id}`])
  })

  it('answers "who did what yesterday" with one link, in the time zone of the query', async () => {
    const [person] = (await named('Dayby Day')) as [Named]
    const midnight = Math.floor(fixture.server.now() / DAY) * DAY
    const at = (seconds: number) => ({ target: person.id, at: midnight + seconds })
    await write([
      { ...at(-DAY - 1), type: 'account.created' },
      { ...at(-DAY), type: 'account.disabled' },
      { ...at(-1), type: 'account.enabled' },
      { ...at(0), type: 'account.changed' },
    ])
    const page = await get({ person: person.id })
    const yesterday = await visitor.get(hrefOf(page, 'Yesterday'))
    expect(sentences(yesterday).map((text) => text.split(' ')[1])).to.deep.equal(['enabled', 'disabled'])
    const day = new Date((midnight - DAY) * 1000).toISOString().slice(0, 10)
    expect(yesterday.text).to.contain(`name="from" type="date" value="${day}"`)
    expect(yesterday.text)
      .to.match(/aria-current="true">Yesterday</)
      .and.to.contain('<bdi>UTC</bdi>')
    const away = await get({ person: person.id, from: day, to: day, zone: 'Etc/GMT-1' })
    expect(sentences(away).map((text) => text.split(' ')[1])).to.deep.equal(['disabled', 'created'])
    expect(hrefOf(away, 'Today')).to.contain('zone=Etc')
    const file = await visitor.get(hrefOf(away, 'Download CSV'))
    expect(file.text.match(/"account\.\w+"/g)).to.deep.equal(['"account.disabled"', '"account.created"'])
  })

  it('says which field is wrong, and changes nothing, for what is no day', async () => {
    for (const [query, sentence, field] of [
      ['from=yesterday', 'Enter a date such as', 'from'],
      ['to=2026-02-30', 'Enter a date such as', 'to'],
      ['from=2026-03-02&to=2026-03-01', 'Enter a first day that is not after the last', 'from'],
    ] as const) {
      const page = await get(query)
      expect([page.status, page.h1]).to.deep.equal([422, 'Audit log'])
      expect(page.text).to.match(new RegExp(`role="alert"[^>]*><a href="#${field}">${sentence}`))
      expect(sentences(page)).to.deep.equal([])
    }
    for (const query of [
      'zone=Mars',
      'page=x&at=y',
      'page=-1',
      'page=99999999999999',
      'days=never',
      'who[]=x',
      'event=',
    ])
      expect((await get(query)).status, query).to.equal(200)
    expect((await get({ who: 'x'.repeat(4000), person: 'y'.repeat(2000), event: 'z'.repeat(1000) })).status).to.equal(
      200,
    )
  })

  it('goes to older events and back, whatever is written meanwhile, and repeats none', async () => {
    const [person] = (await named('Pages Many')) as [Named]
    const line = (n: number) => ({ target: person.id, type: 'acme.counted', reason: `number ${n}` })
    for (let n = 1; n <= 60; n++) await write([line(n)])
    const numbers = ({ text }: { readonly text: string }) =>
      [...text.matchAll(/<bdi>number (\d+)<\/bdi>/g)].map(([, number]) => Number(number))
    const first = await get({ person: person.id })
    await fixture.advance(1)
    await write([line(61)])
    const second = await visitor.get(hrefOf(first, 'Older'))
    const third = await visitor.get(hrefOf(second, 'Older'))
    const all = [first, second, third].flatMap(numbers)
    expect(all).to.deep.equal(Array.from({ length: 60 }, (_, index) => 60 - index))
    expect(hrefOf(third, 'Older')).to.equal('')
    expect(numbers(await visitor.get(hrefOf(third, 'Newer')))).to.deep.equal(numbers(second))
    expect(numbers(await visitor.get(hrefOf(second, 'Newer')))[0]).to.equal(61)
  })

  it("lists a host's own type by its name, also as a filter", async () => {
    const id = randomUUID()
    await write([{ target: id, type: 'acme.badge.printed', outcome: 'refused' }, { target: id }])
    const page = await get({ who: id, event: 'acme.badge' })
    expect(sentences(page)).to.deep.equal([`acme.badge.printed · ${id} Refused`])
    expect(page.text).to.contain('<option value="acme.badge" selected>acme.badge</option>')
  })

  it('links the file in the line of the heading, also where nothing matches', async () => {
    const page = await get({ who: 'nobody-has-this-name' })
    expect(page.text).to.match(/<\/h1>\s*<p class="page-actions"><a [^>]*href="\/admin\/audit\.csv\?[^"]*" download>/)
  })
})

interface Named {
  readonly id: string
  readonly name: string
  readonly email: string
}

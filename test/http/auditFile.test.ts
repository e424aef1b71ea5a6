/** The audit log as a file: all events that match the filter, and no formula that a spreadsheet would run. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Visitor } from '../support/client.ts'

describe('The audit log as CSV', () => {
  let fixture: ServerFixture
  let visitor: Visitor
  before(async () => {
    fixture = await sharedFixture()
    ;({ visitor } = await fixture.enterApp(await fixture.person({ roles: ['admin'] }), '/admin/users', 'Users'))
  })
  const cellsOf = (row: string): string[] => row.slice(1, -1).split('","')

  it('is linked from the page with its filter, and contains the events of the page', async () => {
    const ana = await fixture.person()
    await fixture.reset(ana)
    await fixture.idle(ana)
    const page = await visitor.get(`/admin/audit?person=${ana.id}&event=two_factor.reset.started`)
    const href = /<a [^>]*href="([^"]+)" download>/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(href).to.equal(`/admin/audit.csv?person=${ana.id}&event=two_factor.reset.started`)
    const file = await visitor.get(href)
    expect(file.status).to.equal(200)
    expect(file.headers.get('content-type')).to.equal('text/csv; charset=utf-8')
    expect(file.headers.get('content-disposition')).to.match(/^attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"$/)
    expect(file.headers.get('cache-control')).to.equal('no-store')
    const [head, row, ...more] = file.text.split('\r\n')
    expect(head).to.equal(
      '"at","type","outcome","reason","actor","actor_name","target","target_name","address","request_id","id",' +
        '"client_id","session_id","method","acr","browser","system"',
    )
    expect(cellsOf(row ?? '').slice(1, 3)).to.deep.equal(['two_factor.reset.started', 'done'])
    expect(cellsOf(row ?? '')[6]).to.equal(ana.id)
    expect(more).to.deep.equal([''])
  })

  it('has the raw events that the page describes and shows in its details', async () => {
    const ana = await fixture.person()
    await fixture.reset(ana)
    await fixture.idle(ana)
    const { text } = await visitor.get(`/admin/audit?person=${ana.id}&event=two_factor.reset.started`)
    expect(text).to.match(/<p class="what">.+ reset 2FA of <a href="[^"]+"><bdi>/)
    const [, whole = ''] = /<pre dir="ltr">([^<]+)<\/pre>/.exec(text) ?? []
    const event = JSON.parse(whole.replaceAll('&#34;', '"')) as Record<string, unknown>
    expect(event).to.include({ type: 'two_factor.reset.started', target: ana.id, outcome: 'done' })
    expect(event['request_id']).to.be.a('string')
  })

  it('filters by email too, on the page and in the file', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    for (const item of [ana, ben]) await fixture.reset(item)
    for (const item of [ana, ben]) await fixture.idle(item)
    const filter = `who=${encodeURIComponent(ana.email.toUpperCase())}&event=two_factor.reset.started`
    const page = await visitor.get(`/admin/audit?${filter}`)
    expect(page.text.match(/<p class="what">/g)).to.have.length(1)
    expect(page.text).to.include(`/admin/users/${ana.id}`)
    const [, row, ...more] = (await visitor.get(`/admin/audit.csv?${filter}`)).text.split('\r\n')
    expect([cellsOf(row ?? '')[6], more]).to.deep.equal([ana.id, ['']])
    expect((await visitor.get('/admin/audit?who=nobody@example.com')).text).to.include('No user matches')
  })

  it('continues past the first page, and is empty without events', async () => {
    const ana = { id: `nobody-${randomUUID()}` }
    const event = {
      type: 'session.ended',
      actor: null,
      outcome: 'done',
      reason: null,
      requestId: null,
      address: null,
    } as const
    const audit = fixture.host.store.journal('audit')
    const at = fixture.server.now()
    for (let n = 0; n < 450; n++) {
      const id = `${ana.id}.${n}`
      const text = JSON.stringify({ ...event, id, at, target: ana.id })
      await audit.append({ id, at, text, tags: [`user:${ana.id}`] })
    }
    const file = await visitor.get(`/admin/audit.csv?person=${ana.id}`)
    const ids = file.text
      .split('\r\n')
      .slice(1, -1)
      .map((row) => cellsOf(row)[10])
    expect(ids).to.have.length(450)
    expect(new Set(ids)).to.have.length(450)
    const none = await visitor.get('/admin/audit.csv?person=nobody')
    expect([none.status, none.text.split('\r\n').length]).to.deep.equal([200, 2])
  })

  it('contains no formula and no line break, for any reason that was typed', async () => {
    const ana = { id: `nobody-${randomUUID()}` }
    const audit = fixture.host.store.journal('audit')
    const reasons = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1', 'a "quote", and\r\n=a line', 'plain']
    for (const [n, reason] of reasons.entries()) {
      const id = `${ana.id}.${n}`
      const at = fixture.server.now() + n
      const event = { id, at, type: 'two_factor.reset.started', actor: null, target: ana.id, outcome: 'done', reason }
      const text = JSON.stringify({ ...event, requestId: null, address: null })
      await audit.append({ id, at, text, tags: [`user:${ana.id}`] })
    }
    const { text } = await visitor.get(`/admin/audit.csv?person=${ana.id}`)
    const found = [...text.matchAll(/"done","((?:[^"]|"")*)"/g)].map(([, item = '']) => item).toReversed()
    expect(found).to.deep.equal([
      ...reasons.slice(0, 7).map((reason) => `'${reason}`),
      'a ""quote"", and\r\n=a line',
      'plain',
    ])
  })

  it('is refused outside the console', async () => {
    const ana = await fixture.person()
    const { visitor: hers } = await fixture.enterAccount(ana)
    expect((await hers.go('/admin/audit.csv')).text).not.to.contain('two_factor')
    expect((await visitor.get('/admin/audit.csv?person=a&person=b')).status).to.equal(200)
  })
})

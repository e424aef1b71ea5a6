/** Secrets of one browser must not appear in logs, the store, the audit or URLs. All attacks add what they issue. */
import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type ServerFixture, faultsIn, openFixture } from '../support/serverFixture.ts'
import { type Page, setupKeyIn } from '../support/client.ts'
import { secretsIn, secretsKnown } from '../support/secrets.ts'
import { passkeyOwner } from './passkeyOwner.ts'

describe('A secret of one browser', () => {
  let fixture: ServerFixture
  const pages: Page[] = []

  before(async function () {
    this.timeout(30_000)
    fixture = await openFixture({}, { store: 'sqlite' })
    const keep = async (page: Promise<Page>): Promise<Page> => {
      pages.push(await page)
      return page
    }
    // Pages with and without errors.
    const person = await fixture.person({ enrolled: false })
    await keep(fixture.visitor().get(fixture.ask().path))
    const begun = await keep(fixture.begin(fixture.ask('shop', { scope: 'openid offline_access', prompt: 'consent' })))
    await keep(fixture.enterPassword(begun, { email: person.email, password: 'wrong password' }))
    const setUp = await keep(fixture.enterPassword(begun, person))
    await keep(setUp.visitor.submit(setUp, { code: '000001' }))
    const shown = await keep(fixture.confirm(person, setUp))
    await keep(shown.visitor.submit(shown, {}))
    await keep(shown.visitor.get(`${shown.path}.txt`))
    const done = await keep(fixture.saveCodes(person, shown))
    const consent = await keep(fixture.resume(done))
    const allowed = await keep(consent.visitor.submit(consent, { decision: 'allow' }))
    const back = await keep(fixture.resume(allowed))
    const request = fixture.ask('shop')
    await fixture.exchange({ request, code: fixture.codeAt(back) })
    await fixture.refresh('shop', 'no refresh token of ours')
    const challenge = await keep(fixture.challenge(person))
    await keep(challenge.visitor.submit(challenge, { code: '000002' }))
    await keep(fixture.backup(person))
    const admin = await fixture.admin()
    await admin.reset(person, { code: '000003' })
    await admin.reset(person, { code: { nested: '000004' } })
    const { link } = await fixture.reset(person, admin)
    const visitor = fixture.visitor()
    const opened = await keep(visitor.submit(await keep(visitor.get(link)), {}))
    await keep(visitor.submit(opened, { code: '000005' }))
    const saved = await keep(fixture.setUp(person, opened))
    await keep(saved.visitor.get(link))
    await keep(visitor.get(`${link}x`))
    await keep(visitor.post(link, {}))
    await keep(visitor.post(link, 'x'.repeat(100_000)))
    await keep(visitor.get('/nowhere'))
    await fixture.idle(person)
    await passkeyOwner(fixture)
  })

  it('is in no line of the log, and the log has no error', () => {
    for (const kind of [
      'code',
      'password',
      'setup key',
      'backup code',
      'link',
      'access_token',
      'id_token',
      'authorization code',
      'credential id',
      'public key',
    ])
      expect(secretsKnown(kind), kind).to.be.greaterThan(0)
    const output = fixture.server.output()
    expect(output.split('\n').length).to.be.greaterThan(50)
    expect(faultsIn(output, fixture.excused)).to.deep.equal([])
    // Routes are logged by pattern.
    expect(output).to.include('"route":"/two-factor/reset/:token"')
  })

  it('is not in the store, which has seals and digests only', () => {
    const kinds = ['password', 'setup key', 'backup code', 'credential id', 'public key']
    for (const file of readdirSync(fixture.server.dataDirectory).filter((name) => name.includes('.db'))) {
      const bytes = readFileSync(join(fixture.server.dataDirectory, file)).toString('latin1')
      expect(secretsIn(bytes, kinds), file).to.deep.equal([])
    }
    const records = new DatabaseSync(join(fixture.server.dataDirectory, 'records.db'), { readOnly: true })
    const texts = records
      .prepare('SELECT text FROM records')
      .all()
      .map(({ text }) => String(text))
    records.close()
    expect(texts.length).to.be.greaterThan(1)
    expect(secretsIn(texts.join('\n'), [...kinds, 'link', 'code'])).to.deep.equal([])
  })

  it('is in no line of the audit', async () => {
    const admin = await fixture.admin()
    for (let path = '/audit-events?limit=200'; ;) {
      const { body, text } = await admin.call('GET', path)
      const kinds = ['password', 'setup key', 'backup code', 'link', 'access_token', 'credential id', 'public key']
      expect(secretsIn(text, kinds)).to.deep.equal([])
      if (!body.next_cursor) break
      path = `/audit-events?limit=200&cursor=${encodeURIComponent(body.next_cursor)}`
    }
  })

  it('is in no URL but the mailed link, and no page shows a stack', () => {
    for (const { path, status, location, text } of pages) {
      const where = `${status} ${path.slice(0, 40)}`
      if (location?.startsWith('/')) expect(secretsIn(location), where).to.deep.equal([])
      for (const { path: at } of pages) if (!at.includes('/two-factor/reset/')) expect(secretsIn(at)).to.deep.equal([])
      expect(text, where).not.to.include('"stack"')
    }
  })

  it('is in no cookie', () => {
    const cookies = pages.flatMap(({ headers }) => headers.getSetCookie())
    expect(cookies.length).to.be.greaterThan(8)
    expect(secretsIn(cookies.join('\n'))).to.deep.equal([])
  })

  it('is on no other page: setup keys are on the set-up page only', () => {
    const showing = pages.filter(({ text }) => setupKeyIn(text).length > 0)
    expect(showing.map(({ h1 }) => h1)).to.deep.equal(showing.map(() => 'Set up your authenticator'))
    // A confirmed authenticator is not shown again.
    expect(
      pages
        .filter(({ h1 }) => h1 === 'You are all set' || h1 === 'Enter your code')
        .flatMap(({ text }) => setupKeyIn(text)),
    ).to.deep.equal([])
  })
})

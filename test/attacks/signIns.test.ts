/** Sign-ins, refusals and sign-outs in the audit, with address and device, and without what was typed. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { type ServerFixture, laxFixture, openFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Body } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { type Visitor, wayOn, withForm } from '../support/client.ts'

const firefox = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0' }
const here = /^127\.0\.0\.0\/24$|^0:0:0::\/48$/
const TWO_FACTORS = 'urn:oidc-rekey:acr:2fa'
/** A burst of wrong passwords. Seconds. */
const BURST = 900

for (const store of ['sqlite', 'redis'] as const)
  describe(`A sign-in, in the audit of ${store}`, () => {
    let fixture: ServerFixture
    let admin: Acting
    before(async () => {
      fixture = await openFixture({}, { store })
    })
    beforeEach(async () => {
      // Bursts are counted by quarters of an hour; each test starts at the start of one.
      await fixture.advance(BURST - (fixture.server.now() % BURST))
      admin = await fixture.admin()
    })

    const list = async (type: string, filter = ''): Promise<Body[]> =>
      (await admin.call('GET', `/audit-events?type=${type}&limit=200${filter}`)).body.items
    /** The lines of a type about a person, when there are `count`. */
    const lines = (type: string, { id }: Pick<Person, 'id'>, count = 1): Promise<Body[]> =>
      fixture.eventually(async () => {
        const found = await list(type, `&user=${id}`)
        expect(found, type).to.have.length(count)
        return found
      })
    /** Waits until all earlier lines are written; lines are written in order. */
    async function written(): Promise<void> {
      const last = await fixture.person()
      await wrong(last.email)
      await lines('password.refused', last)
    }
    async function wrong(email: string, visitor: Visitor = fixture.visitor()) {
      const page = await visitor.go(fixture.ask().path)
      return visitor.submit(page, { email, password: `wrong-${randomUUID()}` }, firefox)
    }
    async function signOut(visitor: Visitor, logout: { logout?: string }): Promise<void> {
      const page = await visitor.go('/session/end?client_id=app')
      const xsrf = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
      const headers = { origin: fixture.issuer, ...firefox }
      const done = await visitor.post('/session/end/confirm', { xsrf, ...logout }, headers)
      expect(done.status).to.be.oneOf([200, 303])
    }

    it('is audited once, with person, client, method and address; single sign-on is not', async () => {
      const ana = await fixture.person()
      const { visitor } = await fixture.enter(ana)
      expect(await fixture.silently(visitor)).to.equal('code')
      const [session] = (await admin.call('GET', `/users/${ana.id}/sessions`)).body.items
      const [line] = await lines('sign_in.done', ana)
      expect(line).to.include({ actor: ana.id, target: ana.id, outcome: 'done', reason: null, client_id: 'app' })
      expect(line).to.include({ session_id: session.id, method: 'otp', acr: TWO_FACTORS })
      expect(line.address).to.match(here)
      expect(line.request_id).to.be.a('string')
      await fixture.enter(ana, fixture.ask('app', { prompt: 'login' }), visitor)
      const [second, first] = await lines('sign_in.done', ana, 2)
      expect(first.id).to.equal(line.id)
      expect(second.session_id).to.equal(line.session_id)
    })

    it('is audited once when consent follows, and names a backup code as the method', async () => {
      const ana = await fixture.person()
      await fixture.enter(ana, fixture.ask('shop', { scope: 'openid offline_access', prompt: 'consent' }))
      const page = await fixture.backup(ana)
      const done = await page.visitor.submit(page, { code: ana.codes[0] ?? '' }, firefox)
      await page.visitor.go(new URL(wayOn(done) ?? '', fixture.issuer).pathname, firefox)
      const [byBackupCode, atShop] = await lines('sign_in.done', ana, 2)
      expect(byBackupCode).to.include({ client_id: 'app', method: 'backup_code', acr: TWO_FACTORS })
      expect(byBackupCode.device).to.deep.equal({ browser: 'Firefox', system: 'Windows' })
      expect(atShop).to.include({ client_id: 'shop', method: 'otp' })
      await written()
      await lines('sign_in.done', ana, 2)
    })

    it('with a wrong password is one line for each burst, and one for all unknown emails', async () => {
      const ana = await fixture.person()
      const unknownEmails = Array.from({ length: 4 }, () => `nobody-${randomUUID()}@example.com`)
      for (const email of [ana.email, ana.email, ana.email.toUpperCase(), ...unknownEmails])
        expect((await wrong(email)).status).to.equal(422)
      const [line] = await lines('password.refused', ana)
      expect(line).to.include({ actor: null, target: ana.id, outcome: 'refused', client_id: 'app' })
      expect(line.address).to.match(here)
      expect(line.device).to.deep.equal({ browser: 'Firefox', system: 'Windows' })
      await written()
      const since = `&from=${new Date((fixture.server.now() - 60) * 1000).toISOString()}`
      const unknown = (await list('password.refused', since)).filter(({ target }) => target === null)
      expect(unknown).to.have.length(1)
      expect(unknown[0]).to.include({ actor: null, outcome: 'refused', reason: null })
      await fixture.advance(BURST)
      admin = await fixture.admin()
      await wrong(ana.email)
      await lines('password.refused', ana, 2)

      const audit = await fixture.host.store.journal('audit').list({ limit: 1000 })
      const kept = audit.map((entry) => JSON.stringify(entry)).join('\n')
      for (const text of [...unknownEmails, 'wrong-']) {
        expect(kept, text).not.to.contain(text)
        expect(fixture.server.output(), text).not.to.contain(text)
      }
    })

    it('has no special rule: a wrong password at a mailed link or at its change is audited too', async () => {
      const [ana, ben] = [await fixture.person({ roles: ['helpdesk'] }), await fixture.person()]
      const { link } = await fixture.reset(ana)
      const visitor = fixture.visitor()
      const request = await visitor.submit(await visitor.get(link), {})
      expect(request.h1).to.equal('Enter your password')
      for (const password of ['not mine', 'nor this']) await visitor.submit(request, { password }, firefox)
      const [atLink] = await lines('password.refused', ana)
      expect(atLink)
        .to.include({ actor: null, target: ana.id, outcome: 'refused' })
        .and.not.to.have.property('client_id')

      const entered = await fixture.enter(ben)
      const begun = await fixture.begin(fixture.ask('app', { prompt: 'change_password' }), entered.visitor)
      const page = await entered.visitor.submit(begun, { code: await ben.code() })
      const typed = { current_password: 'not mine', password: 'a horse that reads at night' }
      expect((await page.visitor.submit(page, typed, firefox)).status).to.equal(422)
      const [atChange] = await lines('password.refused', ben)
      expect(atChange).to.include({ actor: null, target: ben.id, client_id: 'app' })
      await lines('sign_in.done', ben)
    })

    it('that a reset or a disabling ends at its last step is refused, with the reason', async () => {
      for (const reason of ['sign-in-over', 'account-disabled']) {
        const ana = await fixture.person()
        await fixture.enter(ana)
        const page = await fixture.challenge(ana)
        const done = await page.visitor.submit(page, { code: await ana.code() })
        await (reason === 'sign-in-over' ? fixture.reset(ana) : fixture.host.directory.setStatus(ana.id, 'disabled'))
        await page.visitor.get(new URL(wayOn(done) ?? '', fixture.issuer).pathname)
        const [line] = await lines('sign_in.refused', ana)
        expect(line).to.include({ target: ana.id, outcome: 'refused', reason, client_id: 'app' })
        await lines('sign_in.done', ana)
      }
    })

    it('that ends in a page of a refusal is audited as refused, once', async () => {
      const ana = await fixture.person()
      await fixture.enter(ana)
      const page = await fixture.challenge(ana)
      await fixture.reset(ana)
      for (let n = 0; n < 2; n++)
        await page.visitor.post(
          page.form?.action ?? '',
          { form_token: page.form?.token ?? '', code: await ana.code() },
          {
            origin: fixture.issuer,
          },
        )
      const [line] = await lines('sign_in.refused', ana)
      expect(line).to.include({ target: ana.id, outcome: 'refused', reason: 'sign-in-over' })
    })

    it('ends by signing out, not by the other answer of that page, and by the sign-in of another person', async () => {
      const [ana, ben] = [await fixture.person(), await fixture.person()]
      const { visitor } = await fixture.enter(ana)
      const [{ session_id: session }] = await lines('sign_in.done', ana)
      await signOut(visitor, {})
      await signOut(visitor, { logout: 'yes' })
      const [line] = await lines('signed_out', ana)
      expect(line).to.include({ actor: ana.id, target: ana.id, session_id: session, client_id: 'app', reason: null })
      expect(line.device).to.deep.equal({ browser: 'Firefox', system: 'Windows' })

      const shared = await fixture.enter(ben)
      await fixture.enter(ana, fixture.ask('app', { prompt: 'login' }), shared.visitor)
      const [replaced] = await lines('signed_out', ben)
      expect(replaced).to.include({ target: ben.id, client_id: 'app', reason: 'replaced' })
    })

    it('is shown to its owner and to administrators in plain language', async () => {
      const ana = await fixture.person()
      const { visitor } = await fixture.enterAccount(ana)
      await wrong(ana.email)
      await lines('password.refused', ana)
      await lines('sign_in.done', ana)
      const { text } = await visitor.go('/account')
      expect(text).to.contain('You signed in</p>')
      expect(text).to.match(
        /A wrong password was entered for your account.*\s*<p class="hint">.*Firefox on Windows · from /,
      )
      const out = withForm(await visitor.go('/account'), /\/account\/sign-out$/)
      expect((await visitor.submit(out, {})).h1).to.equal('Sign out?')

      const entered = await fixture.enterApp(await fixture.person({ roles: ['admin'] }), '/admin/audit', 'Audit log')
      const page = await entered.visitor.go(`/admin/audit?person=${ana.id}`)
      expect(page.text)
        .to.match(/<bdi>[^<]+<\/bdi><\/a> signed in</)
        .and.to.match(/Wrong password for <a/)
    })
  })

describe('A sign-in with the password alone, in the audit', () => {
  it('says so, and a later second factor is a sign-in of its own', async () => {
    const fixture = await laxFixture()
    const ana = await fixture.person()
    // The first sign-in needs a code, since it shows backup codes.
    await fixture.enter(ana)
    const { visitor } = await fixture.enter(ana)
    const found = (count: number) =>
      fixture.eventually(async () => {
        const tags = [`user:${ana.id}`, 'type:sign_in.done']
        const lines = await fixture.host.store.journal('audit').list({ tags, limit: 10 })
        expect(lines).to.have.length(count)
        return lines.map(({ text }): Body => JSON.parse(text))
      })
    const [first] = await found(3)
    expect(first).to.include({ method: 'password', acr: 'urn:oidc-rekey:acr:1fa', client: 'app' })
    await fixture.enter(ana, fixture.ask('app', { acr_values: TWO_FACTORS }), visitor)
    const [second] = await found(4)
    expect(second).to.include({ method: 'otp', acr: TWO_FACTORS, session: first.session })
  })
})

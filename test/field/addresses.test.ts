/** Every entry for an address takes every spelling of it: people paste it, browsers send umlauts as `xn--`, programs send either. */
import { expect } from 'chai'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { importAccounts } from '../../src/server/commands/importAccounts.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import type { Acting } from '../support/managementCalls.ts'
import { type Page, withForm } from '../support/client.ts'
import { recovery } from '../support/recovery.ts'

const email = 'ana@müller.example'
const spellings: Readonly<Record<string, string>> = {
  'as it is stored': email,
  'as Chromium sends it': 'ana@xn--mller-kva.example',
  'in upper case, with spaces': ' ANA@MÜLLER.EXAMPLE\t',
  'with a combining umlaut': 'ana@mu\u0308ller.example',
  'in full width': 'ａｎａ＠müller．example',
}
/** As they come with text that is copied from a page, a document or a chat. */
const pasted: Readonly<Record<string, string>> = {
  'with a zero-width space': 'ana\u200B@müller.example',
  'with a soft hyphen': 'ana@mül\u00ADler.example',
  'with marks of direction': '\u202Aana@xn--mller-kva.example\u202C',
  'with a byte order mark': '\uFEFFana@müller.example',
}
/** No mail server takes them, so that no entry does. */
const unmailable: Readonly<Record<string, string>> = {
  'a colon': 'first:last@example.com',
  'a comment': 'a(b)@example.com',
  'a quoted part': '"a b"@example.com',
  'two dots': 'a..b@example.com',
  'a local part of 65 letters': `${'a'.repeat(65)}@example.com`,
  'a local part of 66 bytes': `${'ü'.repeat(33)}@example.com`,
  'a label of 64 letters': `a@${'b'.repeat(64)}.example`,
  'an IP address': 'a@127.0.0.1',
  'a second recipient': 'a@example.com,b@example.com',
  'a line break': 'a@example.com\nBcc: b@example.com',
  'a character that was lost': 'a\uFFFD@example.com',
}
const everySpelling = Object.entries({ ...spellings, ...pasted })

describe('An address', function () {
  this.timeout(60_000)
  let host: ApiHost
  let admin: Acting
  let ana: { readonly id: string; readonly email: string; readonly password: string }
  let console: Page

  before(async () => {
    const free = { linksPerHour: null, passwordLinksPerNetwork: null, mailsPerHour: null }
    host = await openApiHost({ rules: free })
    const { passwordHash, password } = host
    await host.host.directory.create({ id: 'ana', email: 'ana@xn--mller-kva.example', name: 'Ana', passwordHash })
    ana = { id: 'ana', email, password }
    admin = await host.admin()
    console = await host.enterApp(admin.person, '/admin/users', 'Users')
  })
  after(() => host.close())

  it('is stored in its readable form', async () => {
    expect((await host.host.directory.find('ana'))?.email).to.equal(email)
  })

  /** Entries where a person is looked up. Each throws if the person is not found. */
  const finders: Readonly<Record<string, (spelling: string) => Promise<unknown>>> = {
    async 'the sign-in'(spelling) {
      const page = await host.enterPassword(await host.begin(), { ...ana, email: spelling })
      expect(page.h1).to.equal('Set up your authenticator')
    },
    async 'the forgotten password'(spelling) {
      const before = await host.links(ana)
      await host.askForPassword(spelling)
      await host.host.rekey.idle()
      expect((await host.links(ana)).length).to.equal(before.length + 1)
    },
    async 'the search of the console'(spelling) {
      const page = await console.visitor.get(`/admin/users?search=${encodeURIComponent(spelling)}`)
      expect(page.text).to.contain('href="/admin/users/ana?list=')
    },
    async 'the filter of the audit log'(spelling) {
      const page = await console.visitor.get(`/admin/audit?who=${encodeURIComponent(spelling)}`)
      expect(page.text).to.contain('<bdi>Ana</bdi>')
    },
    async 'the search of the API'(spelling) {
      const { body } = await admin.call('GET', `/users?search=${encodeURIComponent(spelling)}`)
      expect((body.items as { id: string }[]).map(({ id }) => id)).to.deep.equal(['ana'])
    },
    async 'the reset of the command line'(spelling) {
      expect(await command(['two-factor', 'reset', spelling])).to.deep.equal([0, 'reset ana'])
    },
    async 'the deletion of the command line'(spelling) {
      expect(await command(['accounts', 'delete', spelling])).to.deep.equal([0, 'delete ana'])
    },
    async 'the list of the command line'(spelling) {
      const [status, ...lines] = await command(['accounts', 'list', '--search', spelling])
      expect([status, lines.length]).to.deep.equal([0, 1])
    },
  }

  for (const [entry, find] of Object.entries(finders))
    it(`is found by ${entry} in every spelling`, async () => {
      for (const [, spelling] of everySpelling) await find(spelling)
    })

  /** Entries where a new person gets an address: what is answered for one that exists, and for one that is none. */
  const entries: Readonly<Record<string, (spelling: string) => Promise<string>>> = {
    async 'the API'(spelling) {
      const { status, body } = await admin.call('POST', '/users', { email: spelling, name: 'Second' })
      return status === 409 ? 'exists' : faultOf(status, body)
    },
    async 'the form of the console'(spelling) {
      const page = withForm(await console.visitor.get('/admin/invite'), /invite$/)
      const { status, alert } = await page.visitor.send(page, { email: spelling, name: 'Second' })
      if (alert?.startsWith('There is an account')) return 'exists'
      return status === 422 ? `not an address: ${alert}` : String(status)
    },
    async 'an import'(spelling) {
      const said: string[] = []
      const { directory: accounts, clock } = host.host
      const tools = { accounts, clock, adopt: async () => undefined, report: (line: string) => said.push(line) }
      const counts = await importAccounts(single({ email: spelling, name: 'Second' }), tools)
      return counts.exists === 1 ? 'exists' : said.join()
    },
    async 'the command line'(spelling) {
      const [, ...lines] = await command(['accounts', 'create', '--email', spelling, '--name', 'Second'])
      return lines.some((line) => String(line).endsWith('exists')) ? 'exists' : lines.join()
    },
    async 'a change by the API'(spelling) {
      const { id } = await host.person()
      const code = await admin.person.code().catch(() => '000000')
      const { status, body } = await admin.call('PATCH', `/users/${id}`, { email: spelling, code })
      return status === 409 ? 'exists' : faultOf(status, body)
    },
    async 'a change in the console'(spelling) {
      const { id, email: was } = await host.person()
      const page = withForm(await console.visitor.get(`/admin/users/${id}/edit`), /edit$/)
      const fields = { name: 'P', name_was: 'P', email: spelling, email_was: was }
      const { status, alert } = await page.visitor.send(page, fields)
      if (alert?.startsWith('There is an account')) return 'exists'
      return status === 422 ? `not an address: ${alert}` : String(status)
    },
  }

  for (const [entry, enter] of Object.entries(entries)) {
    const isForm = entry.includes('console')
    it(`that exists is refused by ${entry} in every spelling`, async () => {
      for (const [how, spelling] of Object.entries({ ...spellings, ...(isForm && pasted) }))
        expect(await enter(spelling), how).to.equal('exists')
    })
    if (!isForm)
      it(`with a character that is not seen is named by ${entry}`, async () => {
        for (const [how, spelling] of Object.entries(pasted))
          expect(await enter(spelling), how).to.match(
            /email: contains an invisible character, U\+(200B|00AD|202A|FEFF)$/,
          )
      })
    it(`that cannot be mailed to is refused by ${entry}`, async () => {
      for (const [how, text] of Object.entries(unmailable))
        expect(await enter(text), how).to.match(
          /email: must (be an email|have at most)|not an address|an argument is not UTF-8/,
        )
    })
  }

  const changes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'the email as Chromium sends it': { email: 'ana@xn--mller-kva.example' },
    'the name with combining marks': { name: 'Zoe\u0308', name_was: 'Zoë' },
    'the name with spaces': { name: ' Zoë ', name_was: 'Zoë' },
    'both, and one role': { name: 'Zoe\u0308', email: 'ANA@mu\u0308ller.example' },
  }
  for (const [what, fields] of Object.entries(changes))
    it(`is not changed by ${what}, in a form for something else`, async () => {
      const page = withForm(await console.visitor.get('/admin/users/ana/edit'), /edit$/)
      const shown = { name: 'Zoë', name_was: 'Zoë', email, email_was: email }
      expect((await page.visitor.send(page, { ...shown, ...fields })).location).to.equal('/admin/users/ana')
    })

  it('sent back unchanged with a new name takes no code, and changes the name only', async () => {
    for (const [, spelling] of Object.entries(spellings)) {
      const { status, body } = await admin.call('PATCH', '/users/ana', {
        email: spelling,
        name: `Ana ${spelling.length}`,
      })
      expect([status, body.name, body.email]).to.deep.equal([200, `Ana ${spelling.length}`, email])
    }
    expect((await host.host.directory.find('ana'))?.emailVerified ?? true).to.equal(true)
  })

  const faultOf = (status: number, body: unknown): string => {
    const [first] = (body as { errors?: { path: string; message: string }[] }).errors ?? []
    return `${status} ${first?.path}: ${first?.message}`
  }

  async function* single(value: object) {
    yield { line: 1, value }
  }

  async function command(args: readonly string[]): Promise<(number | string)[]> {
    const lines: string[] = []
    const done: string[] = []
    const status = await runCommand(args, {
      environment: {},
      out: (line) => lines.push(line),
      error: (line) => lines.push(line),
      input: async () => new Uint8Array(),
      serve: async () => undefined,
      examine: async () => [],
      open: async () => ({
        accounts: host.host.directory,
        clock: host.host.clock,
        adopt: async () => undefined,
        replaceFactor: async () => undefined,
        resetFactor: async (id) => (done.push(`reset ${id}`), null),
        deleteAccount: async (id) => void done.push(`delete ${id}`),
        reseal: async () => true,
        ...recovery,
        close: async () => undefined,
      }),
    })
    return [status, ...(done.length > 0 ? done : lines)]
  }
})

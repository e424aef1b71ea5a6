/** Invite several: every line is checked before anything is sent, one code gives all roles, and each line has an outcome. */
import { expect } from 'chai'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { limitedFixture, openFixture, type ServerFixture } from '../support/serverFixture.ts'

const plain = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
/** Lines of the report, or of the faults, by number. */
const reportIn = ({ text }: Page): string[] =>
  [...text.matchAll(/<li value="(\d+)">([^]*?)<\/li>/g)].map(([, line, says]) => `${line}: ${plain(says ?? '')}`)
const sends = async (
  by: Visitor,
  lines: readonly string[],
  fields: Readonly<Record<string, string>> = {},
): Promise<Page> =>
  by.submit(withForm(await by.get('/admin/invite/several'), /several$/), { lines: lines.join('\r\n'), ...fields })

describe('Invite several', () => {
  let fixture: ServerFixture
  let admin: Person
  let visitor: Visitor
  before(async () => {
    fixture = await openFixture({ helpdesk: { groups: ['sales'] } })
    admin = await fixture.person({ roles: ['admin'] })
    ;({ visitor } = await fixture.enterApp(admin, '/admin/users', 'Users'))
  })
  const stored = (email: string) => fixture.host.directory.findByEmail(email)

  it('invites one person a line, in any form that a spreadsheet copies, and reports each', async () => {
    const { email: taken } = await fixture.person()
    const page = await sends(visitor, [
      'Ana Silva, ana@several.example, de, , sales, Lisbon',
      '',
      'Ben Okafor\tben@several.example',
      `Carla Rossi; ${taken}; en`,
      'Ana Again, ANA@several.example',
    ])
    expect(page.status).to.equal(200)
    expect(plain(/id="said-done"[^]*?<\/div>/.exec(page.text)![0])).to.contain('2 of 4 users invited.')
    expect(reportIn(page)).to.deep.equal([
      '1: Ana Silva Invited ana@several.example',
      '3: Ben Okafor Invited ben@several.example',
      `4: Carla Rossi Already has an account ${taken}`,
      '5: Ana Again Already has an account ANA@several.example',
    ])
    expect(await stored('ana@several.example')).to.deep.include({
      name: 'Ana Silva',
      locale: 'de',
      groups: ['sales', 'Lisbon'],
      roles: [],
      status: 'pending',
    })
    expect(await stored('ben@several.example')).to.deep.include({ locale: null, groups: [] })
    await fixture.eventually(async () => expect(await fixture.mailed('ben@several.example')).to.have.length(1))
  })

  it('sends nothing while a line has a fault, and names every such line', async () => {
    const page = await sends(visitor, [
      'Good One, good@several.example',
      'No Address, none',
      ', noname@several.example',
      'Odd, odd@several.example, xx',
      'Root, root@several.example, en, root',
      `Long, long@several.example, en, , ${'g'.repeat(101)}`,
    ])
    // The words of the form are checked first, then the values.
    expect([page.status, reportIn(page)]).to.deep.equal([
      422,
      [
        '4: This service does not have the language. Odd, odd@several.example, xx',
        '5: A role is admin or helpdesk. Root, root@several.example, en, root',
      ],
    ])
    const next = await sends(visitor, [
      'Good One, good@several.example',
      'No Address, none',
      ', noname@several.example',
    ])
    expect([next.status, reportIn(next)]).to.deep.equal([
      422,
      ['2: Enter an email address. No Address, none', '3: Enter a name. , noname@several.example'],
    ])
    expect(next.text).to.contain('Good One, good@several.example')
    expect(await stored('good@several.example')).to.equal(null)
    for (const [lines, says] of [
      [[''], 'Enter one user a line.'],
      [Array.from({ length: 201 }, (_, n) => `A, a${n}@several.example`), 'Enter at most 200 users.'],
    ] as const) {
      const refused = await sends(visitor, lines)
      expect([refused.status, refused.alert]).to.deep.equal([422, says])
    }
  })

  it('gives roles with one code for the whole list, and without it nothing is sent', async () => {
    const lines = [
      'R1, r1@several.example, en, helpdesk',
      'R2, r2@several.example, , Admin helpdesk',
      'N, n@several.example',
    ]
    for (const code of ['', '000000']) {
      const page = await sends(visitor, lines, { code })
      expect([page.status, page.text.includes('r1@several.example')]).to.deep.equal([422, true])
    }
    expect(await stored('n@several.example')).to.equal(null)
    const page = await sends(visitor, lines, { code: await admin.code() })
    expect([page.status, reportIn(page).length]).to.deep.equal([200, 3])
    expect((await stored('r1@several.example'))?.roles).to.deep.equal(['helpdesk'])
    expect((await stored('r2@several.example'))?.roles).to.have.members(['admin', 'helpdesk'])
    expect((await stored('n@several.example'))?.roles).to.deep.equal([])
  })

  it('lets a helpdesk invite into its own groups only, and give no role', async () => {
    const helpdesk = await fixture.person({ roles: ['helpdesk'] })
    const { visitor: by } = await fixture.enterApp(helpdesk, '/admin/users', 'Users')
    const page = await sends(by, ['In, in@several.example, , , sales', 'Out, out@several.example, , , staff'])
    expect(reportIn(page)).to.deep.equal([
      '1: In Invited in@several.example',
      '2: Out Not in a group that you look after out@several.example',
    ])
    expect(await stored('out@several.example')).to.equal(null)
    const lines = ['Root, root@several.example, , admin, sales']
    expect((await sends(by, lines, { code: await helpdesk.code() })).status).to.equal(403)
    expect(await stored('root@several.example')).to.equal(null)
  })

  it('reports the lines beyond the limit of emails with the time, and keeps them to be sent later', async () => {
    const limited = await limitedFixture()
    const { visitor: by } = await limited.enterApp(await limited.person({ roles: ['admin'] }), '/admin/users', 'Users')
    const page = await sends(
      by,
      Array.from({ length: 53 }, (_, n) => `P${n}, p${n}@limit.example`),
    )
    const report = reportIn(page)
    expect(report.filter((line) => line.includes(' Invited ')).length).to.equal(50)
    const late = report.slice(50)
    expect(late).to.have.length(3)
    for (const line of late)
      expect(line).to.match(/Not sent: too many emails p5\d@limit\.example Possible again from \d/)
    const [, left] = /<textarea id="lines"[^>]*>([^<]*)</.exec(page.text)!
    expect(left!.split('\n')).to.deep.equal([50, 51, 52].map((n) => `P${n}, p${n}@limit.example`))
  })
})

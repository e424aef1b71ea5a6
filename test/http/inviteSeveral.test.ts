/** Invite several: a preview says what would be sent before anything is, one code gives all roles, and each line has an outcome. */
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
const FORM = /several$/
/** The list, without the press that sends it. */
const checks = async (by: Visitor, lines: readonly string[]): Promise<Page> =>
  by.submit(withForm(await by.get('/admin/invite/several'), FORM), { lines: lines.join('\r\n') })
const linesIn = ({ text }: Page): string => / name="lines" value="([^"]*)"/.exec(text)?.[1] ?? ''
/** Checks the list, then sends it from the preview. */
const sends = async (
  by: Visitor,
  lines: readonly string[],
  fields: Readonly<Record<string, string>> = {},
): Promise<Page> => {
  const preview = await checks(by, lines)
  if (preview.status !== 200) return preview
  return by.submit(withForm(preview, FORM), { lines: linesIn(preview), send: 'yes', ...fields })
}

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

  it('shows what would be sent to each user, and sends nothing before the next press', async () => {
    const { email: taken } = await fixture.person()
    const lines = [
      '',
      'Nia Moreau, nia@preview.example, de, helpdesk, sales, Lisbon',
      'Otto Lang; otto@preview.example',
      `Carla Rossi, ${taken}`,
      'Otto Again, OTTO@preview.example',
    ]
    const preview = await checks(visitor, lines)
    expect([preview.status, preview.text.includes('Nothing has been sent yet.')]).to.deep.equal([200, true])
    expect(reportIn(preview)).to.deep.equal([
      '2: Nia Moreau Will be invited nia@preview.example Deutsch · Helpdesk · sales · Lisbon',
      '3: Otto Lang Will be invited otto@preview.example English',
      `4: Carla Rossi Already has an account ${taken} English`,
      '5: Otto Again Already has an account OTTO@preview.example English',
    ])
    expect(preview.text).to.contain('id="code"')
    const form = withForm(preview, FORM)
    const wrong = await visitor.submit(form, { lines: linesIn(preview), send: 'yes', code: '000000' })
    expect([wrong.status, reportIn(wrong), linesIn(wrong)]).to.deep.equal([422, reportIn(preview), lines.join('\r\n')])
    expect([await stored('nia@preview.example'), await stored('otto@preview.example')]).to.deep.equal([null, null])
    const back = await visitor.submit(withForm(wrong, FORM), { lines: linesIn(wrong), change: 'yes' })
    expect([back.status, /<textarea[^>]*>([^<]*)</.exec(back.text)?.[1]]).to.deep.equal([200, lines.join('\r\n')])
  })

  it('asks for no code when no line gives a role, and offers nothing to send when all have an account', async () => {
    const { email: taken } = await fixture.person()
    expect((await checks(visitor, ['Ida Berg, ida@preview.example'])).text).not.to.contain('id="code"')
    const none = await checks(visitor, [`Carla Rossi, ${taken}`])
    expect([none.status, none.text.includes('name="send"')]).to.deep.equal([200, false])
  })

  it('takes a language with a region, as the emails do', async () => {
    const lines = ['Rui Dias, rui@preview.example, pt-BR', 'Zoé Roy, zoe@preview.example, FR']
    expect(reportIn(await checks(visitor, lines))).to.deep.equal([
      '1: Rui Dias Will be invited rui@preview.example Português',
      '2: Zoé Roy Will be invited zoe@preview.example Français',
    ])
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
    expect((await checks(by, lines)).status).to.equal(403)
    const form = withForm(await by.get('/admin/invite/several'), FORM)
    const forced = { lines: lines.join('\n'), send: 'yes', code: await helpdesk.code() }
    expect((await by.submit(form, forced)).status).to.equal(403)
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

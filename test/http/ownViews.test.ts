/** A host's own templates replace ours by name. */
import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createViews } from '../../src/http/pages/render.ts'
import { createVisitor } from '../support/client.ts'
import { type Host, startHost } from '../support/host.ts'

describe('A host’s own pages', () => {
  let folder = ''
  let host: Host | undefined
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekey-views-'))
    await mkdir(join(folder, 'partials'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
    await host?.close()
    host = undefined
  })

  it('replace ours by name, with the same locals; the others stay', async () => {
    await writeFile(
      join(folder, 'dead-link.ejs'),
      '<p>Call 4711. <%= locals.say(`dead-link.${locals.why}.next`) %></p>',
    )
    await writeFile(join(folder, 'partials', 'help.ejs'), '<a href="https://help.example.com/">Room 12</a>')
    host = await startHost({ options: { viewsDirectory: folder } })
    const page = await createVisitor(host.issuer).get('/two-factor/reset/garbage')
    expect([page.status, page.h1]).to.deep.equal([404, 'This link does not work'])
    expect(page.text).to.contain('<p>Call 4711. Check that the whole address').and.to.contain('>Room 12</a>')
    const other = await createVisitor(host.issuer).get('/sign-in/nobody')
    expect(other.text).to.contain('Room 12').and.not.to.contain('4711')
  })

  it('are refused at the start if they replace no template, or are missing', async () => {
    await writeFile(join(folder, 'sign-inn.ejs'), '')
    const made = (own: string) => () => createViews({ brand: { name: 'Acme ID' }, base: '', languages: ['en'], own })
    expect(made(folder)).to.throw('there is no page or part named sign-inn')
    expect(made(join(folder, 'nowhere'))).to.throw('ENOENT')
  })
})

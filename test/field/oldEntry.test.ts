/** An app that still has the entry of before shows two for one account, and people take the first. */
import { expect } from 'chai'
import { openStandalone, type Standalone } from './standalone.ts'

const hint = 'the older one is not accepted here'

describe('The code of the old entry at a set-up', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone()
  })
  after(() => server.close())

  it('after a reset is refused, and the page says which entry counts', async () => {
    const [admin, person] = [await server.admin(), await server.person()]
    await server.enter(person)
    const old = person.authenticator
    expect((await admin.reset(person, { code: await admin.person.code() })).status).to.equal(201)
    const page = await server.challenge(person)
    expect(page.h1).to.equal('Set up your authenticator')
    expect(page.text).not.to.include(hint)
    const again = await page.visitor.submit(page, { code: old.at(server.server.now()) })
    expect([again.status, again.h1]).to.deep.equal([422, page.h1])
    expect(again.text).to.include(hint)
    expect((await server.confirm(person, again)).h1).to.equal('Save your backup codes')
  })

  it('at a first set-up there is none', async () => {
    const person = await server.person({ enrolled: false })
    let page = await server.challenge(person)
    if (page.h1 === 'Protect your account') page = await server.continueSignIn(person, page)
    const again = await page.visitor.submit(page, { code: '000000' })
    expect(again.status).to.equal(422)
    expect(again.text).not.to.include(hint)
  })
})

/** Passwords in a directory that is not ours. */
import { expect } from 'chai'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import type { Page } from '../support/client.ts'

const NEW = 'a horse that reads at night'
const CHANGE = { prompt: 'change_password' }

describe('A directory that is away when a password has been changed', () => {
  /** How many calls fail from now on. */
  let failing = 0
  let host: ApiHost
  before(async () => {
    host = await openApiHost({
      directory: (whole) => ({
        ...whole,
        async setPassword(...asked) {
          if (failing-- > 0) throw new Error('away')
          return whole.setPassword(...asked)
        },
      }),
    })
  })
  after(() => host.close())

  it('shuts nobody out once it is back: the next try does it, however long the tries before were put off', async () => {
    const person = await host.person()
    const { visitor } = await host.enter(person)
    const asked = await host.begin(host.ask('app', CHANGE), visitor)
    const page = await visitor.submit(asked, { code: await person.code() })
    const send = (): Promise<Page> => visitor.send(page, { current_password: person.password, password: NEW })
    failing = 3
    for (let n = 0; n < 3; n++) expect((await send()).status).to.equal(503)
    const done = await send()
    expect([done.status, done.location]).to.deep.equal([303, page.path.replace(/password$/, 'done')])
    const again = await host.enterPassword(await host.begin(), { email: person.email, password: NEW })
    expect(again.h1).to.equal('Enter your code')
    expect((await host.challenge(person)).alert).to.equal('That email and password do not match.')
  })
})

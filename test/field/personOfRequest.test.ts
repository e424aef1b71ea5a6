/** A request for one person never becomes an endless sign-in of another. @see OpenID Connect Core §3.1.2.1, §5.5.1 */
import { expect } from 'chai'
import type { Person } from '../support/people.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const parametersBy: Readonly<Record<string, (server: Standalone, person: Person) => Promise<Record<string, string>>>> =
  {
    id_token_hint: async (server, person) => ({
      id_token_hint: (await server.tokens(await server.enter(person))).id_token,
    }),
    'claims with a sub': async (_server, { id }) => ({ claims: JSON.stringify({ id_token: { sub: { value: id } } }) }),
  }

describe('A request for one person', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone()
  })
  after(() => server.close())

  for (const [how, parametersOf] of Object.entries(parametersBy)) {
    it(`that another one answers ends at the relying party (${how})`, async () => {
      const [wanted, other] = [await server.person(), await server.person()]
      const request = server.ask('app', await parametersOf(server, wanted))
      let page = await server.begin(request, (await server.enter(await server.person())).visitor)
      expect(page.h1).to.equal('Sign in')
      while (!server.answerAt(page)) page = await server.continueSignIn(other, page)
      expect(server.answerAt(page)?.get('error')).to.equal('login_required')
    })

    it(`is answered when that person signs in (${how})`, async () => {
      const wanted = await server.person()
      const request = server.ask('app', await parametersOf(server, wanted))
      const { visitor } = await server.enter(await server.person())
      const { body } = await server.exchange(await server.enter(wanted, request, visitor))
      expect((await server.userinfo(body.access_token)).body.sub).to.equal(wanted.id)
    })
  }
})

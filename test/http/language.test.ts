/** The language of a page, and the links to other languages, which work without a script and keep the query. */
import { expect } from 'chai'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Page, setupKeyIn } from '../support/client.ts'
import { clock, type Host, password, signInRequest, startHost } from '../support/host.ts'

const english = { 'accept-language': 'en' }

/** The address of the link to a language. */
const linkTo = (page: Page, language: string): string => {
  const found = new RegExp(`<a href="(\\?[^"]*)" lang="${language}"`).exec(page.text)?.[1]
  if (!found) throw new Error(`no link to ${language} on “${page.h1}”`)
  return page.path.replace(/\?.*$/, '') + found.replaceAll('&amp;', '&')
}
const inGerman = (page: Page): Promise<Page> => page.visitor.get(linkTo(page, 'de'), english)

describe('The language of a page', () => {
  let host: Host
  before(async () => {
    host = await startHost({ options: { languages: ['en', 'de'] } })
  })
  after(() => host.close())
  const visitor = () => createVisitor(host.issuer)

  it('stays as chosen for this sign-in, in spite of `ui_locales`', async () => {
    const signIn = await visitor().go(signInRequest({ ui_locales: 'en' }), english)
    expect(signIn.h1).to.equal('Sign in')
    const picked = await inGerman(signIn)
    expect(picked.h1).to.equal('Anmelden')
    expect(picked.headers.get('content-language')).to.equal('de')
    const setUp = await picked.visitor.submit(picked, { email: 'ana@example.com', password }, english)
    expect(setUp.h1).to.equal('Authenticator einrichten')
    const back = await setUp.visitor.get(linkTo(setUp, 'en'), english)
    expect(back.h1).to.equal('Set up your authenticator')
    expect(setupKeyIn(back.text)).to.deep.equal(setupKeyIn(setUp.text))
  })

  it('chosen in another sign-in is weaker than `ui_locales`, and stronger than `Accept-Language`', async () => {
    const browser = visitor()
    await inGerman(await browser.go(signInRequest(), english))
    expect((await browser.go(signInRequest({ ui_locales: 'en' }), english)).h1).to.equal('Sign in')
    expect((await browser.go(signInRequest(), english)).h1).to.equal('Anmelden')
  })

  it('is that of the account as soon as it is known', async () => {
    const ben = host.people.get('ben')
    if (!ben) throw new Error('no ben')
    host.people.set('ben', { ...ben, locale: 'de' })
    const signIn = await visitor().go(signInRequest(), english)
    const browser = signIn.visitor
    const setUp = await browser.submit(signIn, { email: 'ben@example.com', password }, english)
    expect(setUp.h1).to.equal('Authenticator einrichten')
    const app = new Authenticator(setupKeyIn(setUp.text)[0] ?? '')
    const codes = await browser.submit(setUp, { code: app.next(clock.now()) }, english)
    expect(codes.h1).to.equal('Backup-Codes speichern')
    expect((await browser.submit(codes, { saved: 'yes' }, english)).h1, 'the last page too').to.equal(
      'Alles ist eingerichtet',
    )
  })

  it('can be chosen in the flow of a mailed link', async () => {
    const ana = visitor()
    const signIn = await ana.go(signInRequest(), english)
    const setUp = await ana.submit(signIn, { email: 'ana@example.com', password }, english)
    const app = new Authenticator(setupKeyIn(setUp.text)[0] ?? '')
    await ana.submit(setUp, { code: app.next(clock.now()) }, english)
    await host.rekey.reset({ accountId: 'ana', by: null })
    await host.rekey.idle()
    const letter = host.letters.find(({ text }) => text.includes('/two-factor/reset/'))
    const link = /(\/two-factor\/reset\/\S+)/.exec(letter?.text ?? '')?.[1] ?? ''
    const phone = visitor()
    const mailed = await inGerman(await phone.get(link, english))
    expect(mailed.h1).to.equal('Zwei-Faktor-Anmeldung neu einrichten')
    expect((await phone.submit(mailed, {}, english)).h1).to.equal('Authenticator einrichten')
    expect((await phone.get('/two-factor/reset/garbage', english)).h1).to.equal('Dieser Link funktioniert nicht')
  })

  it('can be chosen on a page with a query, which stays', async () => {
    const refused = await visitor().get(signInRequest({ redirect_uri: 'https://evil.example/' }), english)
    const picked = await inGerman(refused)
    expect(picked.status).to.equal(refused.status)
    expect(picked.h1).to.equal('Diese Anmeldung kann nicht beginnen')
    expect(picked.text).to.contain('redirect_uri')
  })

  it('is always one with messages', async () => {
    const browser = visitor()
    const page = await browser.get('/two-factor/reset/garbage?language=../en', english)
    expect(page.h1).to.equal('This link does not work')
    expect(browser.jar.names()).not.to.include('language')
  })
})

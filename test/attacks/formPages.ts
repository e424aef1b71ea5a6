import { type ServerFixture, laxFixture, openFixture } from '../support/serverFixture.ts'
import { ONE_FACTOR, TWO_FACTOR } from '../support/acr.ts'
import type { Person } from '../support/people.ts'
import { type Fields, type Page, withForm } from '../support/client.ts'
import { passkeyAnswers } from '../support/passkeyPages.ts'
import { authenticatorPages } from './authenticatorPages.ts'
import { passkeyOwner } from './passkeyOwner.ts'

/** A page with a form, just before it is sent. */
export interface FormPage {
  readonly fixture: ServerFixture
  readonly person: Person
  readonly page: Page
  readonly fields: Fields
}

/** Links expire before the forms of their pages do. */
const SHORT_LINK_SECONDS = 900
const SHORT_INVITATION_SECONDS = 3600
let shortLinks: Promise<ServerFixture> | undefined
const shortLinkFixture = (): Promise<ServerFixture> =>
  (shortLinks ??= openFixture({
    reset: { links_per_hour: null, link_lifetime_seconds: SHORT_LINK_SECONDS },
    invitation: { lifetime_seconds: SHORT_INVITATION_SECONDS },
  }))

/** A page with a form for every POST route, by path. */
export function formPages(fixture: ServerFixture): Record<string, () => Promise<FormPage>> {
  /** A form of a person's own account; they have a session in another browser too. */
  async function atAccount(action: RegExp): Promise<FormPage> {
    const person = await fixture.person()
    await fixture.enter(person)
    return { fixture, person, page: withForm(await fixture.enterAccount(person), action), fields: {} }
  }

  /** A form of the console about a person who is signed in and, with `isReset`, was reset. */
  async function atConsole(
    part: string,
    action: RegExp,
    isReset = false,
  ): Promise<FormPage & { readonly admin: Person }> {
    const [person, admin] = [await fixture.person(), await fixture.person({ roles: ['admin'] })]
    await fixture.enter(person)
    if (isReset) await fixture.reset(person)
    const users = await fixture.enterApp(admin, '/admin/users', 'Users')
    const page = await users.visitor.go(`/admin/users/${person.id}${part}`)
    return { fixture, person, admin, page: withForm(page, action), fields: {} }
  }

  /** The form of a set-up page that extends its time. */
  const atExtension = (where: FormPage): FormPage => ({ ...where, page: withForm(where.page, /stay$/), fields: {} })

  const pages: Record<string, () => Promise<FormPage>> = {
    '/admin/sign-out': () => atConsole('', /sign-out$/),
    '/admin/users/:id/two-factor/reset': () => atConsole('/two-factor/reset', /two-factor\/reset$/),
    '/admin/users/:id/two-factor/reset/step-up': async () => {
      const { person, page, admin } = await atConsole('/two-factor/reset', /two-factor\/reset$/)
      const request = await page.visitor.submit(page, { reason: '', seen: '' })
      const act = /name="act" value="([^"]+)"/.exec(request.text)?.[1] ?? ''
      return { fixture, person, page: withForm(request, /step-up$/), fields: { act, code: await admin.code() } }
    },
    '/admin/users/:id/two-factor/resets/:rid/mail': () => atConsole('', /\/mail$/, true),
    '/admin/users/:id/two-factor/resets/:rid/revoke': () => atConsole('', /\/revoke$/, true),
    '/admin/invite': async () => {
      const [person, admin] = [await fixture.person(), await fixture.person({ roles: ['admin'] })]
      const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
      const page = withForm(await visitor.go('/admin/invite'), /invite$/)
      return { fixture, person, page, fields: { email: `${person.id}.new@example.com`, name: 'New' } }
    },
    '/admin/invite/several': async () => {
      const [person, admin] = [await fixture.person(), await fixture.person({ roles: ['admin'] })]
      const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
      const page = withForm(await visitor.go('/admin/invite/several'), /several$/)
      return { fixture, person, page, fields: { lines: `New, ${person.id}.several@example.com`, send: 'yes' } }
    },
    '/admin/users/:id/invitation': async () => {
      const [person, admin] = [
        await fixture.person({ status: 'pending', enrolled: false }),
        await fixture.person({ roles: ['admin'] }),
      ]
      const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
      const page = withForm(await visitor.go(`/admin/users/${person.id}`), /invitation$/)
      return { fixture, person, page, fields: {} }
    },
    '/admin/users/:id/edit': async () => {
      const where = await atConsole('/edit', /edit$/)
      const { name = '', email = '' } = (await fixture.host.directory.find(where.person.id)) ?? {}
      return { ...where, fields: { name: 'Another Name', email, name_was: name, email_was: email } }
    },
    '/admin/users/:id/edit/step-up': async () => {
      const { person, page, admin } = await atConsole('', /status$/)
      const request = await page.visitor.submit(page, { status: 'disabled' })
      const act = /name="act" value="([^"]+)"/.exec(request.text)?.[1] ?? ''
      return { fixture, person, page: withForm(request, /step-up$/), fields: { act, code: await admin.code() } }
    },
    '/admin/users/:id/delete': () => atConsole('/delete', /delete$/),
    '/admin/users/:id/delete/step-up': async () => {
      const { person, page, admin } = await atConsole('/delete', /delete$/)
      const request = await page.visitor.submit(page, {})
      const act = /name="act" value="([^"]+)"/.exec(request.text)?.[1] ?? ''
      return { fixture, person, page: withForm(request, /step-up$/), fields: { act, code: await admin.code() } }
    },
    '/admin/users/:id/status': async () => ({ ...(await atConsole('', /status$/)), fields: { status: 'disabled' } }),
    '/admin/users/:id/sessions/end': () => atConsole('', /sessions\/end$/),
    '/admin/users/:id/sessions/:sid/end': () => atConsole('', /sessions\/[^/]+\/end$/),
    '/admin/users/:id/notes': async () => ({ ...(await atConsole('', /notes$/)), fields: { note: 'A note' } }),
    '/sign-in/:uid': async () => {
      const person = await fixture.person()
      return {
        fixture,
        person,
        page: await fixture.begin(),
        fields: { email: person.email, password: person.password },
      }
    },
    '/sign-in/:uid/begin': async () => {
      const where = await laxFixture()
      const person = await where.person({ enrolled: false })
      const { visitor } = await where.enter(person, where.ask('app', { acr_values: ONE_FACTOR }))
      const page = await where.begin(where.ask('app', { acr_values: TWO_FACTOR }), visitor)
      return { fixture: where, person, page, fields: {} }
    },
    '/sign-in/:uid/code': async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      return { fixture, person, page: await fixture.challenge(person), fields: { code: await person.code() } }
    },
    '/sign-in/:uid/passkey': async () => {
      const { person, passkey } = await passkeyOwner(fixture)
      const page = await fixture.challenge(person)
      return { fixture, person, page, fields: passkeyAnswers(page, fixture.issuer, passkey) }
    },
    '/sign-in/:uid/backup-code': async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      return { fixture, person, page: await fixture.backup(person), fields: { code: person.codes[0]! } }
    },
    '/sign-in/:uid/change': async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      const page = await fixture.begin(fixture.ask('app', { prompt: 'replace_authenticator' }), visitor)
      return { fixture, person, page, fields: { code: await person.code() } }
    },
    '/sign-in/:uid/cancel': async () => {
      const { person, page } = await pages['/sign-in/:uid/change']!()
      return { fixture, person, page: withForm(page, /cancel$/), fields: {} }
    },
    '/sign-in/:uid/check-email': async () => {
      const { person, page } = await pages['/sign-in/:uid/check-email/again']!()
      await fixture.openLink(person, page.visitor)
      return { fixture, person, page: withForm(page, /check-email$/), fields: {} }
    },
    '/sign-in/:uid/check-email/again': async () => {
      const person = await fixture.person({ roles: ['helpdesk'] })
      await fixture.reset(person)
      return { fixture, person, page: withForm(await fixture.challenge(person), /again$/), fields: {} }
    },
    '/sign-in/:uid/set-up': async () => {
      const person = await fixture.person({ enrolled: false })
      const page = await fixture.challenge(person)
      return { fixture, person, page, fields: { code: fixture.appOf(page).at(fixture.server.now()) } }
    },
    '/sign-in/:uid/stay': async () => atExtension(await pages['/sign-in/:uid/set-up']!()),
    '/two-factor/:linkId/stay': async () => atExtension(await pages['/two-factor/:linkId/set-up']!()),
    '/invitation/:linkId/stay': async () => atExtension(await pages['/invitation/:linkId/set-up']!()),
    '/sign-in/:uid/backup-codes': async () => {
      const person = await fixture.person({ enrolled: false })
      const page = await fixture.confirm(person, await fixture.challenge(person))
      return { fixture, person, page, fields: { saved: 'yes' } }
    },
    '/sign-in/:uid/consent': async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      return { fixture, person, page: await fixture.begin(fixture.ask('shop'), visitor), fields: { decision: 'allow' } }
    },
    '/password': async () => {
      const person = await fixture.person()
      return { fixture, person, page: await fixture.visitor().get('/password'), fields: { email: person.email } }
    },
    '/password/:token': async () => {
      const person = await fixture.person()
      return { fixture, person, page: await fixture.visitor().get(await fixture.forget(person)), fields: {} }
    },
    '/password/:linkId/password': async () => {
      const { person, page } = await pages['/password/:token']!()
      const fields = { password: 'a horse that reads at night' }
      return { fixture, person, page: await page.visitor.submit(page, {}), fields }
    },
    '/sign-in/:uid/password': async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      const request = await fixture.begin(fixture.ask('app', { prompt: 'change_password' }), visitor)
      const page = await visitor.submit(request, { code: await person.code() })
      const fields = { current_password: person.password, password: 'a horse that reads at night' }
      return { fixture, person, page: withForm(page, /password$/), fields }
    },
    '/account/applications/:clientId/end': () => atAccount(/applications\/app\/end$/),
    '/account/change-password': () => atAccount(/change-password$/),
    '/account/sign-out': () => atAccount(/sign-out$/),
    '/account/replace-authenticator': () => atAccount(/replace-authenticator$/),
    '/account/new-backup-codes': () => atAccount(/new-backup-codes$/),
    '/account/authenticators': () => atAccount(/account\/authenticators$/),
    ...authenticatorPages(fixture),
    '/account/sessions/end-others': () => atAccount(/end-others$/),
    '/account/sessions/:uid/end': () => atAccount(/sessions\/.+\/end$/),
    '/two-factor/reset/:token': async () => {
      const person = await fixture.person()
      return { fixture, person, page: await fixture.visitor().get((await fixture.reset(person)).link), fields: {} }
    },
    '/two-factor/reset/:token/renewal': async () => {
      const where = await shortLinkFixture()
      const person = await where.person()
      const { link } = await where.reset(person)
      await where.advance(SHORT_LINK_SECONDS)
      return { fixture: where, person, page: await where.visitor().get(link), fields: {} }
    },
    '/two-factor/:linkId/password': async () => {
      const person = await fixture.person({ roles: ['helpdesk'] })
      const page = await fixture.visitor().get((await fixture.reset(person)).link)
      return { fixture, person, page: await page.visitor.submit(page, {}), fields: { password: person.password } }
    },
    '/two-factor/:linkId/set-up': async () => {
      const { person, page } = await pages['/two-factor/reset/:token']!()
      const opened = await page.visitor.submit(page, {})
      return { fixture, person, page: opened, fields: { code: fixture.appOf(opened).at(fixture.server.now()) } }
    },
    '/two-factor/:linkId/backup-codes': async () => {
      const { person, page } = await pages['/two-factor/:linkId/set-up']!()
      return { fixture, person, page: await fixture.confirm(person, page), fields: { saved: 'yes' } }
    },
    '/invitation/:token': async () => {
      const person = await fixture.person({ status: 'pending', enrolled: false })
      return { fixture, person, page: await fixture.visitor().get(await fixture.invite(person)), fields: {} }
    },
    '/invitation/:token/renewal': async () => {
      const where = await shortLinkFixture()
      const person = await where.person({ status: 'pending', enrolled: false })
      const link = await where.invite(person)
      await where.advance(SHORT_INVITATION_SECONDS)
      return { fixture: where, person, page: await where.visitor().get(link), fields: {} }
    },
    '/invitation/:linkId/password': async () => {
      const { person, page } = await pages['/invitation/:token']!()
      return { fixture, person, page: await page.visitor.submit(page, {}), fields: { password: person.password } }
    },
    '/invitation/:linkId/set-up': async () => {
      const { person, page } = await pages['/invitation/:linkId/password']!()
      const chosen = await page.visitor.submit(page, { password: person.password })
      return { fixture, person, page: chosen, fields: { code: fixture.appOf(chosen).at(fixture.server.now()) } }
    },
    '/invitation/:linkId/backup-codes': async () => {
      const { person, page } = await pages['/invitation/:linkId/set-up']!()
      return { fixture, person, page: await fixture.confirm(person, page), fields: { saved: 'yes' } }
    },
  }

  return pages
}

/** Pages of a person's own authenticators, with a form for every POST route. */
import { type Page, withForm } from '../support/client.ts'
import { newPasskeyAnswers } from '../support/passkeyPages.ts'
import type { ServerFixture } from '../support/serverFixture.ts'
import { newPasskey } from '../support/softwareAuthenticator.ts'
import type { FormPage } from './formPages.ts'

const LIST = /\/authenticators$/

export function authenticatorPages(fixture: ServerFixture): Record<string, () => Promise<FormPage>> {
  /** The list of a person with an app, after its code. */
  async function atList() {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const request = fixture.ask('app', { prompt: 'manage_authenticators' })
    const proof = await fixture.begin(request, visitor)
    const page = await visitor.submit(proof, { code: await person.code() })
    return { fixture, person, page, visitor }
  }

  const answers = (page: Page) => newPasskeyAnswers(page, fixture.issuer, newPasskey())

  /** The same with a passkey beside the app. */
  async function withPasskey() {
    const list = await atList()
    const page = await list.visitor.submit(withForm(list.page, LIST), answers(list.page))
    return { ...list, page }
  }

  return {
    '/sign-in/:uid/authenticators': async () => {
      const { page, ...list } = await atList()
      return { ...list, page: withForm(page, LIST), fields: answers(page) }
    },
    '/sign-in/:uid/authenticators/done': async () => {
      const { page, ...list } = await atList()
      return { ...list, page: withForm(page, /\/authenticators\/done$/), fields: {} }
    },
    '/sign-in/:uid/authenticators/:id/name': async () => {
      const { page, ...list } = await withPasskey()
      return { ...list, page: withForm(page, /\/name$/), fields: { name: 'My phone' } }
    },
    '/sign-in/:uid/authenticators/:id/remove': async () => {
      const { page, ...list } = await withPasskey()
      const href = /href="([^"]+\/remove)"/.exec(page.text)?.[1] ?? ''
      return { ...list, page: await page.visitor.get(href), fields: {} }
    },
  }
}

/** The choice of a language on a page that answers a form: it keeps what was typed, of every form of the gallery. */
import { expect } from 'chai'
import { createViews, type Pages } from '../../src/http/pages/render.ts'
import { languages } from '../../src/i18n/messages.ts'
import { all, brand } from './rendered.ts'
import { samples } from './samples.ts'
import { at } from './samples/shared.ts'

const FORM = /(<form[^>]* method="post"[\s\S]*?<\/form>)/g
const CONTROL = /(<(?:input|textarea|select)[^>]*>)/g
/**
 * Text that a person wrote or chose. Passwords and codes are never shown again, a tick says only that codes were saved, and of the names of
 * authenticators only a refused one was typed.
 */
const isKept = (control: string): boolean =>
  !/type="(?:hidden|password|checkbox|radio)"|name="code"|id="name-(?!.*aria-invalid)|readonly/.test(control) ||
  control.includes('name="lines"')

describe('The choice of a language', () => {
  const views = createViews({ brand, base: '', languages })
  const rendered = async (isPosted: boolean) =>
    (Object.entries(await samples()) as [keyof Pages, Record<string, Pages[keyof Pages]>][]).flatMap(([name, states]) =>
      Object.entries(states).map(([state, page]) => ({
        name: `${name} (${state})`,
        html: views.page(name, { language: 'en', now: at, isPosted }, page),
      })),
    )

  it('is a button of the form with typed text after that was posted, else a link', async () => {
    const withText = new Set<string>()
    for (const { name, html } of await rendered(true)) {
      const forms = all(html, FORM).filter((form) => all(form, CONTROL).some(isKept))
      const buttons = all(html, /<button form="typed" name="language" value="(\w+)"/g)
      const links = all(html, /href="\?language=(\w+)"/g)
      if (forms.length > 0) withText.add(name.replace(/ .*/, ''))
      expect(forms.length, name).to.be.lessThan(2)
      for (const form of forms) expect(form, name).to.match(/^<form [^>]*id="typed"/)
      const expected = forms.length > 0 ? [[...languages], []] : [[], [...languages]]
      expect([buttons.toSorted(), links.toSorted()], name).to.deep.equal(expected.map((each) => each.toSorted()))
    }
    expect([...withText]).to.have.members([
      'sign-in',
      'forgotten',
      'invite',
      'invite-several',
      'authenticators',
      'edit',
      'confirm-reset',
      'user',
    ])
  })

  it('is a link on a page that was opened', async () => {
    for (const { name, html } of await rendered(false)) expect(html, name).not.to.contain('name="language"')
  })

  it('is not the button that Enter presses', async () => {
    for (const { name, html } of await rendered(true)) {
      const button = html.indexOf('name="language"')
      if (button !== -1) expect(html.search(/<form [^>]*id="typed"/), name).to.be.within(0, button)
    }
  })
})

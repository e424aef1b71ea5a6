/** The terms of the pages and emails that people get about their own account. */
import { expect } from 'chai'
import { catalogues } from './catalogue.ts'

/** By the first part of a key: the console, and the pages of the development server. */
const others =
  /^(user|users|audit|event|live|note|reset|invite|edit|confirm-\w+|step-up|not-done|ends|question|start|mailbox|settings|console|role|pager)\b/

const own = (language: string): [string, string][] =>
  Object.entries(catalogues[language] ?? {}).filter(([key]) => !others.test(key))

/** What a term is called instead, and how it must not be called. */
const refused: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  en: {
    email: /\bletters?\b/i,
    'the link we emailed': /\b(mailed|emailed) link/i,
    created: /\bmade (an? |your |on )|\b(was|were) made\b/i,
    requested: /\b(was|were) asked for\b/i,
    Status: /\bState\b/,
    ID: /\bId\b/,
    'no one in particular': /\b(nobody|somebody|anybody|whoever)\b/i,
  },
  de: {
    'Wenn Sie …': /, so (ist|wählen|melden|kennt|müssen|benutzen|beachten|installieren|sagen|sind|wird|haben)\b/,
    Status: /\bZustand\b|\bStand\b/,
    'Backup-Codes': /Ersatzcode/,
    'E-Mail': /\bBriefe?n?\b/,
    entsperren: /freigegeben|freigeben/,
    Protokoll: /Prüfprotokoll/,
  },
}

describe('the terms of the own account', () => {
  for (const [language, terms] of Object.entries(refused))
    for (const [term, pattern] of Object.entries(terms))
      it(`${language}: ${term}`, () => {
        const messages = own(language)
        expect(messages).to.have.length.greaterThan(250)
        expect(messages.filter(([, text]) => pattern.test(text)).map(([key, text]) => `${key}: ${text}`)).to.deep.equal(
          [],
        )
      })

  it('de: a locked second factor is not called as a disabled account is', () => {
    for (const key of ['account.state.locked', 'paused.locked'])
      expect(catalogues['de']?.[key])
        .to.match(/[Bb]lockiert/)
        .and.not.match(/[Gg]esperrt/)
    expect(catalogues['de']?.['interrupted.disabled']).to.contain('gesperrt')
  })
})

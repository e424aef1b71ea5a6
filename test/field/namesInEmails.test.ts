/** The name of a person, which another person may have chosen, becomes no link in any email: no scheme, no domain, no trick of writing. */
import { expect } from 'chai'
import { languages } from '../../src/i18n/messages.ts'
import { ana, written } from '../mail/written.ts'

/** Names that a mail program or a reader could take for an address. The email then greets nobody by name. */
const tricks: Readonly<Record<string, string>> = {
  'a URL': 'Reset at https://evil.example/x',
  'a scheme alone': 'javascript:alert(1)',
  'a mail address': 'write to eve@evil.example',
  'a domain': 'Ana evil.example',
  'a domain with a path': 'evil.example/x',
  'a path alone': 'Ana /x',
  www: 'www evil',
  'a domain with a leader dot (U+2024)': 'evil\u2024example',
  'an ideographic full stop (U+3002)': 'evil\u3002example',
  'a half-width full stop (U+FF61)': 'evil\uFF61example',
  'a full-width full stop (U+FF0E)': 'evil\uFF0Eexample',
  'a small full stop (U+FE52)': 'evil\uFE52example',
  'an Arabic full stop (U+06D4)': 'evil\u06D4example',
  'a zero-width space in a domain': 'evil\u200B.\u200Bexample',
  'a soft hyphen in a scheme': 'htt\u00ADps:/\u00AD/evil',
  'a full-width scheme': 'ｈｔｔｐｓ：／／ｅｖｉｌ',
  'a fraction slash (U+2044)': 'evil\u2044x',
  'a division slash (U+2215)': 'evil\u2215x',
  'a reversed domain': '\u202Eelpmaxe.live',
  'a line break': 'Ana\nevil.example',
  'a line separator': 'Ana\u2028evil.example',
  'a full-width at sign': 'eve＠evil',
  'an address of digits and a port': 'evil:x',
  'a space before the dot': 'evil .example',
}

/** Names of people stay. */
const names = [
  'Ana Silva',
  'J. R. R. Tolkien',
  'St. John',
  'Zoë',
  'O’Neil-Meyer',
  '山田 太郎',
  'می\u200Cخواهم',
  'Dr. Müller, PhD',
]

describe('A name in an email', () => {
  for (const [what, name] of Object.entries(tricks))
    it(`with ${what} is left out of every email in every language`, () => {
      for (const language of languages)
        expect(written(language, { ...ana, name }), language).to.deep.equal(written(language, { ...ana, name: '@' }))
    })

  for (const name of names)
    it(`${name} is greeted`, () => {
      for (const [which, { text, html }] of Object.entries(written('en', { ...ana, name })))
        expect([text.includes(name), html.includes(name.replaceAll('&', '&amp;'))], which).to.deep.equal([true, true])
    })

  it('with marks of direction is shown without them', () => {
    const email = written('en', { ...ana, name: '\u202EanA\u2066 Silva\u202C' }).invitation
    expect(email.text)
      .to.include('anA Silva')
      .and.to.not.match(/[\u202A-\u202E\u2066-\u2069]/)
  })
})

import { expect } from 'chai'
import { IntlMessageFormat } from 'intl-messageformat'
import { languages, words } from '../../src/i18n/messages.ts'
import { catalogues } from './catalogue.ts'
import { terms } from './terms.ts'

type Part = ReturnType<IntlMessageFormat['getAst']>[number]

/** The parts of a message, those inside of a choice too. */
const partsOf = (text: string, formats: string): Part[] => {
  const within = (parts: readonly Part[]): Part[] =>
    parts.flatMap((part) =>
      'options' in part ? [part, ...Object.values(part.options).flatMap(({ value }) => within(value))] : [part],
    )
  return within(new IntlMessageFormat(text, formats, undefined, { ignoreTag: true }).getAst())
}

/** What a reader sees, without the values. */
const literal = (text: string, formats: string): string =>
  partsOf(text, formats)
    .map((part) => (isLiteral(part) && 'value' in part ? part.value : '…'))
    .join('')
/** By the number of the parser, whose names are not exported. */
const isLiteral = ({ type }: { readonly type: number }): boolean => type === 0

/** Each count of this product that is not given itself, as `=0`, needs its form. */
const neededBeside = (given: readonly string[], rules: Intl.PluralRules): string[] => {
  const counts = Array.from({ length: 1001 }, (_, count) => count).filter((count) => !given.includes(`=${count}`))
  return [...new Set(counts.map((count) => rules.select(count))), 'other']
}

for (const language of languages)
  describe(`the words of ${words(language).name}`, () => {
    const catalogue = Object.entries(catalogues[language] ?? {})
    const { formats, direction } = words(language)
    const each = (check: (text: string, key: string) => string[]): string[] =>
      catalogue.flatMap(([key, text]) => check(text, key).map((fault) => `${key}: ${fault}`))

    it('use each term that was decided', () => {
      const decided = terms[language] ?? []
      expect(
        each((text, key) => {
          const shown = literal(text, formats)
          const broken = decided.filter(({ not, keys }) => not.test(shown) && (keys?.test(key) ?? true))
          return broken.map(({ not, but }) => `${not.exec(shown)?.[0]}: say ${but}`)
        }),
      ).to.deep.equal([])
    })

    it('have each plural form of the language, and no other', () => {
      const cardinal = new Intl.PluralRules(formats)
      const possible = cardinal.resolvedOptions().pluralCategories
      expect(
        each((text) =>
          partsOf(text, formats).flatMap((part) => {
            if (!('pluralType' in part) || part.pluralType !== 'cardinal') return []
            const given = Object.keys(part.options)
            const missing = neededBeside(given, cardinal).filter((form) => !given.includes(form))
            const forms = given.filter((form) => !form.startsWith('='))
            const unknown = forms.filter((form) => !possible.includes(form as Intl.LDMLPluralRule))
            return [...missing.map((form) => `no form "${form}"`), ...unknown.map((form) => `the form "${form}"`)]
          }),
        ),
      ).to.deep.equal([])
    })

    it('choose between the same cases as English', () => {
      const casesOf = (text: string, tag: string): Record<string, string[]> =>
        Object.fromEntries(
          partsOf(text, tag).flatMap((part) =>
            'options' in part && !('pluralType' in part) ? [[part.value, Object.keys(part.options).toSorted()]] : [],
          ),
        )
      for (const [key, text] of catalogue)
        expect(casesOf(text, formats), key).to.deep.equal(casesOf(catalogues.en[key] ?? '', 'en'))
    })

    it('show no code of a program, no empty text, and no space at an end', () => {
      const isCode = /^[a-z]+(?:[-_.][a-z]+)+$/
      const own = ['language.formats', 'language.direction']
      expect(
        each((text, key) =>
          !own.includes(key) && (isCode.test(text) || text.trim() === '' || text !== text.trim()) ? [`"${text}"`] : [],
        ),
      ).to.deep.equal([])
    })

    it('name a language of the machine, and the direction that it is written in', () => {
      expect(Intl.DateTimeFormat.supportedLocalesOf(formats)).to.deep.equal([formats])
      const { script } = new Intl.Locale(formats).maximize()
      expect(direction).to.equal(['Arab', 'Hebr'].includes(script ?? '') ? 'rtl' : 'ltr')
    })
  })

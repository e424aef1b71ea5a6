import { expect } from 'chai'
import { chooseLanguage } from '../../src/i18n/chooseLanguage.ts'
import { languages } from '../../src/i18n/messages.ts'

describe('choosing a language', () => {
  const choose = (candidates: Partial<Parameters<typeof chooseLanguage>[0]>) =>
    chooseLanguage({ available: ['en', 'de', 'pt-BR'], fallback: 'en', ...candidates })

  it('follows the order of precedence: chosen, ui_locales, account, cookie, Accept-Language, default', () => {
    expect(choose({ chosen: 'de', uiLocales: 'en', account: 'en', cookie: 'en', acceptLanguage: 'en' })).to.equal('de')
    expect(choose({ uiLocales: 'fr de', account: 'en', cookie: 'en', acceptLanguage: 'en' })).to.equal('de')
    expect(choose({ account: 'de', cookie: 'en', acceptLanguage: 'en' })).to.equal('de')
    expect(choose({ cookie: 'de', acceptLanguage: 'en' })).to.equal('de')
    expect(choose({ acceptLanguage: 'fr, de;q=0.5, en;q=0.4' })).to.equal('de')
    expect(choose({})).to.equal('en')
  })

  it('chooses the nearest: a region gets its language, a language its only region', () => {
    expect(choose({ account: 'de-AT' })).to.equal('de')
    expect(choose({ account: 'PT' })).to.equal('pt-BR')
    expect(choose({ account: 'pt-PT' })).to.equal('pt-BR')
    expect(choose({ account: 'den' })).to.equal('en')
  })

  it('obeys weights, and ignores `*` and q=0', () => {
    expect(choose({ acceptLanguage: 'en;q=0.1, de;q=0.9' })).to.equal('de')
    expect(choose({ acceptLanguage: '*, de;q=0' })).to.equal('en')
  })

  it('finds every shipped language by its regions, at each place; a language without a file leaves it to the next', () => {
    const spoken: Readonly<Record<string, string[]>> = {
      ar: ['ar-EG', 'ar-SA', 'ar-Latn-MA'],
      de: ['de-AT', 'de-Latn-CH-1996'],
      es: ['es-419', 'es-MX'],
      fr: ['fr-CA', 'FR-be'],
      nl: ['nl-BE'],
      pt: ['pt-BR', 'pt-PT', 'pt-AO'],
    }
    const shipped = { available: ['en', ...languages.filter((language) => language !== 'en')] }
    for (const language of languages)
      for (const tag of [language, `${language}-001`, ...(spoken[language] ?? [])]) {
        expect(choose({ ...shipped, uiLocales: `zh ${tag}` }), tag).to.equal(language)
        expect(choose({ ...shipped, account: tag }), tag).to.equal(language)
        expect(choose({ ...shipped, acceptLanguage: `zh-Hans-CN,zh;q=0.9,${tag};q=0.8,*;q=0.1` }), tag).to.equal(
          language,
        )
      }
    for (const tag of ['zh', 'zh-Hant-TW', 'tlh', 'frr', 'ptx'])
      expect(choose({ ...shipped, account: tag, uiLocales: tag, acceptLanguage: tag }), tag).to.equal('en')
  })

  it('ignores malformed input', () => {
    for (const nonsense of ['-', '--', 'de-', ';;;q=,,', '../../etc/passwd', 'x'.repeat(100_000), ','.repeat(100_000)])
      expect(choose({ chosen: nonsense, uiLocales: nonsense, acceptLanguage: nonsense })).to.be.oneOf(['en', 'de'])
  })
})

import { expect } from 'chai'
import { chooseLanguage } from '../../src/i18n/chooseLanguage.ts'

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

  it('ignores malformed input', () => {
    for (const nonsense of ['-', '--', 'de-', ';;;q=,,', '../../etc/passwd', 'x'.repeat(100_000), ','.repeat(100_000)])
      expect(choose({ chosen: nonsense, uiLocales: nonsense, acceptLanguage: nonsense })).to.be.oneOf(['en', 'de'])
  })
})

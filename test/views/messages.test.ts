import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { compile, languages, words, type Key } from '../../src/i18n/messages.ts'
import { catalogues } from './catalogue.ts'

const root = new URL('../../', import.meta.url)
const textsIn = (folder: string, ending: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => ({ file, text: readFileSync(new URL(folder + file, root), 'utf8') }))

describe('the catalogues', () => {
  const english = Object.keys(catalogues.en)

  for (const language of languages)
    it(`${language} has every message of English, with the same placeholders`, () => {
      const catalogue = catalogues[language] ?? {}
      expect(Object.keys(catalogue)).to.have.members(english)
      const gaps = (text = '') => [...new Set(text.match(/(?<=\{)\w+(?=[,}])/g))].toSorted()
      for (const key of english) expect(gaps(catalogue[key]), key).to.deep.equal(gaps(catalogues.en[key]))
    })

  it('every key that a template or a module names exists', () => {
    const named = textsIn('views/', '.ejs').flatMap(({ file, text }) =>
      [...text.matchAll(/(?:say|describe)\((?:[^'`)]*\? )?'([^']+)'(?: : '([^']+)')?/g)].flatMap(([, first, other]) =>
        [first, other].filter((key) => key !== undefined).map((key) => `${file}: ${key}`),
      ),
    )
    expect(named).to.have.length.greaterThan(60)
    expect(named.filter((text) => !english.includes(text.split(': ')[1] ?? ''))).to.deep.equal([])
  })

  it('no key is unused', () => {
    const sources = [...textsIn('views/', '.ejs'), ...textsIn('src/', '.ts')].map(({ text }) => text).join('\n')
    const families = [...sources.matchAll(/[`']([a-z-]+(?:\.[a-z-]+)*)\.\$\{[^}]+\}((?:\.[a-z-]+)*)`/g)]
    const isNamed = (key: string) =>
      sources.includes(`'${key}'`) ||
      families.some(([, head, tail]) => key.startsWith(`${head}.`) && key.endsWith(tail ?? '')) ||
      key.startsWith('scope.')
    expect(english.filter((key) => !isNamed(key))).to.deep.equal([])
  })

  it('templates output only markup without escaping', () => {
    const raw = textsIn('views/', '.ejs')
      .filter(({ file }) => !file.endsWith('.txt.ejs'))
      .flatMap(({ file, text }) => [...text.matchAll(/<%-\s*(.+?)\s*-?%>/g)].map(([, code = '']) => `${file}: ${code}`))
    const isMarkup =
      /: locals\.(partial|describe|date|time|clock|ago|linked|link|strong)\(|: locals\.client \? locals\.describe\(/
    expect(raw.filter((text) => !isMarkup.test(text))).to.have.members([
      'layout.ejs: locals.content',
      'log-out.ejs: locals.form',
      'set-up.ejs: locals.qrSvg',
    ])
  })
})

describe('messages', () => {
  const { say, pieces, date, time, clock } = words('en')
  const at = 1_777_816_951

  it('returns the message of a key, and refuses an unknown key or a missing value', () => {
    expect(say('done.continue', { client: 'Sample app' })).to.equal('Continue to Sample app')
    expect(say('set-up.manual')).to.equal("Can't scan it?")
    expect(() => say('no.such.key' as Key)).to.throw('no.such.key')
    expect(() => say('done.continue')).to.throw(/client/)
  })

  it('chooses the plural form', () => {
    expect(say('backup-codes.copied', { count: 1 })).to.equal('1 code copied.')
    expect(say('backup-codes.copied', { count: 10 })).to.equal('10 codes copied.')
  })

  it('inserts markup at placeholders, and accepts no markup from the text', () => {
    const gap = { here: true }
    expect(pieces('layout.to', { client: gap })).to.deep.equal(['to continue to ', gap])
    expect(pieces('layout.to', { client: '<b>' })).to.deep.equal(['to continue to <b>'])
  })

  it('keeps the direction of a value apart from that of a sentence from right to left', () => {
    const rtl = compile('ar', {
      ...(catalogues.en as Record<Key, string>),
      'language.direction': 'rtl',
      'live.reset': 'من {by}',
      'link-sent.what': '{unit, select, hours {{count}} other {{unit}}}',
    })
    expect(rtl.say('live.reset', { by: '7ana@example.com' })).to.equal('من \u20687ana@example.com\u2069')
    expect(rtl.pieces('live.reset', { by: '7ana@example.com' })).to.deep.equal(['من \u20687ana@example.com\u2069'])
    expect(rtl.say('link-sent.what', { unit: 'hours', count: 2 }), 'a choice, a number').to.equal('2')
    expect(say('live.reset', { by: '7ana@example.com' })).to.equal('Reset by 7ana@example.com')
  })

  it('formats times with their zone', () => {
    expect([date(at), time(at), clock(at)]).to.deep.equal(['3 May 2026, 14:02 UTC', '14:02 UTC', '14:02:31 UTC'])
    expect(words('de').date(at)).to.equal('3. Mai 2026, 14:02 UTC')
    // Isolates within it would hide its direction from the isolate that a sentence puts around it.
    expect(words('ar').date(at)).to.equal('3 مايو 2026، 14:02 UTC')
  })

  it('refuses a language without a file', () => {
    expect(() => words('../en')).to.throw('views/locales')
  })
})

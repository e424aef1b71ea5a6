/** Pages and emails in a language from right to left: what is always from left to right is apart from the sentence around it. */
import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { languages, words } from '../../src/i18n/messages.ts'
import type { Written } from '../../src/mail/templates.ts'
import { ana, written } from '../mail/written.ts'
import { render } from './rendered.ts'

/** Elements without an end. */
const voids = ['input', 'link', 'meta', 'br', 'hr', 'img', 'source']
/** A browser isolates what is in these; an `option` has the direction of its own text. */
const isolates = /^<(?:bdi|option|textarea|style|title)\b|\bdir="(?:ltr|auto)"/

/** Text that has the direction of its sentence. */
function inSentences(html: string): string[] {
  const open: boolean[] = []
  const found: string[] = []
  for (const [part = '', name = ''] of html.matchAll(/<\/?([a-z][\w-]*)\b[^>]*>|[^<]+/gi)) {
    if (name === '') {
      if (!open.includes(true)) found.push(part.replaceAll(/\u2068[^\u2069]*\u2069/g, '').trim())
    } else if (part.startsWith('</')) open.pop()
    else if (!voids.includes(name) && !part.endsWith('/>')) open.push(isolates.test(part))
  }
  return found.filter(Boolean)
}

/** An address of a person, of a site or of a network, a setup key, a backup code, or an identifier. */
const fixed =
  /[\w.+-]+@[\w-]|https?:|\d{1,3}(?:\.\d{1,3}){3}|\b[\da-f]{1,4}::|(?:\b[A-Z2-7]{4} ){3}|\b(?=\w*\d)(?=\w*[a-z])\w{4,}-\w{4,}/

const brand = { name: 'Acme ID', supportUrl: 'https://help.example.com/' }

for (const language of languages.filter((item) => words(item).direction === 'rtl'))
  describe(`from right to left, in ${words(language).name}`, () => {
    it('pages keep addresses, keys, codes and identifiers whole', async () => {
      const pages = await render(language)
      expect(pages.length).to.be.greaterThan(100)
      for (const { name, state, html } of pages) {
        expect(html, name).to.contain(`<html lang="${language}" dir="rtl">`)
        expect(
          inSentences(html).filter((text) => fixed.test(text)),
          `${name} (${state})`,
        ).to.deep.equal([])
      }
    })

    it('finds an address in a sentence', () => {
      const found = (html: string) => inSentences(html).filter((text) => fixed.test(text))
      expect(found('<p>من 7ana@example.com <b>192.0.2.0</b></p>')).to.have.length(2)
      expect(found('<p>من <bdi>7ana@example.com</bdi><br> \u2068192.0.2.0\u2069 <a dir="ltr">https://a</a></p>')).to.be
        .empty
    })

    it('fields for addresses, codes and passwords run from the left', async () => {
      for (const { name, html } of await render(language))
        for (const [field] of html.matchAll(/<input [^>]*(?:type="(?:email|password)"|inputmode="numeric")[^>]*>/g))
          if (!/\bhidden\b/.test(field)) expect(field, name).to.contain('dir="ltr"')
    })

    it('emails keep addresses apart from their sentences, in both parts', () => {
      for (const [name, { subject, text, html }] of Object.entries<Written>(written(language, ana, brand))) {
        expect(html, name).to.contain(`<html lang="${language}" dir="rtl">`)
        expect(
          inSentences(html).filter((part) => fixed.test(part)),
          name,
        ).to.deep.equal([])
        const lines = [subject, ...text.split('\n')].map((line) => line.replaceAll(/\u2068[^\u2069]*\u2069/g, ''))
        expect(
          lines.filter((line) => /\p{Script=Arabic}.*[\w.+-]+@/u.test(line)),
          name,
        ).to.deep.equal([])
      }
    })
  })

describe('stylesheets', () => {
  it('name no side that only one direction has', () => {
    const folder = new URL('../../views/assets/', import.meta.url)
    const physical =
      /(?:^|[\s{;])(?:(?:margin|padding|border|inset)-(?:left|right)|left|right|float|clear)\s*:|text-align:\s*(?:left|right)/m
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.css'))) {
      const text = readFileSync(new URL(file, folder), 'utf8')
      expect(physical.exec(text)?.[0], file).to.equal(undefined)
      // Chromium knows the side of the parent by its prefixed name only.
      expect(text.split(' match-parent').length, file).to.equal(text.split('-webkit-match-parent').length)
    }
  })
})

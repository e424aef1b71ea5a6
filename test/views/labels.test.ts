/** A label before its value: each language writes the colon in its own way. */
import { expect } from 'chai'
import { languages } from '../../src/i18n/messages.ts'
import { all, render, textOf } from './rendered.ts'

describe('A label before its value', () => {
  const labels = (html: string): string[] => [
    ...all(html, /data-label="([^"]*)"/g),
    ...all(html, /<strong>([^<]*)<\/strong> /g).filter((label) => label.trim().endsWith(':')),
  ]

  it('has a no-break space before its colon in French, and none in other languages', async () => {
    for (const language of languages) {
      const found = new Set((await render(language)).flatMap(({ html }) => labels(html)))
      expect([...found], language).to.have.length.above(3)
      const colon = language === 'fr' ? /[^\s]\u{a0}:$/u : /[^\s]:$/u
      for (const label of found) expect(label, language).to.match(colon)
    }
  })

  it('is written by the texts alone', async () => {
    for (const { name, html } of (await render('fr')).filter((page) => page.name !== 'mailbox'))
      for (const line of textOf(html.replaceAll(/<(pre|code|bdi)\b[^]*?<\/\1>/g, '')).match(
        /.{0,20}[^\u{a0}\u{202f}]:(?: .{0,10}|$)/gu,
      ) ?? [])
        expect.fail(`${name}: ${line}`)
  })
})

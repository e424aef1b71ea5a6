import { expect } from 'chai'
import { createViews, readAssets } from '../../src/http/pages/render.ts'
import { languages, words } from '../../src/i18n/messages.ts'
import { catalogues } from './catalogue.ts'
import { samples } from './samples.ts'
import { all, brand, match, render, type Rendered, textOf } from './rendered.ts'

for (const language of languages)
  describe(`every page in every state, in ${words(language).name}`, () => {
    let pages: Rendered[]
    const each = (check: (page: Rendered) => void) =>
      pages.forEach((page) => {
        try {
          check(page)
        } catch (error) {
          throw new Error(`${page.name} (${page.state})`, { cause: error })
        }
      })
    before(async () => {
      pages = await render(language)
    })

    it('has one h1, a language, a direction, a skip link and a main', () =>
      each(({ html }) => {
        expect(all(html, /<h1[^>]*>([^<]+)<\/h1>/g)).to.have.length(1)
        expect(html).to.match(new RegExp(`<html lang="${language}" dir="${words(language).direction}">`))
        expect(html)
          .to.match(/<a class="skip" href="#main">/)
          .and.match(/<main [^>]*id="main"/)
      }))

    it('is titled by its heading and the service, and says when there is an error', () =>
      each(({ html }) => {
        const { say } = words(language)
        const heading = match(html, /<h1[^>]*>([^<]+)<\/h1>/)
        const key = html.includes('role="alert"') ? 'layout.title.error' : 'layout.title'
        expect(match(html, /<title>([^<]+)<\/title>/)).to.equal(say(key, { heading, service: brand.name }))
      }))

    // Another step of the same thing: an email with a link is on its way.
    const afterEmail = ['check-email', 'link-sent', 'link-renewed']

    it('has a unique title', () => {
      const titles = new Map<string, Set<string>>()
      each(({ name, html }) => {
        const title = match(html, /<title>([^<]+)<\/title>/)
        titles.set(title, (titles.get(title) ?? new Set()).add(afterEmail.includes(name) ? 'after an email' : name))
      })
      for (const [title, names] of titles) expect([...names], title).to.have.length(1)
    })

    it('shows no message key and no template code', () => {
      const keys = Object.keys(catalogues.en).filter((key) => key.includes('.') && key !== 'start.is')
      each(({ html }) => {
        const shown = textOf(html)
        expect(keys.filter((key) => shown.includes(key))).to.deep.equal([])
        expect(shown).not.to.match(/undefined|\[object|NaN|<%|%>|\{\w+\}/)
      })
    })

    it('shows an error in the summary and at its field, which refers to it', () =>
      each(({ html }) => {
        const alert = match(html, /role="alert"[^>]*>([\s\S]*?)<\/div>/)
        if (!alert) return void expect(html).not.to.contain('aria-invalid')
        const fields = all(/role="alert"[^>]*>[\s\S]*?<\/div>/.exec(html)?.[0] ?? '', /<a href="#([^"]+)"/g)
        const sentences = fields.map((field) => match(html, new RegExp(`id="${field}-error">([^<]+)<`)))
        expect(sentences.join(' ')).to.equal(alert)
        for (const field of fields) {
          const control = all(html, /(<(?:input|button|textarea)[^>]*>)/g).find((tag) => tag.includes(`id="${field}"`))
          expect(control).to.match(new RegExp(`aria-describedby="[^"]*${field}-error`))
          // A button has no value that could be invalid.
          if (!control?.startsWith('<button')) expect(control).to.match(/aria-invalid="true"/)
        }
      }))

    it('refers only to its own ids, each unique', () =>
      each(({ html }) => {
        const ids = all(html, / id="([^"]+)"/g)
        expect(ids).to.deep.equal([...new Set(ids)])
        const referred = [
          ...all(html, / (?:for|form|aria-labelledby|data-copy|data-tick|data-reveal)="([^"]+)"/g),
          ...all(html, / href="#([^"]+)"/g),
          ...all(html, / aria-describedby="([^"]+)"/g).flatMap((list) => list.split(' ')),
        ]
        expect(referred.filter((id) => !ids.includes(id))).to.deep.equal([])
        for (const input of all(html, /(<input(?![^>]*hidden)[^>]*>)/g)) {
          const id = / id="([^"]+)"/.exec(input)?.[1]
          expect(html.includes(`for="${id}"`) || html.includes(`<label>${input}`), input).to.equal(true)
        }
      }))

    it('conforms to the CSP: nothing inline, nothing from another origin', () =>
      each(({ html }) => {
        expect(html).not.to.match(
          /<style|\sstyle=|\son\w+=|javascript:|data:|<script(?! type="module" src="\/assets\/)/,
        )
        expect(all(html, /<(?:script|img|link)[^>]* (?:src|href)="([^"]+)"/g)).to.satisfy((urls: string[]) =>
          urls.every((url) => url.startsWith('/assets/')),
        )
      }))

    it('posts every form with its token; only searches use GET', () =>
      each(({ name, html }) => {
        for (const form of all(html, /(<form[\s\S]*?<\/form>)/g)) {
          if (/^<form[^>]* method="get"[^>]* role="search"/.test(form)) continue
          expect(form).to.match(/^<form[^>]* method="post"/)
          if (name !== 'log-out') expect(form).to.contain('name="form_token" value="one-time-token"')
        }
      }))
  })

describe('pages and attackers', () => {
  it('escapes every string that comes from outside', async () => {
    const attack = `"'><script>alert(1)</script>&`
    const pages = await render('en', (plain) => plain + attack)
    const shown = new Set<string>()
    for (const { name, state, html } of pages) {
      expect(html, `${name} (${state})`).not.to.contain('<script>alert')
      expect(html, `${name} (${state})`).not.to.match(/"'>/)
      if (html.includes('&lt;script&gt;')) shown.add(name)
    }
    expect([...shown]).to.include.members([
      'sign-in',
      'set-up',
      'backup-codes',
      'done',
      'link',
      'consent',
      'unavailable',
    ])
    expect([...shown]).to.include.members(['error', 'continue', 'log-out', 'logged-out', 'mailbox', 'start'])
  })

  it('makes links of http URLs only in an email', async () => {
    const views = createViews({ brand, base: '', languages })
    const text = 'https://id.example.com/x?a=1&b="><script> javascript:alert(1)'
    const [mailbox] = Object.values((await samples()).mailbox)
    if (!mailbox?.shown) throw new Error('no sample has an email')
    const shown = { ...mailbox.shown, text, frameHref: null }
    const html = views.page('mailbox', { language: 'en', now: 0 }, { ...mailbox, shown })
    expect(all(html, /<a href="(https?:[^"]*)"/g)).to.deep.equal(['https://id.example.com/x?a=1&amp;b='])
    expect(html).not.to.contain('<script>')
  })
})

describe('the layout of pages', () => {
  it('prefixes its own paths with the base, and no other URLs', async () => {
    for (const { html, name } of await render('en', undefined, '/oidc')) {
      const urls = all(html, / (?:href|src|action)="([^"]+)"/g)
      const ours = urls.filter((url) => url.startsWith('/'))
      if (name !== 'log-out') expect(ours.filter((url) => !url.startsWith('/oidc/'))).to.deep.equal([])
      expect(urls.filter((url) => url.includes('/oidc/oidc'))).to.deep.equal([])
    }
  })

  it('serves stylesheets, small modules and an icon, each with an ETag', () => {
    const assets = readAssets()
    const files = ['console.css', 'console.js', 'demo.css', 'icon.svg', 'page.js', 'passkey.js', 'style.css']
    expect(Object.keys(assets)).to.have.members(files.map((file) => `/assets/${file}`))
    for (const module of ['page.js', 'console.js', 'passkey.js'])
      expect(assets[`/assets/${module}`]?.body.length).to.be.lessThan(4096)
    for (const { etag } of Object.values(assets)) expect(etag).to.match(/^"[\w-]{16}"$/)
  })

  it('offers the other languages by name', () => {
    const html = createViews({ brand, base: '', languages: ['en', 'de'] }).page(
      'paused',
      { language: 'en', now: 0 },
      { until: null },
    )
    expect(html).to.contain('<a href="?language=de" lang="de" hreflang="de">Deutsch</a>')
    expect(html).to.match(
      /<button [^>]*popovertarget="languages">(?:(?!<\/button>).)*Language <\/span>English<\/button>/,
    )
    expect(html.indexOf('>Deutsch<'), 'by name, not by tag').to.be.lessThan(html.indexOf('>English</a>'))
    const alone = createViews({ brand, base: '', languages: ['en'] }).page(
      'paused',
      { language: 'en', now: 0 },
      { until: null },
    )
    expect(alone).not.to.contain('?language=')
  })

  it('shows the brand: logo, support, legal links, accent', () => {
    const own = {
      ...brand,
      supportUrl: 'https://help.example.com/',
      legalLinks: [{ label: 'Privacy', url: 'https://example.com/privacy' }],
      accent: '#0a7d4f',
    }
    const body = Buffer.from('<svg></svg>')
    const logos = {
      light: { is: 'url', url: 'https://cdn.example.com/logo.svg' },
      dark: { is: 'file', extension: 'svg', body },
    } as const
    const html = createViews({ brand: own, logos, base: '/oidc', languages: ['en'] }).page(
      'paused',
      { language: 'en', now: 0 },
      { until: 0 },
    )
    expect(html).to.contain('<img src="https://cdn.example.com/logo.svg" alt="Acme ID"')
    expect(html).to.match(/srcset="\/oidc\/assets\/logo-dark\.svg\?v=/)
    expect(readAssets(own, logos)['/assets/logo-dark.svg']?.body).to.equal(body)
    expect(html).to.contain('<a href="https://help.example.com/">Help</a>').and.contain('>Privacy</a>')
    expect(html).to.match(/href="\/oidc\/assets\/theme\.css\?v=/)
    expect(String(readAssets(own)['/assets/theme.css']?.body)).to.contain('--accent:#0a7d4f')
  })

  it('refuses an accent without enough contrast for a button', () => {
    expect(() => createViews({ brand: { ...brand, accent: '#ffd400' }, base: '', languages: ['en'] })).to.throw(
      /brand\.accent/,
    )
  })

  it('refuses a language that was not configured', () => {
    const views = createViews({ brand, base: '', languages: ['en'] })
    expect(() => views.page('paused', { language: '../en', now: 0 }, { until: null })).to.throw(/languages/)
  })
})

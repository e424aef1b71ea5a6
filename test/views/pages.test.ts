import { expect } from 'chai'
import { readAssets, createViews, type Frame, type Pages } from '../../src/http/pages/render.ts'
import { languages, words } from '../../src/i18n/messages.ts'
import { catalogues } from './catalogue.ts'
import { samples } from './samples.ts'

const brand = { name: 'Acme ID' }
const frame = (language: string): Frame => ({
  language,
  client: { name: 'Sample app', host: 'app.example.org' },
  person: { email: 'ana.silva@example.com' },
  signOutHref: '/sign-out',
})

interface Rendered {
  readonly name: keyof Pages
  readonly state: string
  readonly html: string
}

async function render(language = 'en', text?: (plain: string) => string, base = ''): Promise<Rendered[]> {
  const views = createViews({ brand, base, languages })
  const all = Object.entries(await samples(text)) as [keyof Pages, Record<string, Pages[keyof Pages]>][]
  return all.flatMap(([name, states]) =>
    Object.entries(states).map(([state, page]) => ({ name, state, html: views.page(name, frame(language), page) })),
  )
}

/** The visible text, with entities resolved. */
const textOf = (html: string) =>
  html
    .replace(/<(script|svg)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&#34;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
const match = (html: string, pattern: RegExp) => textOf(pattern.exec(html)?.[1] ?? '').trim()
const all = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map((found) => found[1] ?? '')

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
        expect(html).to.match(new RegExp(`<html lang="${language}" dir="ltr">`))
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

    it('has a unique title', () => {
      const titles = new Map<string, Set<string>>()
      each(({ name, html }) => {
        const title = match(html, /<title>([^<]+)<\/title>/)
        titles.set(title, (titles.get(title) ?? new Set()).add(name))
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
        const field = match(html, /role="alert"[^>]*><a href="(#[^"]+)"/).slice(1)
        expect(match(html, new RegExp(`id="${field}-error">([^<]+)<`))).to.equal(alert)
        const control = all(html, /(<(?:input|button)[^>]*>)/g).find((tag) => tag.includes(`id="${field}"`))
        expect(control).to.match(new RegExp(`aria-describedby="[^"]*${field}-error`))
        // A button has no value that could be invalid.
        if (!control?.startsWith('<button')) expect(control).to.match(/aria-invalid="true"/)
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
    const html = views.page('mailbox', { language: 'en' }, { emails: [{ id: '1', to: '', subject: '', text, at: 0 }] })
    expect(all(html, /<a href="([^"#?]+[^"]*)">/g)).to.deep.equal(['https://id.example.com/x?a=1&amp;b='])
    expect(html).not.to.contain('<script>')
  })
})

describe('pages and the contract', () => {
  let pages: Rendered[]
  const page = (name: keyof Pages, state: string) => {
    const found = pages.find((item) => item.name === name && item.state === state)
    if (!found) throw new Error(`no sample ${name} (${state})`)
    return found.html
  }
  const heading = (html: string) => match(html, /<h1[^>]*>([^<]+)<\/h1>/)
  const buttons = (html: string) => all(html, /<button(?: [^>]*)?>([^<]+)<\/button>/g)
  const links = (html: string) => all(html, /<a [^>]*>([^<]+)<\/a>/g).map(textOf)
  const labels = (html: string) => all(html, /<label[^>]*>(?:<input[^>]*>)? ?([^<]+)<\/label>/g)
  const alert = (html: string) => match(html, /role="alert"[^>]*>([\s\S]*?)<\/div>/)
  before(async () => {
    pages = await render()
  })

  it('sign-in', () => {
    const html = page('sign-in', 'mismatch')
    expect(heading(html)).to.equal('Sign in')
    expect(labels(html)).to.deep.equal(['Email', 'Password'])
    expect(buttons(html)).to.include('Sign in')
    expect(alert(html)).to.equal('That email and password do not match.')
    expect(html)
      .to.match(/autocomplete="username"[^>]*value="ana/)
      .and.match(/name="password"(?![^>]*value=)/)
  })

  it('challenge', () => {
    expect(heading(page('challenge', 'fresh'))).to.equal('Enter your code')
    expect(labels(page('challenge', 'fresh'))).to.deep.equal(['6-digit code'])
    expect(buttons(page('challenge', 'fresh'))).to.deep.equal(['Continue'])
    expect(links(page('challenge', 'fresh'))).to.include('Use a backup code')
    expect(alert(page('challenge', 'empty'))).to.equal('Enter the 6-digit code from your authenticator app.')
    expect(alert(page('challenge', 'malformed'))).to.equal('The code must be 6 digits.')
    expect(alert(page('challenge', 'incorrect'))).to.equal(
      'That code is wrong or was already used. Wait for the next one (up to 30 seconds).',
    )
    expect(textOf(page('challenge', 'clock'))).to.contain('Our time is 14:02:31 UTC .')
    expect(page('challenge', 'fresh'))
      .to.match(/<input[^>]* inputmode="numeric" autocomplete="one-time-code"/)
      .and.not.match(/maxlength|pattern=|type="number"/)
  })

  it('backup code', () => {
    expect(heading(page('backup-code', 'fresh'))).to.equal('Use a backup code')
    expect(labels(page('backup-code', 'fresh'))).to.deep.equal(['Backup code'])
    expect(buttons(page('backup-code', 'fresh'))).to.deep.equal(['Continue'])
  })

  it('set-up', () => {
    const html = page('set-up', 'forced')
    expect(heading(html)).to.equal('Set up your authenticator')
    expect(html).to.contain('<svg role="img" aria-label="QR code"')
    expect(match(html, /<summary>([^<]+)<\/summary>/)).to.equal("Can't scan it?")
    expect(labels(html)).to.deep.equal(['Setup key', '6-digit code'])
    expect(match(html, /<output[^>]* id="key"[^>]*>([^<]+)<\/output>/)).to.equal(
      'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
    )
    expect(links(html)).to.include('Open in authenticator app')
    expect(html).to.contain('href="otpauth://totp/Acme%20ID:ana.silva%40example.com?secret=')
    expect(buttons(html)).to.deep.equal(['Copy key', 'Continue', 'I need more time', 'Stay here', 'Let it end'])
    expect(textOf(html)).to.match(
      /An administrator reset your two-factor authentication on 3 May 2026, 14:02 UTC ?\. Your old authenticator and backup codes no longer work\./,
    )
    expect(html).to.contain('<time datetime="2026-05-03T14:02:31Z">3 May 2026, 14:02 UTC</time>')
  })

  it('backup codes', () => {
    const html = page('backup-codes', 'fresh')
    expect(heading(html)).to.equal('Save your backup codes')
    const items = all(html.slice(html.indexOf('<ol')), /<li>([^<]*)<\/li>/g)
    expect(items.slice(0, 10)).to.satisfy((codes: string[]) => codes.every((code) => /^(\w{4}-){3}\w{4}$/.test(code)))
    expect(links(html)).to.include('Download')
    expect(buttons(html)).to.deep.equal(['Copy', 'Print', 'Continue'])
    expect(labels(html)).to.deep.equal(['I have saved these codes'])
    expect(html).to.contain('name="saved" value="yes"')
  })

  it('done', () => {
    expect(heading(page('done', 'by-link'))).to.equal('You are all set')
    expect(textOf(page('done', 'by-link'))).to.contain('Your account has been successfully updated.')
    expect(links(page('done', 'by-link'))).to.include('Sign in')
    expect(links(page('done', 'signing-in')))
      .to.include('Continue to Sample app')
      .and.not.include('Sign in')
  })

  it('both proofs: the email after the password, the password after the email', () => {
    expect(heading(page('check-email', 'fresh'))).to.equal('Check your email')
    expect(buttons(page('check-email', 'fresh'))).to.deep.equal(['I have opened the link', 'Send it again'])
    expect(buttons(page('check-email', 'revoked'))).to.deep.equal([])
    expect(heading(page('enter-password', 'fresh'))).to.equal('Enter your password')
    expect(textOf(page('enter-password', 'mismatch'))).to.contain('That email and password do not match.')
    expect(textOf(page('link', 'strict'))).to.contain('You need your password')
    expect(textOf(page('link', 'fresh'))).not.to.contain('You need your password')
  })

  it('mailed links, valid and dead', () => {
    expect(heading(page('link', 'fresh'))).to.equal('Reset your two-factor authentication')
    expect(buttons(page('link', 'fresh'))).to.deep.equal(['Continue'])
    expect(
      ['expired', 'used', 'replaced', 'cancelled', 'unknown'].map((why) => heading(page('dead-link', why))),
    ).to.deep.equal([
      'This link has expired',
      'This link was already used',
      'This link was replaced by a newer email',
      'This link was cancelled',
      'This link does not work',
    ])
  })

  it('consent, interruption, too many codes', () => {
    expect(heading(page('consent', 'some'))).to.equal('Allow access')
    expect(buttons(page('consent', 'some'))).to.deep.equal(['Allow', 'Deny'])
    expect(heading(page('interrupted', 'reset'))).to.equal('Your sign-in was interrupted')
    expect(links(page('interrupted', 'reset'))).to.include('Start again')
    expect(heading(page('paused', 'locked'))).to.equal('Too many wrong codes')
  })

  it('continues by script, and by a button', () => {
    const html = page('continue', 'sign-in')
    const href = 'https://app.example.org/callback?code=a&amp;state=b'
    expect(html).to.contain(`<meta http-equiv="refresh" content="0;url=${href}">`)
    expect(html).to.match(new RegExp(`<a class="btn" href="${href.replace('?', '\\?')}">Continue</a>`))
  })

  it('asks before signing out, in the form of the provider', () => {
    const html = page('log-out', 'request')
    expect(heading(html)).to.equal('Sign out?')
    expect(html).to.contain('<button form="op.logoutForm" name="logout" value="yes">Yes, sign out</button>')
    expect(html).to.contain('<button class="secondary" form="op.logoutForm">Stay signed in</button>')
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

  it('serves a stylesheet, a small module and an icon, each with an ETag', () => {
    const assets = readAssets()
    expect(Object.keys(assets)).to.have.members(['/assets/icon.svg', '/assets/page.js', '/assets/style.css'])
    expect(assets['/assets/page.js']?.body.length).to.be.lessThan(3072)
    for (const { etag } of Object.values(assets)) expect(etag).to.match(/^"[\w-]{16}"$/)
  })

  it('offers the other languages by name', () => {
    const html = createViews({ brand, base: '', languages: ['en', 'de'] }).page(
      'paused',
      { language: 'en' },
      { until: null },
    )
    expect(html).to.contain('<a href="?language=de" lang="de" hreflang="de">Deutsch</a>')
    const alone = createViews({ brand, base: '', languages: ['en'] }).page(
      'paused',
      { language: 'en' },
      { until: null },
    )
    expect(alone).not.to.contain('?language=')
  })

  it('shows the brand: logo, support, legal links, accent', () => {
    const own = {
      ...brand,
      logoLight: '/logo.svg',
      logoDark: '/logo-dark.svg',
      supportUrl: 'https://help.example.com/',
      legalLinks: [{ label: 'Privacy', url: 'https://example.com/privacy' }],
      accent: '#0a7d4f',
    }
    const html = createViews({ brand: own, base: '', languages: ['en'] }).page(
      'paused',
      { language: 'en' },
      { until: 0 },
    )
    expect(html).to.contain('<img src="/logo.svg" alt="Acme ID"').and.contain('srcset="/logo-dark.svg"')
    expect(html).to.contain('<a href="https://help.example.com/">Help</a>').and.contain('>Privacy</a>')
    expect(html).to.match(/href="\/assets\/theme\.css\?v=/)
    expect(String(readAssets(own)['/assets/theme.css']?.body)).to.contain('--accent:#0a7d4f')
  })

  it('refuses an accent without enough contrast for a button', () => {
    expect(() => createViews({ brand: { ...brand, accent: '#ffd400' }, base: '', languages: ['en'] })).to.throw(
      /brand\.accent/,
    )
  })

  it('refuses a language that was not configured', () => {
    const views = createViews({ brand, base: '', languages: ['en'] })
    expect(() => views.page('paused', { language: '../en' }, { until: null })).to.throw(/languages/)
  })
})

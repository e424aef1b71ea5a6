/** Headings, labels, buttons and sentences of the pages that people and scripts rely on. */
import { expect } from 'chai'
import { firstPartyNames } from '../../src/oidc/firstPartyClients.ts'
import { english } from '../../src/i18n/messages.ts'
import type { Pages } from '../../src/http/pages/render.ts'
import { all, match, render, type Rendered, textOf } from './rendered.ts'

describe('the labels of pages', () => {
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
    expect(html).to.contain('<time datetime="2026-05-03T14:02:31Z" data-show="date">3 May 2026, 14:02 UTC</time>')
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
    const notNeeded = page('dead-link', 'not needed')
    expect(heading(notNeeded)).to.equal('This link was already used')
    expect(textOf(notNeeded)).to.contain('You no longer need this link. You set up your authenticator while signing in')
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
    expect(buttons(html)).to.deep.equal(['Yes, sign out', 'Stay signed in'])
  })

  it('names the own account and the console in the language of the page', async () => {
    const german = await render('de')
    const back = german.find(({ name, state }) => name === 'continue' && state === 'back')
    expect(textOf(back?.html ?? '')).to.contain('Sie werden zu Ihre Sicherheit zurückgebracht')
    expect(textOf(page('continue', 'back'))).to.contain('Taking you back to Your security')
    expect(Object.values(firstPartyNames)).to.have.members([english['account.heading'], english['console.sections']])
  })
})

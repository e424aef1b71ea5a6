import { expect } from 'chai'
import { templates, type Written } from '../../src/mail/templates.ts'
import { languages, words } from '../../src/i18n/messages.ts'
import { ana, at, issuer, link, written } from './written.ts'

const plain = (html: string) =>
  html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&#34;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')

for (const language of languages)
  describe(`every email, in ${words(language).name}`, () => {
    const all = Object.entries<Written>(written(language))

    for (const [name, { subject, text, html, locale }] of all)
      it(name, () => {
        const { say, date } = words(language)
        expect(locale).to.equal(language)
        expect(subject).to.match(/^[^\n]{10,90}$/)
        // Both parts are complete: act, account, time, and what to do if it was another person.
        for (const part of [text, plain(html)]) {
          expect(part).to.contain('Ana Silva').and.contain(ana.email).and.contain('Acme ID')
          const headings = (['mail.stranger', 'mail.unasked', 'mail.unexpected'] as const).map((key) => say(key))
          expect(headings.filter((heading) => part.includes(heading))).to.have.length(1)
          if (name !== 'invitation') expect(part).to.contain(date(at))
        }
        expect(text).not.to.match(/undefined|<|&\w+;|\n\n\n|\{\w+\}/)
        expect(html).to.contain(`<html lang="${language}" dir="${words(language).direction}">`)
        // No remote content, no script, no tracking.
        expect(html).not.to.match(/<script|<img|<link|src=|url\(|@import|<form/i)
      })

    it('no two have the same subject', () => {
      const alike = [
        'app removed',
        'enrolled in a sign-in',
        'enrolled for the first time',
        'a first passkey',
        'a passkey after a reset',
        'reset, strict',
        'reset, after wrong codes',
        'wrong codes',
      ]
      const subjects = all.filter(([name]) => !alike.includes(name)).map(([, { subject }]) => subject)
      expect(new Set(subjects).size).to.equal(subjects.length)
    })
  })

describe('the link of an email', () => {
  const {
    reset,
    'reset, strict': strict,
    'reset, after wrong codes': after,
    invitation,
    password,
    ...others
  } = written('en')

  it('is complete on a line of its own in the text, at most 120 characters', () => {
    for (const { text } of [reset, strict, after, invitation, password]) expect(text.split('\n')).to.include(link)
    expect(link.length).to.be.at.most(120)
  })

  it('is a button and visible text in the markup, with its lifetime', () => {
    expect(reset.html.split(`href="${link}"`)).to.have.length(3)
    expect(plain(reset.html)).to.contain(` ${link} `)
    for (const part of [reset.text, plain(reset.html)])
      expect(part).to.contain('valid for 8 hours (until 3 May 2026, 22:02 UTC) and works once')
  })

  it('is the only URL of an email; a notice has none', () => {
    expect(reset.text.match(/https?:\/\/\S+/g)).to.deep.equal([link])
    for (const { text, html } of Object.values(others)) expect(text + html).not.to.match(/https?:/)
  })

  it('needs the password too under both proofs, and is then not called optional', () => {
    for (const part of [strict.text, plain(strict.html)]) {
      expect(part).to.contain('for this account the link alone is not enough')
      expect(part).not.to.contain('instead of using the link')
    }
    for (const part of [reset.text, plain(reset.html)])
      expect(part).to.contain('instead of using the link').and.not.contain('not enough')
    // Without their links there is nothing to do yet.
    for (const { text } of [invitation, password]) expect(text).not.to.contain('instead of')
    for (const part of [after.text, plain(after.html)])
      expect(part).to.contain('wrong codes in a row').and.contain('the link alone is not enough')
  })

  it('is followed by the support URL of a brand', () => {
    const { text, html } = written('en', ana, { name: 'Acme ID', supportUrl: 'https://help.example.com/' }).replaced
    expect(text.split('\n')).to.include('Contact: https://help.example.com/')
    expect(html).to.contain('href="https://help.example.com/"')
  })
})

describe('the words and colours of an email', () => {
  const all = written('en')

  it('head what an unexpected email means by what it is', () => {
    expect(all.invitation.text).to.contain('If you did not expect this email\n').and.not.contain("wasn't you")
    expect(all.password.text).to.contain('If you did not ask for this\n')
    expect(all.replaced.text).to.contain("If this wasn't you\n")
  })

  it('name an earlier authenticator only where there was one', () => {
    expect(all['enrolled for the first time'].text)
      .to.contain('Keep your backup codes')
      .and.not.contain('older entries')
    for (const { text } of [all['enrolled by link'], all.replaced]) expect(text).to.contain('older entries')
  })

  it('name the kind of authenticator that was set up', () => {
    expect(all['a first passkey'].text)
      .to.contain('A passkey was set up for your account')
      .and.contain('sign in with your password and this passkey')
    expect(all['a passkey after a reset'].text).to.contain('A passkey was set up for your account')
    expect(all['enrolled for the first time'].text).to.contain('a code from this app').and.not.contain('passkey')
  })

  it('are those of the brand, and readable', () => {
    const branded = (accent: string) => written('en', ana, { name: 'Acme ID', accent }).reset.html
    expect(branded('#0a7d4f')).to.contain('background:#0a7d4f;color:#fff').and.not.contain('#2450c8')
    // Too light for text: the button has black text, the link a darker shade.
    expect(branded('#c97000'))
      .to.contain('background:#c97000;color:#000')
      .and.match(/class="link"[^>]*color:#(?!e07b00)/)
  })
})

describe('the device of an act', () => {
  it('is named when its reader may be the actor, in both parts and both languages', () => {
    const device = { browser: 'Firefox', system: null }
    for (const language of ['en', 'de'] as const) {
      const write = templates({ issuer, brand: { name: 'Acme ID' }, words: () => words(language) })
      const { text, html } = write.newBackupCodes({ person: ana, at, device })
      const notified = { en: 'Device: Firefox on another system', de: 'Gerät: Firefox' }[language]
      for (const part of [text, plain(html)]) expect(part).to.contain(notified)
      expect(write.newBackupCodes({ person: ana, at }).text).not.to.contain('Firefox')
    }
  })
})

describe('emails and attackers', () => {
  it('a name adds no lines to an email', () => {
    const name = `Ana,\n\nyour account is closed\u2028 <b>x<b>${'!'.repeat(500)}`
    const { text, html } = written('en', { ...ana, name }).reset
    const [greeting = ''] = text.split('\n')
    expect(greeting)
      .to.match(/^Hello Ana, your account is closed/)
      .and.to.have.length.at.most(110)
    expect(html).not.to.contain('<b>x')
  })

  it('a person without a name gets a neutral greeting', () => {
    expect(written('en', { ...ana, name: ' ' }).reset.text).to.match(/^Hello,\n/)
  })

  it('the subject names the state of the backup codes, never a code', () => {
    const { 'backup code used': used, 'few left': few, 'one left': item, 'none left': none } = written('en')
    expect([used, few, item, none].map(({ subject }) => subject)).to.deep.equal([
      'A backup code was used to sign in (7 left)',
      'Only 2 backup codes left',
      'Only 1 backup code left',
      'No backup codes left',
    ])
  })
})

describe('the name in an email', () => {
  const greeted = (name: string) => {
    const { text, html } = written('en', { ...ana, name }).invitation
    return { text, html }
  }

  it('contains no text of the inviting person that becomes a link', () => {
    for (const name of [
      'Your mailbox is full, sign in at evil.example/now',
      'Reset at https://evil.example/x',
      'http:\u2028//evil',
      'evil\uFF0Eexample',
      'm\u00fcller.example',
      'ana@evil',
    ]) {
      const { text, html } = greeted(name)
      expect(text.split('\n')[0], name).to.equal('Hello,')
      expect(text + html).not.to.match(/evil|full/)
    }
  })

  it('may have initials, apostrophes and other scripts', () => {
    for (const name of [
      'J. R. Smith',
      'J.R. Smith',
      "Se\u00e1n O'Neill",
      '\u674e\u5c0f\u9f99',
      'Anna-Lena M\u00fcller',
    ])
      expect(greeted(name).text.split('\n')[0]).to.equal(`Hello ${name},`)
  })
})

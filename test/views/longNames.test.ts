import { expect } from 'chai'
import { languages } from '../../src/i18n/messages.ts'
import { render, textOf } from './rendered.ts'
import { longNames } from './terms.ts'

/** Relying parties and users know the headings or first sentences of these pages as they are. Their buttons or next sentences have the short name. */
const FIXED = ['link', 'confirm-reset', 'begin-set-up', 'set-up']

for (const language of languages)
  it(`a page in ${language} names two-factor authentication in full once, with 2FA behind it`, async () => {
    const long = longNames[language]
    if (!long) throw new Error('no long name in terms.ts')
    const named = new Set<string>()
    for (const { name, state, html } of await render(language)) {
      const main = textOf(/<main[\s\S]*<\/main>/.exec(html)?.[0] ?? '')
      const found = [...main.matchAll(long)]
      // The mailbox lists subjects of emails.
      if (found.length === 0 || name === 'mailbox') continue
      named.add(name)
      const page = `${name} (${state}): ${main}`
      expect(found, page).to.have.length(1)
      const [{ index, 0: full }] = found as [RegExpExecArray]
      if (!FIXED.includes(name)) expect(main.slice(index + full.length), page).to.match(/^ \(2FA\)/)
    }
    expect([...named]).to.include.members([...FIXED, 'challenge', 'account', 'user', 'step-up'])
  })

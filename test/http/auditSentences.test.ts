/** Sentences of audit events: of every type, with and without the names of people, and reasons in words instead of codes. */
import { expect } from 'chai'
import { groups } from '../../src/http/console/auditFilter.ts'
import { reasonsOf, sentenceOf } from '../../src/http/console/sentences.ts'
import { english, languages, words } from '../../src/i18n/messages.ts'
import type { AuditEvent } from '../../src/ports.ts'

const HEAD = 'event.type.'
const types = Object.keys(english).flatMap((key) => (key.startsWith(HEAD) ? [key.slice(HEAD.length)] : []))
const names: Readonly<Record<string, string>> = { ada: 'Ada Admin', ana: 'Ana Silva' }
const nameOf = (id: string | null) => (id === null ? null : (names[id] ?? id))
const event: AuditEvent = {
  id: '1.1',
  at: 1_777_816_951,
  type: 'two_factor.reset.started',
  actor: 'ada',
  target: 'ana',
  outcome: 'done',
  reason: null,
  requestId: null,
  address: null,
}

function said(changes: Partial<AuditEvent>, about: string | null = null, language = 'en'): string {
  const { say } = words(language)
  const { says, actor, target, whose, by } = sentenceOf({ ...event, ...changes }, nameOf, about)
  return says ? say(says, { actor: actor ?? say('event.system'), target: target ?? '', whose, by }) : ''
}

const reasons = (changes: Partial<AuditEvent>): readonly string[] =>
  reasonsOf({ ...event, ...changes }).map((reason) =>
    reason.says
      ? words('en').say(reason.says, { date: `at ${reason.date}`, text: reason.text ?? '' })
      : `"${reason.text}"`,
  )

describe('An audit event as a sentence', () => {
  it('says who did what to whom', () => {
    expect(said({})).to.equal('Ada Admin reset 2FA of Ana Silva')
    expect(said({ actor: null })).to.equal('System reset 2FA of Ana Silva')
    expect(said({}, null, 'de')).to.equal('Ada Admin hat 2FA von Ana Silva zurückgesetzt')
    expect(said({ type: 'session.ended' })).to.equal('Ada Admin ended sessions of Ana Silva')
    expect(said({ type: 'session.ended', actor: 'ana' })).to.equal('Ana Silva ended sessions')
    expect(said({ type: 'password.refused', actor: null, target: null })).to.equal('Wrong password, or unknown email')
  })

  it('leaves out the name of the person whose page it is on', () => {
    expect(said({}, 'ana')).to.equal('Ada Admin reset 2FA')
    expect(said({ type: 'two_factor.enrolled', actor: 'ana' }, 'ana')).to.equal('Authenticator set up')
    expect(said({ type: 'session.ended', actor: 'ana' }, 'ana')).to.equal('Sessions ended')
    expect(said({}, 'ada')).to.equal('Ada Admin reset 2FA of Ana Silva')
  })

  for (const language of languages)
    it(`has words for every type, in ${words(language).name}`, () => {
      expect(types).to.have.length.greaterThan(40)
      for (const type of types)
        for (const actor of ['ada', 'ana', null])
          for (const about of ['ana', null]) {
            const sentence = said({ type, actor }, about, language)
            expect(sentence, type)
              .to.match(/^[\p{Lu}\p{Lo}].+[^\s.,]$/u)
              .and.not.match(/[{}_]| {2}/)
            if (about === 'ana' && actor !== 'ana') expect(sentence, type).not.to.contain('Ana Silva')
          }
    })

  it("has no words for a host's own type", () => {
    expect(sentenceOf({ ...event, type: 'acme.badge.printed' }, nameOf).says).to.equal(null)
    expect(sentenceOf({ ...event, type: 'constructor' }, nameOf).says).to.equal(null)
  })
})

describe('The kinds of events to choose from', () => {
  const all = Object.values(groups)
  const isWithin = (type: string, prefix: string) => type === prefix || type.startsWith(`${prefix}.`)

  it('have every type in one of them at least', () => {
    const found = all.flat()
    for (const type of types)
      expect(
        found.some((each) => isWithin(type, each)),
        type,
      ).to.equal(true)
    for (const each of found)
      expect(
        types.some((type) => isWithin(type, each)),
        each,
      ).to.equal(true)
  })

  it('have no type twice, which would be listed twice', () => {
    for (const group of all)
      for (const each of group) expect(group.filter((other) => isWithin(each, other))).to.deep.equal([each])
  })
})

describe('The reason of an audit event', () => {
  it('is in words, and never a code or an id', () => {
    const of = (type: string, reason: string) => reasons({ type, reason })
    expect(of('two_factor.code_refused', 'code-incorrect')).to.deep.equal(['wrong code'])
    expect(of('step_up.refused', 'code-malformed')).to.deep.equal(['not 6 digits'])
    expect(of('two_factor.enrolled', 'sign-in')).to.deep.equal(['while signing in'])
    expect(of('account.changed', 'name, familyName, groups')).to.deep.equal(['name', 'groups'])
    expect(of('account.changed', 'locale, roles: admin helpdesk')).to.deep.equal([
      'language',
      'Administrator',
      'Helpdesk',
    ])
    expect(of('two_factor.reset.opened', 'nXq0o2Jm3r8sT1vW5yZ7aB')).to.deep.equal([])
    expect(of('session.ended', 'asked')).to.deep.equal([])
    expect(of('sign_in.refused', 'a-later-code')).to.deep.equal([])
    expect(reasons({ type: 'sign_in.done', method: 'backup_code' })).to.deep.equal(['with a backup code'])
  })

  it('is the text where a person, a mail server or a host wrote it', () => {
    for (const type of ['two_factor.reset.started', 'acme.badge.printed'])
      expect(reasons({ type, reason: 'called back, twice' })).to.deep.equal(['"called back, twice"'])
    const failed = { type: 'two_factor.reset.mail_failed', reason: '550 5.1.1 at RCPT' }
    expect(reasons(failed)).to.deep.equal(['mail server: 550 5.1.1 at RCPT'])
  })

  it('names the times up to which lines were removed', () => {
    const reason = 'all up to 2026-05-03T14:02:31.000Z, refusals up to 2026-05-04T14:02:31.000Z'
    expect(reasons({ type: 'audit.removed', reason })).to.deep.equal([
      'all until at 1777816951',
      'refusals until at 1777903351',
    ])
    expect(reasons({ type: 'audit.removed', reason: 'all up to ever' })).to.deep.equal([])
  })
})

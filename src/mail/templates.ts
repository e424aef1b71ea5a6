/**
 * What we write to people: subject, text and markup, each part complete in itself (views/mail), in the reader's language.
 * A link is the only secret a letter ever holds; every address in it is the issuer's or the brand's, never a request's.
 */
import { readFileSync } from 'node:fs'
import ejs from 'ejs'
import type { Device } from '../core/device.ts'
import type { RequiredProofs } from '../core/proofs.ts'
import type { Email, Person } from '../ports.ts'
import type { Brand, Key, Value, Words } from '../i18n/messages.ts'

export type Written = Pick<Email, 'subject' | 'text' | 'html' | 'locale'>

/** All times are epoch seconds. */
interface About {
  readonly person: Pick<Person, 'email' | 'name' | 'locale'>
  readonly at: number
  /** Where it was done. Absent or null: not known, or not told. */
  readonly device?: Device | null
}
interface Invites extends About {
  readonly link: string
  readonly expiresAt: number
}

export interface Templates {
  reset(about: Invites & { proofs: Pick<RequiredProofs, 'both' | 'because'> }): Written
  /** How: through the mailed link, in a sign-in, or as a replacement of a working one. */
  enrolled(about: About & { how: 'link' | 'sign-in' | 'replaced' }): Written
  backupCodeUsed(about: About & { remaining: number }): Written
  newBackupCodes(about: About): Written
  invitation(about: Invites): Written
  /** A link to another password. */
  password(about: Invites): Written
  passwordChanged(about: About): Written
  /** Somebody has the password, and no right code. `where`: the first time in a browser that is not known, or many times. */
  wrongCodes(about: About & { where: 'unknown-browser' | 'any' }): Written
  /** To the old address: `person.email` is the one that no longer counts. */
  emailChanged(about: About): Written
}

export interface TemplateOptions {
  readonly issuer: string
  readonly brand: Brand
  /** The words that suit a reader's locale best; null: the reader has none. */
  readonly words: (locale: string | null) => Words
}

/** From here on the subject warns that backup codes run out. Count. */
const few = 2

/** The order of a letter: what happened; the link, if any, and how long it lives; what to do if this wasn't you. */
interface Plan {
  readonly subject: Key
  readonly preheader: Key
  readonly what: readonly Key[]
  readonly link?: { readonly href: string; readonly button: Key; readonly valid: Key; readonly expiresAt: number }
  readonly stranger: Key
  /** What we never ask by email. Default `mail.never`. */
  readonly never?: Key
}

export function templates({ issuer, brand, words }: TemplateOptions): Templates {
  const text = template('letter.txt.ejs')
  const html = template('letter.html.ejs')

  const write = (
    { person, at, device = null }: About,
    plan: Plan,
    more: Readonly<Record<string, Value>> = {},
  ): Written => {
    const { say, date, language, direction } = words(person.locale)
    const values = {
      service: brand.name,
      name: nameIn(person.name),
      email: person.email,
      host: new URL(issuer).host,
      date: date(at),
      until: plan.link ? date(plan.link.expiresAt) : '',
      device: device ? deviceIn(say, device) : '',
      ...more,
    }
    const [first, ...others] = plan.what
    const what = device && first ? [first, 'mail.device' as const, ...others] : plan.what
    const locals = {
      plan: { ...plan, what },
      brand,
      language,
      direction,
      say: (key: Key) => say(key, values),
      name: values.name,
    }
    return { subject: say(plan.subject, values), text: text(locals), html: html(locals), locale: language }
  }

  return {
    reset: (about) =>
      write(about, {
        subject: 'mail.reset.subject',
        preheader: 'mail.reset.preheader',
        what: [
          'mail.reset.what',
          ...(about.proofs.because.includes('wrong-codes') ? (['mail.reset.wrong-codes'] as const) : []),
          ...(about.proofs.both ? (['mail.reset.strict'] as const) : []),
          'mail.reset.old',
        ],
        link: { ...at(about), button: 'mail.reset.button', valid: 'mail.reset.valid' },
        stranger: 'mail.reset.stranger',
        ...(about.proofs.both ? { never: 'mail.never.strict' } : {}),
      }),
    enrolled: (about) =>
      write(about, {
        subject: about.how === 'replaced' ? 'mail.enrolled.subject.replaced' : 'mail.enrolled.subject',
        preheader: 'mail.enrolled.preheader',
        what: [`mail.enrolled.${about.how}`, 'mail.enrolled.old'],
        stranger: 'mail.enrolled.stranger',
      }),
    backupCodeUsed: (about) =>
      write(
        about,
        {
          subject: about.remaining > few ? 'mail.backup-code-used.subject' : 'mail.backup-code-used.subject.few',
          preheader: 'mail.backup-code-used.preheader',
          what: [
            'mail.backup-code-used.what',
            'mail.backup-code-used.left',
            ...(about.remaining > few ? [] : (['mail.backup-code-used.few'] as const)),
          ],
          stranger: 'mail.backup-code-used.stranger',
        },
        { remaining: about.remaining },
      ),
    newBackupCodes: (about) =>
      write(about, {
        subject: 'mail.new-backup-codes.subject',
        preheader: 'mail.new-backup-codes.preheader',
        what: ['mail.new-backup-codes.what'],
        stranger: 'mail.new-backup-codes.stranger',
      }),
    invitation: (about) =>
      write(about, {
        subject: 'mail.invitation.subject',
        preheader: 'mail.invitation.preheader',
        what: ['mail.invitation.what', 'mail.invitation.next'],
        link: { ...at(about), button: 'mail.invitation.button', valid: 'mail.invitation.valid' },
        stranger: 'mail.invitation.stranger',
      }),
    password: (about) =>
      write(about, {
        subject: 'mail.password.subject',
        preheader: 'mail.password.preheader',
        what: ['mail.password.what', 'mail.password.next'],
        link: { ...at(about), button: 'mail.password.button', valid: 'mail.password.valid' },
        stranger: 'mail.password.stranger',
      }),
    passwordChanged: (about) =>
      write(about, {
        subject: 'mail.password-changed.subject',
        preheader: 'mail.password-changed.preheader',
        what: ['mail.password-changed.what', 'mail.password-changed.ended'],
        stranger: 'mail.password-changed.stranger',
      }),
    wrongCodes: (about) =>
      write(about, {
        subject: 'mail.wrong-codes.subject',
        preheader: 'mail.wrong-codes.preheader',
        what: [`mail.wrong-codes.${about.where}`, 'mail.wrong-codes.safe'],
        stranger: 'mail.wrong-codes.stranger',
      }),
    emailChanged: (about) =>
      write(about, {
        subject: 'mail.email-changed.subject',
        preheader: 'mail.email-changed.preheader',
        what: ['mail.email-changed.what'],
        stranger: 'mail.email-changed.stranger',
      }),
  }
}

const deviceIn = (say: Words['say'], { browser, system }: Device): string =>
  say('account.device', {
    browser: browser ?? say('account.device.browser'),
    system: system ?? say('account.device.system'),
  })

/**
 * Whoever invites chooses the name, and our letter would carry a text of theirs. Empty, and so a neutral greeting, when mail programs
 * could make a link of it; one line always.
 */
function nameIn(given: string): string {
  const name = given
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, 100)
  const isLinkLike = /:\/\/|[/@\\]|[\p{L}\p{N}-][.\u3002\uFF0E\uFF61]\p{L}{2}/u.test(name)
  return isLinkLike ? '' : name
}

const at = ({ link, expiresAt }: Invites) => ({ href: link, expiresAt })

const template = (file: string): ((locals: object) => string) => {
  const source = readFileSync(new URL(`../../views/mail/${file}`, import.meta.url), 'utf8')
  return ejs.compile(source, { strict: true, _with: false, filename: file })
}

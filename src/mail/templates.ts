/**
 * The emails: subject, plain text and HTML (views/mail) in the reader's language. A link is the only secret an email contains;
 * every URL in it comes from the issuer or the brand, never from a request.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import { type Palette, palettesOf } from '../colours.ts'
import { readTextSync } from '../decoding.ts'
import type { Device } from '../core/device.ts'
import type { RequiredProofs } from '../core/proofs.ts'
import type { Email, Person } from '../ports.ts'
import type { Key, Value, Words } from '../i18n/messages.ts'
import type { Brand } from '../ports.ts'

export type Written = Pick<Email, 'subject' | 'text' | 'html' | 'locale'>

/** All times are epoch seconds. */
interface About {
  readonly person: Pick<Person, 'email' | 'name' | 'locale'>
  readonly at: number
  /** Where it was done. Absent or null: unknown, or not mentioned. */
  readonly device?: Device | null
}
interface Linked extends About {
  readonly link: string
  readonly expiresAt: number
}

export interface TemplateOptions {
  readonly issuer: string
  readonly brand: Brand
  /** The messages that fit a reader's locale best; null: the reader has none. */
  readonly words: (locale: string | null) => Words
  /** Folder of a host's own views: files in its folder `mail` replace ours by name. Default: none. */
  readonly own?: string | null
}

/** With so many backup codes or fewer left, the subject warns. Count. */
const FEW = 2

/** The order of an email: what happened; the link, if any, and how long it is valid; what to do if it was not you. */
interface Plan {
  readonly subject: Key
  readonly preheader: Key
  readonly what: readonly Key[]
  readonly link?: { readonly href: string; readonly button: Key; readonly valid: Key; readonly expiresAt: number }
  /** Over `stranger`. Default `mail.stranger`. */
  readonly unexpected?: Key
  readonly stranger: Key
  /** How to go on without the link, where that is possible. What no email asks for stands there too. Default `mail.never`. */
  readonly never?: Key
  /** Further values of its messages. */
  readonly values?: Readonly<Record<string, Value>>
}

const plans = {
  reset: ({ link, expiresAt, proofs }: Linked & { proofs: Pick<RequiredProofs, 'both' | 'because'> }): Plan => ({
    subject: 'mail.reset.subject',
    preheader: 'mail.reset.preheader',
    what: [
      'mail.reset.what',
      ...(proofs.because.includes('wrong-codes') ? (['mail.reset.wrong-codes'] as const) : []),
      ...(proofs.both ? (['mail.reset.strict'] as const) : []),
      'mail.reset.old',
    ],
    link: { href: link, expiresAt, button: 'mail.reset.button', valid: 'mail.reset.valid' },
    stranger: 'mail.reset.stranger',
    ...(proofs.both ? {} : { never: 'mail.never.optional' }),
  }),
  /** How: by the mailed link, in a sign-in, or as a replacement of a working factor. `isFirst`: there was none before. */
  enrolled: ({
    how,
    isFirst = false,
    kind = 'app',
  }: About & { how: 'link' | 'sign-in' | 'replaced'; isFirst?: boolean; kind?: 'app' | 'passkey' }): Plan => ({
    subject: how === 'replaced' ? 'mail.enrolled.subject.replaced' : 'mail.enrolled.subject',
    preheader: 'mail.enrolled.preheader',
    what: [`mail.enrolled.${how}`, isFirst ? 'mail.enrolled.next' : 'mail.enrolled.old'],
    stranger: 'mail.enrolled.stranger',
    values: { kind },
  }),
  backupCodeUsed: ({ remaining }: About & { remaining: number }): Plan => ({
    subject: remaining > FEW ? 'mail.backup-code-used.subject' : 'mail.backup-code-used.subject.few',
    preheader: 'mail.backup-code-used.preheader',
    what: [
      'mail.backup-code-used.what',
      'mail.backup-code-used.left',
      ...(remaining > FEW ? [] : (['mail.backup-code-used.few'] as const)),
    ],
    stranger: 'mail.backup-code-used.stranger',
    values: { remaining },
  }),
  newBackupCodes: (_: About): Plan => ({
    subject: 'mail.new-backup-codes.subject',
    preheader: 'mail.new-backup-codes.preheader',
    what: ['mail.new-backup-codes.what'],
    stranger: 'mail.new-backup-codes.stranger',
  }),
  /** `name`: null, the app. */
  authenticators: ({
    what,
    name,
  }: About & {
    what: 'authenticator-added' | 'authenticator-removed' | 'passkey-suspect'
    name: string | null
  }): Plan => ({
    subject: `mail.${what}.subject`,
    preheader: 'mail.authenticators.preheader',
    what: [`mail.${what}.what`],
    stranger: 'mail.authenticators.stranger',
    values: { passkey: nameIn(name ?? ''), kind: name === null ? 'app' : 'passkey' },
  }),
  invitation: ({ link, expiresAt }: Linked): Plan => ({
    subject: 'mail.invitation.subject',
    preheader: 'mail.invitation.preheader',
    what: ['mail.invitation.what', 'mail.invitation.next'],
    link: { href: link, expiresAt, button: 'mail.invitation.button', valid: 'mail.invitation.valid' },
    unexpected: 'mail.unexpected',
    stranger: 'mail.invitation.stranger',
  }),
  /** A link to a new password. */
  password: ({ link, expiresAt }: Linked): Plan => ({
    subject: 'mail.password.subject',
    preheader: 'mail.password.preheader',
    what: ['mail.password.what', 'mail.password.next'],
    link: { href: link, expiresAt, button: 'mail.password.button', valid: 'mail.password.valid' },
    unexpected: 'mail.unasked',
    stranger: 'mail.password.stranger',
  }),
  passwordChanged: (_: About): Plan => ({
    subject: 'mail.password-changed.subject',
    preheader: 'mail.password-changed.preheader',
    what: ['mail.password-changed.what', 'mail.password-changed.ended'],
    stranger: 'mail.password-changed.stranger',
  }),
  /** The password was right and the codes were wrong: for the first time in an unknown browser, or many times in any. */
  wrongCodes: ({ where }: About & { where: 'unknown-browser' | 'any' }): Plan => ({
    subject: 'mail.wrong-codes.subject',
    preheader: 'mail.wrong-codes.preheader',
    what: [`mail.wrong-codes.${where}`, 'mail.wrong-codes.safe'],
    stranger: 'mail.wrong-codes.stranger',
  }),
  /** To the old address: `person.email` is the one that is no longer used. */
  emailChanged: (_: About): Plan => ({
    subject: 'mail.email-changed.subject',
    preheader: 'mail.email-changed.preheader',
    what: ['mail.email-changed.what'],
    unexpected: 'mail.unasked',
    stranger: 'mail.email-changed.stranger',
  }),
}

/** As in assets/style.css. */
const ownColours: { readonly [K in 'light' | 'dark']: Omit<Palette, 'hover'> } = {
  light: { accent: '#2450c8', ink: '#fff', link: '#2450c8' },
  dark: { accent: '#8fb0ff', ink: '#0c1633', link: '#a3beff' },
}

export type Templates = { readonly [K in keyof typeof plans]: (about: Parameters<(typeof plans)[K]>[0]) => Written }

export function templates(options: TemplateOptions): Templates {
  const write = writer(options)
  return {
    reset: (about) => write(about, plans.reset(about)),
    enrolled: (about) => write(about, plans.enrolled(about)),
    backupCodeUsed: (about) => write(about, plans.backupCodeUsed(about)),
    authenticators: (about) => write(about, plans.authenticators(about)),
    newBackupCodes: (about) => write(about, plans.newBackupCodes(about)),
    invitation: (about) => write(about, plans.invitation(about)),
    password: (about) => write(about, plans.password(about)),
    passwordChanged: (about) => write(about, plans.passwordChanged(about)),
    wrongCodes: (about) => write(about, plans.wrongCodes(about)),
    emailChanged: (about) => write(about, plans.emailChanged(about)),
  }
}

function writer({ issuer, brand, words, own = null }: TemplateOptions): (about: About, plan: Plan) => Written {
  const template = templatesIn(own)
  const text = template('email.txt.ejs')
  const html = template('email.html.ejs')
  const colours = brand.accent ? palettesOf(brand.accent) : ownColours
  return ({ person, at, device = null }, plan) => {
    const { say, date, left, language, direction } = words(person.locale)
    const values = {
      service: brand.name,
      name: nameIn(person.name),
      email: person.email,
      host: new URL(issuer).host,
      date: date(at),
      until: plan.link ? date(plan.link.expiresAt) : '',
      left: plan.link ? left(plan.link.expiresAt - at) : '',
      device: device ? deviceIn(say, device) : '',
      ...plan.values,
    }
    const [first, ...others] = plan.what
    const what = device && first ? [first, 'mail.device' as const, ...others] : plan.what
    const locals = {
      plan: { ...plan, what },
      brand,
      colours,
      language,
      direction,
      say: (key: Key) => say(key, values),
      name: values.name,
    }
    return { subject: say(plan.subject, values), text: text(locals), html: html(locals), locale: language }
  }
}

const deviceIn = (say: Words['say'], { browser, system }: Device): string =>
  say('account.device', {
    browser: browser ?? say('account.device.browser'),
    system: system ?? say('account.device.system'),
  })

/**
 * The inviting person chooses the name, so it could contain a link. One line; empty, for a neutral greeting, when mail programs
 * could show a link in it.
 */
function nameIn(given: string): string {
  const name = given
    .replaceAll(invisibleInName, '')
    .replace(/(?:(?![\u200C\u200D])[\p{C}\p{Z}])+/gu, ' ')
    .trim()
  // As mail programs read it: what looks like a dot or a slash is one (U+2024, U+3002, U+FF0F, U+2044).
  const plain = name.normalize('NFKC').replaceAll(/[\u3002\u06D4\u0589\u0701\uA4F8]/g, '.')
  const isLinkLike = /[/\\@\u2044\u2215\u29F8]|\bwww\b|:\p{L}|[\p{L}\p{N}-] ?\.\p{L}{2}/iu.test(plain)
  return isLinkLike ? '' : Array.from(name).slice(0, 100).join('')
}

/** Marks of direction would show the name, or the text after it, in another order. Joiners stay: scripts need them. */
const invisibleInName = /(?![\u200C\u200D])\p{Cf}/gu

const ours = fileURLToPath(new URL('../../views/mail/', import.meta.url))

function templatesIn(own: string | null): (file: string) => (locals: object) => string {
  const folder = own === null ? null : join(own, 'mail')
  const theirs =
    folder !== null && existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.ejs')) : []
  const known = readdirSync(ours)
  const unknown = theirs.find((file) => !known.includes(file))
  if (unknown !== undefined) throw new TypeError(`${folder}: there is no email template named ${unknown}`)
  return (file) => {
    const source = readTextSync(join(theirs.includes(file) && folder !== null ? folder : ours, file))
    return ejs.compile(source, { strict: true, _with: false, filename: file })
  }
}

/** Renders views/*.ejs: a page, its frame and its locals make one document. A template sees those of locals.ts and the helpers below. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import ejs from 'ejs'
import { digest } from '../../crypto/tokens.ts'
import { readTextSync } from '../../decoding.ts'
import { type Logo, type Logos, logoTypes } from '../../logos.ts'
import type { Brand } from '../../ports.ts'
import { english, words, type Key, type Value, type Words } from '../../i18n/messages.ts'
import { Html, escape, html } from './html.ts'
import type { Pages } from './locals.ts'
import type { ResetStrip } from './userLocals.ts'
import type { PageMetadata } from './pageMetadata.ts'
import { pageMetadata } from './headings.ts'
import { byName, inEach } from './languages.ts'
import { themeOf } from './theme.ts'

export type { Pages } from './locals.ts'

export interface Frame {
  /** One of the languages of these views. */
  readonly language: string
  /** For what remains of a time. Epoch seconds. */
  readonly now: number
  /** The query, which the links to other languages keep. Default ''. */
  readonly search?: string
  /** The page that those links open; null: none, as the address takes forms only. Default: the current address. */
  readonly path?: string | null
  /** Whether the page answers a form. Default false. */
  readonly isPosted?: boolean
  /** The application of the sign-in. */
  readonly client?: { readonly name: string; readonly host: string } | null
  /** The person of the sign-in. */
  readonly person?: { readonly email: string } | null
  readonly signOutHref?: string | null
  /** The person of a first-party app, shown in the header. */
  readonly webSession?: {
    readonly app: 'admin' | 'account'
    readonly name: string
    readonly email: string
    /** The other first-party app; null: not for this person. */
    readonly elsewhere: string | null
    readonly signOut: { readonly action: string; readonly formToken: string }
  } | null
}

export interface Views {
  page<K extends keyof Pages>(name: K, frame: Frame, page: Pages[K]): string
  /** The newest reset of the page of a user, alone. */
  resetStatus(language: string, strip: ResetStrip): string
}

export interface ViewOptions {
  readonly brand: Brand
  /** Default: none. */
  readonly logos?: Logos
  /** Path of the issuer: '' or '/oidc'. */
  readonly base: string
  /** The languages people may choose from, BCP 47. */
  readonly languages: readonly string[]
  /** Folder of templates that replace ours of the same name. Default: none. */
  readonly own?: string | null
  /** The messages of a language. Default: those of views/locales. */
  readonly wordsOf?: (language: string) => Words
}

export interface Asset {
  readonly body: Buffer
  /** Compressed once. The content is public, so that its length reveals no secret. */
  readonly gzip: Buffer
  readonly type: string
  readonly etag: string
}

type Template = (locals: object) => string

const views = new URL('../../../views/', import.meta.url)
const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  ...logoTypes,
}
const noLogos: Logos = { light: null, dark: null }
const logoFile = (theme: keyof Logos, logo: Extract<Logo, { is: 'file' }>): string => `logo-${theme}.${logo.extension}`

/** All files that the pages load, by path below the issuer. The content of an address with `?v=` never changes. */
export function readAssets(brand?: Brand, logos = noLogos): Readonly<Record<string, Asset>> {
  const folder = new URL('assets/', views)
  const files = readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder))] as const)
  const theme = brand?.accent ? [['theme.css', Buffer.from(themeOf(brand.accent))] as const] : []
  const images = (['light', 'dark'] as const).flatMap((name) => {
    const logo = logos[name]
    return logo?.is === 'file' ? [[logoFile(name, logo), logo.body] as const] : []
  })
  return Object.fromEntries(
    [...files, ...theme, ...images].map(([file, body]) => {
      const type = types[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
      const gzip = gzipSync(body, { level: 9 })
      return [
        `/assets/${file}`,
        { body, gzip, type, etag: `"${digest({ for: 'asset', content: body.toString('latin1') }).slice(0, 16)}"` },
      ]
    }),
  )
}

export function createViews({
  brand: given,
  logos = noLogos,
  base,
  languages,
  own = null,
  wordsOf = words,
}: ViewOptions): Views {
  const templates = readTemplates(own)
  const assets = readAssets(given, logos)
  const template = (name: string) => {
    const found = templates.get(name)
    if (!found) throw new Error(`no views/${name}.ejs`)
    return found
  }
  const url = (to: string) => (/^\/(?!\/)/.test(to) ? base + to : to)
  const below = (file: string) => `/assets/${file}?v=${assets[`/assets/${file}`]?.etag.slice(1, 9)}`
  const asset = (file: string) => url(below(file))
  const logo = (theme: keyof Logos): string | undefined => {
    const image = logos[theme]
    return image?.is === 'file' ? below(logoFile(theme, image)) : image?.url
  }
  const brand: Brand = { ...given, logoLight: logo('light'), logoDark: logo('dark') }
  const shared = { brand, languages: byName(languages.map((language) => wordsOf(language))), url, asset }
  const commonIn = inEach(languages, (language) => {
    const spoken = wordsOf(language)
    return { ...shared, ...translation(spoken), language, direction: spoken.direction }
  })

  return {
    resetStatus: (language, strip) => template('partials/reset-status')({ ...commonIn(language), strip }),
    page(name, { language, now, search = '', path = '', isPosted = false, ...frame }, page) {
      const common = commonIn(language)
      const metadata: PageMetadata = pageMetadata[name](page)
      // The layout places this link below the heading.
      const { notYouHref = null } = page as { readonly notYouHref?: string | null }
      const partial = (part: string, more?: object): Html =>
        new Html(template(`partials/${part}`)(more ? { ...locals, ...more } : locals))
      const locals = {
        ...common,
        frame: { client: null, person: null, signOutHref: null, webSession: null, ...frame },
        metadata,
        notYouHref,
        /** A remaining time, as words. */
        remaining: (until: number) => common.left(until - now),
        inLanguage: path === null ? null : (other: string) => `${url(path)}?${withLanguage(search, other)}`,
        partial,
      }
      const content = new Html(template(name)({ ...locals, ...page }))
      /** A button of the form then chooses the language: what was typed stays. */
      const keepsTyped = isPosted && /<form [^>]*id="typed"/.test(content.toString())
      return template('layout')({ ...locals, content, name, keepsTyped })
    },
  }
}

function withLanguage(search: string, language: string): string {
  const query = new URLSearchParams(search)
  query.set('language', language)
  return query.toString()
}

/** Their text in English is the `client_name` of the first-party clients. */
const firstPartyNames = ['account.heading', 'console.sections'] as const

/** Messages for a template: `say` returns text, the others return markup with escaped values. */
function translation({ say, pieces, formats, date, time, clock, ago, left }: Words) {
  const iso = (at: number): string => new Date(at * 1000).toISOString().replace('.000', '')
  // The script of the pages shows it in the reader's time zone.
  const moment = (at: number, show: 'date' | 'time' | 'clock', text: string) =>
    html`<time datetime="${iso(at)}" data-show="${show}">${text}</time>`
  return {
    say,
    /** A message with markup as values. */
    describe: (key: Key, values: Readonly<Record<string, Value | Html>>) =>
      new Html(
        pieces<Html>(key, values)
          .map((piece) => (piece instanceof Html ? piece.toString() : escape(piece)))
          .join(''),
      ),
    formats,
    /** What stands between the day and the time. */
    between: say('date', { day: '', time: '' }).replaceAll(/[\u2068\u2069]/g, ''),
    date: (at: number) => moment(at, 'date', date(at)),
    time: (at: number) => moment(at, 'time', time(at)),
    clock: (at: number) => moment(at, 'clock', clock(at)),
    /** How long ago, with the time as its title. */
    ago: (at: number, now: number) =>
      html`<time datetime="${iso(at)}" data-title="date" title="${date(at)}">${ago(at, now)}</time>`,
    /** A remaining time. Seconds. */
    left,
    /** The name of an application: those of ours are messages. */
    application: (name: string): string => {
      const key = firstPartyNames.find((own) => english[own] === name)
      return key ? say(key) : name
    },
    /** A name or an address of any script, isolated for bidirectional text. */
    name: (text: string) => html`<bdi>${text}</bdi>`,
    strong: (text: string) => html`<strong><bdi>${text}</bdi></strong>`,
    /** A name that leads to a page. */
    link: (href: string, text: string) => html`<a href="${href}"><bdi>${text}</bdi></a>`,
    /** Plain text of an email, with its addresses as links. */
    linked: (text: string) =>
      new Html(
        text
          .split(/(https?:\/\/[^\s<>"]+)/)
          .map((part, index) => (index % 2 ? html`<a href="${part}" dir="ltr">${part}</a>`.toString() : escape(part)))
          .join(''),
      ),
  }
}

/** Our templates and a host's that replace them by name. A host's template that replaces none is refused as misspelt or outdated. */
function readTemplates(own: string | null): ReadonlyMap<string, Template> {
  const ours = templatesIn(fileURLToPath(views))
  const theirs = own === null ? [] : [...templatesIn(own)]
  const [unknown] = theirs.find(([name]) => !ours.has(name)) ?? []
  if (unknown !== undefined) throw new TypeError(`${own}: there is no page or part named ${unknown}`)
  return new Map([...ours, ...theirs])
}

/** A line of a template that writes nothing; it would leave an empty line. */
const control = /^(<%(?![=-]).*)(?<!-)%>$/gm

/** `unsafePrototypeLocals`: the locals are not copied. All of them are ours. */
const compilation = { strict: true, _with: false, rmWhitespace: true, unsafePrototypeLocals: true }

/** Not with the cache of ejs, which ignores the options, nor with its include, which reads partials each time. */
function templatesIn(app: string): ReadonlyMap<string, Template> {
  const files = readdirSync(app, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /^(partials\/)?[\w-]+\.ejs$/.test(file))
  return new Map(
    files.map((file) => {
      const source = readTextSync(join(app, file)).replace(control, '$1-%>')
      const compiled = ejs.compile(source, { ...compilation, filename: file })
      return [file.slice(0, -'.ejs'.length), (locals) => compiled(locals)]
    }),
  )
}

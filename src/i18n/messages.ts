/**
 * Every sentence a person reads, by key. A language is one file in views/locales; English is the complete one and types the
 * keys, others fall back to it. Messages are ICU, compiled once per language. No markup lives here: see http/views for pages.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import en from '../../views/locales/en.json' with { type: 'json' }

export type Key = keyof typeof en
export type Value = string | number

export const isKey = (text: string): text is Key => Object.hasOwn(en, text)

/** Who is speaking: stands on every page and in every letter. */
export interface Brand {
  readonly name: string
  /** Where people get help; without it they are told to ask their administrator. */
  readonly supportUrl?: string | undefined
  readonly legalLinks?: readonly { readonly label: string; readonly url: string }[] | undefined
  /** Addresses of images on our own origin (others are blocked); without one the name stands as text. */
  readonly logoLight?: string | undefined
  readonly logoDark?: string | undefined
  /** `#rrggbb`, of buttons and links in the light theme; see http/assets. */
  readonly accent?: string | undefined
}

export interface Words {
  /** BCP 47, the language of what `say` returns. */
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  /** The language's own name. */
  readonly name: string
  say(key: Key, values?: Readonly<Record<string, Value>>): string
  /** The same sentence in pieces: strings of ours, and the given objects where they stand in it. */
  pieces<T extends object>(key: Key, values: Readonly<Record<string, Value | T>>): (string | T)[]
  /** `3 May 2026, 14:02 UTC` */
  date(at: number): string
  /** `14:02 UTC` */
  time(at: number): string
  /** `14:02:31 UTC` */
  clock(at: number): string
}

const folder = new URL('../../views/locales/', import.meta.url)

/** Every language there is a file for, BCP 47. */
export const languages: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))

const spoken = new Map<string, Words>()

/** The words of a language there is a file for; another is an error of the caller (`chooseLanguage` names only what there is). */
export function words(language: string): Words {
  const known = spoken.get(language)
  if (known) return known
  if (!languages.includes(language)) throw new Error(`no views/locales/${language}.json`)
  const made = compile(language, { ...en, ...read(language) })
  spoken.set(language, made)
  return made
}

const read = (language: string) =>
  JSON.parse(readFileSync(new URL(`${language}.json`, folder), 'utf8')) as Partial<Record<Key, string>>

function compile(language: string, catalogue: Record<Key, string>): Words {
  const formats = catalogue['language.formats']
  const messages = new Map(
    Object.entries(catalogue).map(([key, text]) => [
      key,
      new IntlMessageFormat(text, formats, undefined, { ignoreTag: true }),
    ]),
  )
  const message = (key: Key) => {
    const found = messages.get(key)
    if (!found) throw new Error(`no words for ${key}`)
    return found
  }
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(formats, { timeZone: 'UTC', ...options })
  const day = format({ day: 'numeric', month: 'long', year: 'numeric' })
  const minute = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' })
  const second = format({
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  const say: Words['say'] = (key, values) => String(message(key).format(values))

  return {
    language,
    direction: catalogue['language.direction'] === 'rtl' ? 'rtl' : 'ltr',
    name: catalogue['language.name'],
    say,
    pieces: <T extends object>(key: Key, values: Readonly<Record<string, Value | T>>) =>
      message(key)
        .formatToParts<T>(values)
        .map((part) => part.value),
    date: (at) => say('date', { day: day.format(at * 1000), time: minute.format(at * 1000) }),
    time: (at) => minute.format(at * 1000),
    clock: (at) => second.format(at * 1000),
  }
}

export interface LanguageCandidates {
  /** Picked by hand in this flow. */
  readonly chosen?: string | null | undefined
  /** `ui_locales` of the relying party, space-separated. */
  readonly uiLocales?: string | null | undefined
  /** Of the account, once it is known. */
  readonly account?: string | null | undefined
  readonly cookie?: string | null | undefined
  readonly acceptLanguage?: string | null | undefined
  readonly available: readonly string[]
  readonly fallback: string
}

/** The first wish we can grant, strongest first. What comes from outside is only compared, never used. */
export function chooseLanguage(candidates: LanguageCandidates): string {
  const { chosen, uiLocales, account, cookie, acceptLanguage, available, fallback } = candidates
  const wanted = [chosen, ...(uiLocales ?? '').split(' '), account, cookie, ...accepted(acceptLanguage ?? '')]
  for (const candidate of wanted.slice(0, 50)) {
    const granted = candidate && nearest(candidate.toLowerCase(), available)
    if (granted) return granted
  }
  return fallback
}

/** RFC 4647 §3.4: `de-AT` is served by `de`; and `pt` by `pt-BR` where there is no other Portuguese. */
function nearest(candidate: string, available: readonly string[]): string | undefined {
  for (let range = candidate; range; range = range.slice(0, Math.max(range.lastIndexOf('-'), 0))) {
    const exact = available.find((language) => language.toLowerCase() === range)
    if (exact) return exact
  }
  return available.find((language) => language.toLowerCase().startsWith(`${candidate.split('-', 1)[0]}-`))
}

/** RFC 9110 §12.5.4, by falling weight; `*` is no wish. */
function accepted(header: string): string[] {
  return header
    .split(',', 50)
    .map((item) => {
      const [range = '', ...parameters] = item.split(';').map((part) => part.trim())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))
      return { range, weight: weight ? Number(weight.slice(2)) : 1 }
    })
    .filter(({ range, weight }) => range && range !== '*' && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ range }) => range)
}

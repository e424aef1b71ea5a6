/**
 * The messages, by key. A language is one file in views/locales; English is complete and types the keys, other languages fall back to it.
 * Messages are ICU, compiled when they are first used, and contain no markup.
 */
import { readdirSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { readTextSync } from '../decoding.ts'
import { choicesIn } from './syntax.ts'
import en from '../../views/locales/en.json' with { type: 'json' }

export type Key = keyof typeof en
export type Value = string | number

/** English, complete. */
export const english: Readonly<Record<Key, string>> = en

export const isKey = (text: string): text is Key => Object.hasOwn(en, text)

export interface Words {
  /** BCP 47, the language of what `say` returns. */
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  /** The language's own name. */
  readonly name: string
  /** BCP 47, of dates and numbers. */
  readonly formats: string
  say(key: Key, values?: Readonly<Record<string, Value>>): string
  /** The same sentence in parts: its strings, and the given objects at their positions. */
  pieces<T extends object>(key: Key, values: Readonly<Record<string, Value | T>>): (string | T)[]
  /** `3 May 2026, 14:02 UTC` */
  date(at: number): string
  /** `14:02 UTC` */
  time(at: number): string
  /** `14:02:31 UTC` */
  clock(at: number): string
  /** `4 minutes ago`, of a day or more `3 days ago` */
  ago(at: number, now: number): string
  /** `7 hours, 56 minutes`: two units at most, from days to minutes, each minute that has begun included */
  left(seconds: number): string
}

const folder = new URL('../../views/locales/', import.meta.url)

/** Every language that has a file, BCP 47. */
export const languages: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .toSorted()

const compiled = new Map<string, Words>()

/** Throws for a language that has no file; `chooseLanguage` returns only those that have one. */
export function words(language: string): Words {
  const known = compiled.get(language)
  if (known) return known
  if (!languages.includes(language)) throw new Error(`no views/locales/${language}.json`)
  const made = compile(language, { ...en, ...shippedMessages(language) })
  compiled.set(language, made)
  return made
}

export const shippedMessages = (language: string) =>
  JSON.parse(readTextSync(new URL(`${language}.json`, folder))) as Partial<Record<Key, string>>

export function compile(language: string, catalogue: Record<Key, string>): Words {
  const formats = catalogue['language.formats']
  const direction = catalogue['language.direction'] === 'rtl' ? 'rtl' : 'ltr'
  const messages = new Map<Key, IntlMessageFormat>()
  const message = (key: Key): IntlMessageFormat => {
    const known = messages.get(key)
    if (known) return known
    if (!Object.hasOwn(catalogue, key)) throw new Error(`no words for ${key}`)
    const made = new IntlMessageFormat(catalogue[key], formats, undefined, { ignoreTag: true })
    messages.set(key, made)
    return made
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
  /** In a language from right to left, most values have another direction than the sentence. */
  const apart = <T>(of: IntlMessageFormat, values?: Readonly<Record<string, T>>) =>
    direction === 'rtl' && values ? isolated(values, choicesIn(of.getAst())) : values
  const say: Words['say'] = (key, values) => String(message(key).format(apart(message(key), values)))

  return {
    language,
    direction,
    name: catalogue['language.name'],
    formats,
    say,
    pieces: <T extends object>(key: Key, values: Readonly<Record<string, Value | T>>) =>
      message(key)
        .formatToParts<T>(apart(message(key), values))
        .map((part) => part.value),
    date: (at) => String(message('date').format({ day: day.format(at * 1000), time: minute.format(at * 1000) })),
    time: (at) => minute.format(at * 1000),
    clock: (at) => second.format(at * 1000),
    ...durations(formats),
  }
}

/** Text between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, as `<bdi>` for text without markup. */
const isolated = <T>(values: Readonly<Record<string, T>>, choices: readonly string[]): Record<string, T | string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' && !choices.includes(name) ? `\u2068${value}\u2069` : value,
    ]),
  )

/** In seconds, the longest first. */
const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

function durations(formats: string): Pick<Words, 'ago' | 'left'> {
  const relative = new Intl.RelativeTimeFormat(formats, { numeric: 'auto' })
  const list = new Intl.ListFormat(formats, { type: 'unit', style: 'long' })
  const counts = new Map(
    units.map(([unit]) => [unit, new Intl.NumberFormat(formats, { style: 'unit', unit, unitDisplay: 'long' })]),
  )
  return {
    ago(at, now) {
      const seconds = now - at
      const [unit, length] = units.find(([, each]) => seconds >= each) ?? []
      return unit ? relative.format(-Math.floor(seconds / length), unit) : relative.format(0, 'second')
    },
    left(seconds) {
      let rest = Math.max(60, Math.ceil(seconds / 60) * 60)
      const parts = units.flatMap(([unit, length]) => {
        const count = Math.floor(rest / length)
        rest -= count * length
        return count === 0 ? [] : [counts.get(unit)?.format(count) ?? '']
      })
      return list.format(parts.slice(0, 2))
    },
  }
}

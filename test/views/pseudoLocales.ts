/** Pseudo-locales made from English: one with longer words, one from right to left. */
import { type Key, type Value, type Words, words } from '../../src/i18n/messages.ts'

type Change = (text: string) => string

/** Longer by two fifths, with accents that reveal a wrong encoding. */
const longer: Change = (text) =>
  text.replace(/\p{L}{2,}/gu, (word) => accented(word) + 'õ'.repeat(Math.ceil(word.length * 0.4)))

const accents: Readonly<Record<string, string>> = { a: 'á', e: 'ë', i: 'ï', o: 'ø', u: 'ü', n: 'ñ', c: 'ç', s: 'š' }
const accented: Change = (word) => word.replace(/[aeiouncs]/g, (email) => accents[email] ?? email)

/** Letters of a right-to-left script; digits and signs are unchanged. */
const mirrored: Change = (text) =>
  text.replace(/[a-z]/gi, (email) => String.fromCodePoint(0x5d0 + ((email.toLowerCase().charCodeAt(0) - 97) % 27)))

function changed(language: string, direction: Words['direction'], change: Change): Words {
  const english = words('en')
  return {
    language,
    direction,
    name: change(english.name),
    formats: english.formats,
    say: (key, values) => change(english.say(key, values)),
    pieces: <T extends object>(key: Key, values: Readonly<Record<string, Value | T>>) =>
      english.pieces<T>(key, values).map((piece) => (typeof piece === 'string' ? change(piece) : piece)),
    date: (at) => change(english.date(at)),
    time: (at) => change(english.time(at)),
    clock: (at) => change(english.clock(at)),
    ago: (at, now) => change(english.ago(at, now)),
    left: (seconds) => change(english.left(seconds)),
  }
}

export const LONGER = 'en-XA'
export const FROM_THE_RIGHT = 'he'

const made: Readonly<Record<string, Words>> = {
  [LONGER]: changed(LONGER, 'ltr', longer),
  [FROM_THE_RIGHT]: changed(FROM_THE_RIGHT, 'rtl', mirrored),
}

export const languageOf = (language: string): Words => made[language] ?? words(language)

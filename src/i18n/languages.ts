/** The shipped languages, and those of a folder of the host's own: one `{tag}.json` each, as in views/locales. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { readTextSync, whyUnreadable } from '../decoding.ts'
import { compile, english, isKey, type Key, languages, shippedMessages, type Words, words } from './messages.ts'
import { namesIn } from './syntax.ts'

export interface Languages {
  /** BCP 47, `en` first. */
  readonly names: readonly string[]
  /** Throws for a language that is not one of `names`. */
  readonly wordsOf: (language: string) => Words
}

/** Missing messages that a fault names. Count. */
const NAMED = 20

/**
 * A file of a shipped language replaces some of its messages; any other must be complete, so that no page mixes two languages.
 *
 * @throws TypeError of one line that names the file and what is wrong with it
 */
export function languagesIn(directory: string | null): Languages {
  const own = new Map(directory === null ? [] : ownLanguages(directory).map((item) => [item.language, item]))
  const names = ['en', ...new Set([...languages, ...own.keys()].filter((language) => language !== 'en'))]
  return { names, wordsOf: (language) => own.get(language) ?? words(language) }
}

function ownLanguages(directory: string): Words[] {
  return filesIn(directory).map((file) => {
    const path = join(directory, file)
    const language = file.slice(0, -'.json'.length)
    if (!isTag(language)) throw new TypeError(`${path}: the name must be a language tag such as pt or pt-BR`)
    const isShipped = languages.includes(language)
    const messages = { ...(isShipped ? shippedMessages(language) : {}), ...readMessages(path) }
    const missing = Object.keys(english).filter((key) => !Object.hasOwn(messages, key))
    if (missing.length > 0 && !isShipped) throw new TypeError(`${path}: no message for ${listed(missing)}`)
    for (const [key, text] of Object.entries(messages)) checkMessage(path, key as Key, text)
    const catalogue = { ...english, ...messages }
    if (!isTag(catalogue['language.formats']))
      throw new TypeError(`${path}: language.formats must be a language tag such as pt-BR`)
    return compile(language, catalogue)
  })
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((file) => file.endsWith('.json'))
  } catch (error) {
    throw new TypeError(`cannot read ${directory}: ${whyUnreadable(error)}`, { cause: error })
  }
}

function isTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text)[0] === text
  } catch {
    return false
  }
}

function readMessages(path: string): Partial<Record<Key, string>> {
  const messages = parse(path)
  if (typeof messages !== 'object' || messages === null || Array.isArray(messages))
    throw new TypeError(`${path}: must be an object of keys and messages`)
  for (const [key, text] of Object.entries(messages)) {
    if (!isKey(key)) throw new TypeError(`${path}: there is no message called ${key}`)
    if (typeof text !== 'string') throw new TypeError(`${path}: ${key}: must be text`)
  }
  return messages
}

function parse(path: string): unknown {
  const text = readTextSync(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TypeError(`${path}: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`, { cause: error })
  }
}

/** A value that no page gives would fail when the page is shown. */
function checkMessage(path: string, key: Key, text: string): void {
  const known = valuesOf(english[key])
  let unknown: string | undefined
  try {
    unknown = valuesOf(text).find((name) => !known.includes(name))
  } catch (error) {
    throw new TypeError(`${path}: ${key}: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`, { cause: error })
  }
  if (unknown !== undefined) throw new TypeError(`${path}: ${key}: there is no value {${unknown}}`)
}

const valuesOf = (text: string): string[] =>
  namesIn(new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst())

const listed = (keys: readonly string[]): string =>
  keys.length > NAMED ? `${keys.slice(0, NAMED).join(', ')} and ${keys.length - NAMED} more` : keys.join(', ')

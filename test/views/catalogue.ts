/** The catalogues as stored on disk, without fallback between them. */
import { readFileSync } from 'node:fs'
import { languages } from '../../src/i18n/messages.ts'

export const catalogues = Object.fromEntries(
  languages.map((language) => [
    language,
    JSON.parse(readFileSync(new URL(`../../views/locales/${language}.json`, import.meta.url), 'utf8')) as Record<
      string,
      string
    >,
  ]),
) as { en: Record<string, string> } & Record<string, Record<string, string>>

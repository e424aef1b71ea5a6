/** The fields of a person in the forms of the console: read as they were typed, and their faults. */
import type { Context } from 'koa'
import { typedEmail } from '../../email.ts'
import { roles } from '../../ports.ts'
import type { AnyRefusal } from '../../service/refusal.ts'
import { type Fields, textOf } from '../body.ts'
import type { Services } from '../context.ts'
import { languageOf } from '../language.ts'
import { byName } from '../pages/languages.ts'
import type { FieldChange } from '../pages/actLocals.ts'
import type { FieldFault, LanguageOption, PersonFields } from '../pages/usersLocals.ts'
import { webSessionOf } from '../webSession.ts'

/** The submitted values; with `_was` those that the form was shown with. A browser may send another spelling of the same. */
export function readPerson(fields: Fields, suffix: '' | '_was' = ''): PersonFields {
  const text = (name: string): string => textOf(fields[`${name}${suffix}`])
  const held = [fields[`roles${suffix}`] ?? []].flat()
  return {
    name: text('name').trim().normalize('NFC'),
    email: typedEmail(text('email')) ?? text('email').trim(),
    locale: text('locale'),
    roles: roles.filter((role) => held.includes(role)),
    groups: groupsIn(text('groups')),
  }
}

/** One group a line. */
const groupsIn = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\r\n]+/)
      .map((line) => line.trim().normalize('NFC'))
      .filter(Boolean),
  ),
]

/** What the languages of the service are as values of a form: the first is its default, so that it is no locale of a person. */
export function languageOptions(services: Services, ctx: Context, chosen: string): readonly LanguageOption[] {
  const { languages, wordsOf } = services
  const known = byName(languages.map((language) => wordsOf(language))).map(({ language, name: text }) => {
    const isDefault = language === languages[0]
    return { value: isDefault ? '' : language, text, is: language === chosen || (isDefault && chosen === '') }
  })
  const isOther = chosen !== '' && !languages.includes(chosen)
  const all = isOther ? [...known, { value: chosen, text: languageName(services, ctx, chosen), is: true }] : known
  return all.length > 1 ? all : []
}

/** The name of a language: its own, if it has texts, else that in the language of the page. null: the default of the service. */
export function languageName(services: Services, ctx: Context, tag: string | null): string {
  const { languages, wordsOf } = services
  const shown = tag ?? languages[0] ?? ''
  if (languages.includes(shown)) return wordsOf(shown).name
  const { formats } = wordsOf(languageOf(services, ctx, { accountLocale: webSessionOf(ctx).person.locale }))
  try {
    return new Intl.DisplayNames(formats, { type: 'language' }).of(shown) ?? shown
  } catch {
    // A directory may keep any text.
    return shown
  }
}

/** A change of the language with the names of both. */
export function inWords(services: Services, ctx: Context, change: FieldChange): FieldChange {
  if (change.field !== 'language') return change
  const named = ([tag]: readonly string[]) => [languageName(services, ctx, tag ?? null)]
  return { ...change, from: named(change.from), to: named(change.to) }
}

export const localeOf = ({ languages }: Services, chosen: string): string | null =>
  chosen === '' || chosen === languages[0] ? null : chosen

/** A value of the API, by the first part of its path. */
const fieldFaults: Readonly<Record<string, (given: { readonly name: string }) => FieldFault>> = {
  email: () => ({ says: 'invite.error.email', field: 'email' }),
  name: ({ name }) => ({ says: name === '' ? 'invite.error.name' : 'invite.error.long-name', field: 'name' }),
  groups: () => ({ says: 'invite.error.groups', field: 'groups' }),
}

const single: { readonly [K in AnyRefusal['is']]?: FieldFault } = {
  'email-taken': { says: 'invite.error.taken', field: 'email' },
  'too-many-mails': { says: 'invite.error.too-many-mails', field: 'email' },
  'outside-groups': { says: 'invite.error.outside', field: 'groups' },
  'code-incorrect': { says: 'code.error.incorrect', field: 'code' },
  'code-replayed': { says: 'code.error.incorrect', field: 'code' },
}

/** The faults that the person can correct in the form; empty: none. */
export function formFaults(
  refusal: AnyRefusal,
  given: { readonly name: string; readonly code?: string },
): readonly FieldFault[] {
  const fault = single[refusal.is]
  if (fault) return [fault]
  if (refusal.is !== 'invalid') return []
  const paths = new Set(refusal.errors.map(({ path }) => path.split('.')[0] ?? ''))
  if (paths.has('code')) return [{ says: given.code ? 'code.error.malformed' : 'code.error.empty', field: 'code' }]
  return [...paths].flatMap((path) => fieldFaults[path]?.(given) ?? [])
}

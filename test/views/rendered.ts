/** Every sample as HTML, and parts of it. */
import { createViews, type Frame, type Pages } from '../../src/http/pages/render.ts'
import { languages } from '../../src/i18n/messages.ts'
import { samples } from './samples.ts'
import { at } from './samples/shared.ts'

export const brand = { name: 'Acme ID' }
const frame = (language: string): Frame => ({
  language,
  now: at,
  client: { name: 'Sample app', host: 'app.example.org' },
  person: { email: 'ana.silva@example.com' },
  signOutHref: '/sign-out',
})

export interface Rendered {
  readonly name: keyof Pages
  readonly state: string
  readonly html: string
}

/** @param text maps every external string */
export async function render(language = 'en', text?: (plain: string) => string, base = ''): Promise<Rendered[]> {
  const views = createViews({ brand, base, languages })
  const all = Object.entries(await samples(text)) as [keyof Pages, Record<string, Pages[keyof Pages]>][]
  return all.flatMap(([name, states]) =>
    Object.entries(states).map(([state, page]) => ({ name, state, html: views.page(name, frame(language), page) })),
  )
}

/** The visible text, with entities resolved. No-break spaces stay: French has one before a colon. */
export const textOf = (html: string) =>
  html
    .replace(/<(script|svg)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&#34;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[ \n]+/g, ' ')
export const match = (html: string, pattern: RegExp) => textOf(pattern.exec(html)?.[1] ?? '').trim()
export const all = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map((found) => found[1] ?? '')

/** Chooses the language of an answer by RFC 4647, from the preferences of the person, the relying party and the browser. */

export interface LanguageCandidates {
  /** Chosen on a page of this flow. */
  readonly chosen?: string | null | undefined
  /** `ui_locales` of the relying party, space-separated. */
  readonly uiLocales?: string | null | undefined
  /** The account's own, once the account is known. */
  readonly account?: string | null | undefined
  readonly cookie?: string | null | undefined
  readonly acceptLanguage?: string | null | undefined
  readonly available: readonly string[]
  readonly fallback: string
}

/** The first candidate with a translation, strongest first. Received values are only compared, never returned. */
export function chooseLanguage(candidates: LanguageCandidates): string {
  const { chosen, uiLocales, account, cookie, acceptLanguage, available, fallback } = candidates
  const wanted = [chosen, ...(uiLocales ?? '').split(' '), account, cookie, ...accepted(acceptLanguage ?? '')]
  for (const candidate of wanted.slice(0, 50)) {
    const match = candidate && nearest(candidate.toLowerCase(), available)
    if (match) return match
  }
  return fallback
}

/** The language that serves a tag; undefined: none does. */
export const servedBy = (tag: string, available: readonly string[]): string | undefined =>
  tag === '' ? undefined : nearest(tag.toLowerCase(), available)

/** RFC 4647 §3.4: `de` serves `de-AT`. Beyond it, `pt-BR` serves `pt` where there is no other Portuguese. */
function nearest(candidate: string, available: readonly string[]): string | undefined {
  for (let range = candidate; range; range = range.slice(0, Math.max(range.lastIndexOf('-'), 0))) {
    const exact = available.find((language) => language.toLowerCase() === range)
    if (exact) return exact
  }
  return available.find((language) => language.toLowerCase().startsWith(`${candidate.split('-', 1)[0]}-`))
}

/** RFC 9110 §12.5.4, by falling weight; `*` names no language. */
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

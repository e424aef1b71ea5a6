/** Something that is made once for each language of the views. */
export function inEach<T>(languages: readonly string[], make: (language: string) => T): (language: string) => T {
  const made = new Map(languages.map((language) => [language, make(language)]))
  return (language) => {
    const found = made.get(language)
    if (!found) throw new Error(`${language} is not one of the languages of these views`)
    return found
  }
}

/** Latin script before others, for readers of every language alike. */
const order = new Intl.Collator('en')

/** As a list for people shows them: by their own names. */
export const byName = <T extends { readonly name: string }>(languages: readonly T[]): T[] =>
  languages.toSorted((a, b) => order.compare(a.name, b.name))

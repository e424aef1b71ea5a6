/** Something that is made once for each language of the views. */
export function inEach<T>(languages: readonly string[], make: (language: string) => T): (language: string) => T {
  const made = new Map(languages.map((language) => [language, make(language)]))
  return (language) => {
    const found = made.get(language)
    if (!found) throw new Error(`${language} is not one of the languages of these views`)
    return found
  }
}

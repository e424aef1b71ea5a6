/** Every secret that the attacks issued, used or stole, and where it turned up although it must not. */
const known = new Map<string, string>()

/** From here on `values` must not stand in any log. @param kind what they are, to be told in place of them */
export function isSecret(kind: string, ...values: readonly string[]): void {
  // Shorter ones are nobody's secret, and would be found anywhere.
  for (const value of values) if (value.length >= 6) known.set(value, kind)
}

/** The kinds of secrets in a text, each with a little of what stands around it. */
export function secretsIn(text: string, kinds?: readonly string[]): string[] {
  const words = new Map<string, number>()
  for (const { 0: word, index } of text.matchAll(/[\w-]+/g)) words.set(word, index)
  const found: string[] = []
  for (const [value, kind] of known) {
    if (kinds && !kinds.includes(kind)) continue
    // A code is six digits, which many a number contains: whole words only. Anything longer is looked for anywhere.
    const at = value.length < 12 ? words.get(value) : text.indexOf(value)
    if (at !== undefined && at >= 0)
      found.push(
        `${kind} in …${text.slice(Math.max(0, at - 60), at)}[it]${text.slice(at + value.length, at + value.length + 30)}…`,
      )
  }
  return found
}

/** How many there are of a kind. */
export const secretsKnown = (kind: string): number => [...known.values()].filter((one) => one === kind).length

/** Secrets that the attacks issued, used or stole, and the search for leaks. */

/** Shorter values are not secret and would be found anywhere. Characters. */
const SHORTEST = 6

interface Known {
  readonly value: string
  readonly kind: string
}
/** By their first characters, so that a text is read once. */
const known = new Map<string, Known[]>()
const counts = new Map<string, number>()

/** From now on `values` must not be in any log. @param kind reported in place of the value */
export function isSecret(kind: string, ...values: readonly string[]): void {
  for (const value of values) {
    const alike = known.get(value.slice(0, SHORTEST)) ?? []
    if (value.length < SHORTEST || alike.some((item) => item.value === value)) continue
    known.set(value.slice(0, SHORTEST), [...alike, { value, kind }])
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
}

/** The kinds of secrets in a text, each with its surroundings. */
export function secretsIn(text: string, kinds?: readonly string[]): string[] {
  const found: string[] = []
  for (let at = 0; at + SHORTEST <= text.length; at++)
    for (const { value, kind } of known.get(text.slice(at, at + SHORTEST)) ?? []) {
      if ((kinds && !kinds.includes(kind)) || !text.startsWith(value, at)) continue
      const surroundings = [
        text.slice(Math.max(0, at - 40), at),
        text.slice(at + value.length, at + value.length + 40),
      ] as const
      // Six digits occur in longer numbers: a code is a whole word.
      const isPart = value.length === SHORTEST && (/[\w-]$/.test(surroundings[0]) || /^[\w-]/.test(surroundings[1]))
      if (!isPart) found.push(`${kind}: …${surroundings.join('[it]')}…`)
    }
  return found
}

/** The number of secrets of a kind. */
export const secretsKnown = (kind: string): number => counts.get(kind) ?? 0

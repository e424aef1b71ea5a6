/** Every secret that the attacks issued, used or stole, and where it turned up although it must not. */

/** Shorter ones are nobody's secret and would be found anywhere. Characters. */
const SHORTEST = 6

interface Known {
  readonly value: string
  readonly kind: string
}
/** By their first letters, so that a text is read once however many there are. */
const known = new Map<string, Known[]>()
const counts = new Map<string, number>()

/** From here on `values` must not stand in any log. @param kind what they are, to be told in place of them */
export function isSecret(kind: string, ...values: readonly string[]): void {
  for (const value of values) {
    const alike = known.get(value.slice(0, SHORTEST)) ?? []
    if (value.length < SHORTEST || alike.some((item) => item.value === value)) continue
    known.set(value.slice(0, SHORTEST), [...alike, { value, kind }])
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
}

/** The kinds of secrets in a text, each with a little of what stands around it. */
export function secretsIn(text: string, kinds?: readonly string[]): string[] {
  const found: string[] = []
  for (let at = 0; at + SHORTEST <= text.length; at++)
    for (const { value, kind } of known.get(text.slice(at, at + SHORTEST)) ?? []) {
      if ((kinds && !kinds.includes(kind)) || !text.startsWith(value, at)) continue
      const surroundings = [
        text.slice(Math.max(0, at - 40), at),
        text.slice(at + value.length, at + value.length + 40),
      ] as const
      // Six digits stand in many a number: a code is a whole word.
      const isPart = value.length === SHORTEST && (/[\w-]$/.test(surroundings[0]) || /^[\w-]/.test(surroundings[1]))
      if (!isPart) found.push(`${kind}: …${surroundings.join('[it]')}…`)
    }
  return found
}

/** How many there are of a kind. */
export const secretsKnown = (kind: string): number => counts.get(kind) ?? 0

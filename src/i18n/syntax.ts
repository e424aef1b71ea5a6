/** The parts of an ICU message, as intl-messageformat gives them. */
export interface Element {
  readonly type: number
  readonly value?: unknown
  readonly options?: Readonly<Record<string, { readonly value: readonly Element[] }>>
}

/** As the parser of ICU messages numbers them. */
const LITERAL = 0
const SELECT = 5
const POUND = 7

/** The names of all values that a message takes. */
export const namesIn = (elements: readonly Element[]): string[] =>
  within(elements).flatMap(({ type, value }) => (type === LITERAL || type === POUND ? [] : [String(value)]))

/** The names of values that choose a case and are not shown. */
export const choicesIn = (elements: readonly Element[]): string[] =>
  within(elements).flatMap(({ type, value }) => (type === SELECT ? [String(value)] : []))

const within = (elements: readonly Element[]): readonly Element[] =>
  elements.flatMap((element) => [
    element,
    ...Object.values(element.options ?? {}).flatMap((option) => within(option.value)),
  ])

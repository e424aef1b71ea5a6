/** Options of commands, and reading them. */
import { type Given, type Option, UsageError } from './command.ts'

export const text = (does: string): Option => ({ type: 'string', does })
export const texts = (does: string): Option => ({ type: 'string', multiple: true, does })
export const flag = (does: string): Option => ({ type: 'boolean', does })

export function optionOf({ values }: Given, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

export const optionsOf = ({ values }: Given, name: string): string[] =>
  [values[name] ?? []].flat().filter((value) => typeof value === 'string')

export function optional<K extends string>(given: Given, name: K): { [P in K]?: string } {
  const value = optionOf(given, name)
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: string })
}

export function oneOf<T extends string>(known: readonly T[], option: string, given: readonly string[]): T[] {
  const isKnown = (value: string): value is T => known.some((item) => item === value)
  const unknown = given.find((value) => !isKnown(value))
  if (unknown !== undefined) throw new UsageError(`${option} must be ${known.join(' or ')}`)
  return given.filter(isKnown)
}

/** Sentences about faults of options. */
import type { z } from 'zod'
import { editDistance } from './core/editDistance.ts'

const expected: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  int: 'a whole number',
  number: 'a number',
}

export function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid ')) return issue.message
  if (issue.message.endsWith('received undefined')) return 'is missing'
  return `must be ${expected[issue.expected] ?? issue.expected}`
}

/** The nearest known name. null where none is near: advice that fits nothing is worse than none. */
export function nearest(name: string, known: readonly string[], prefix: string): string | null {
  const distance = (other: string): number => editDistance(name.toLowerCase(), other.toLowerCase())
  const [found] = known.toSorted((a, b) => distance(a) - distance(b))
  const begun = known.find((other) => other.startsWith(name))
  const near = found !== undefined && distance(found) <= Math.max(2, Math.floor(name.length / 3)) ? found : begun
  return near === undefined ? null : `${prefix}${near}`
}

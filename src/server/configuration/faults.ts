/**
 * Faults as text, one line each: the key, what is wrong, and for an unknown key the nearest existing one. A line never contains
 * the value of a secret.
 */
import { z } from 'zod'
import { editDistance } from '../../core/editDistance.ts'

/** Every fault of the configuration at once; nothing was started. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

type Issue = z.core.$ZodIssue
/** The name of a key where it was set: dotted in the file, or the environment variable. */
export type NameOf = (path: readonly PropertyKey[]) => string

export const dotted: NameOf = (path) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')

export function lineOf(issue: Issue, schema: z.ZodType, value: unknown, nameOf: NameOf): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(dotted([...issue.path, key]), schema))
  return [`${nameOf(issue.path)}: ${sentence(issue)}${shown(value, issue.path)}`]
}

/** The message of the schema, or a replacement for zod's default. */
function sentence(issue: Issue): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`
  if (issue.code === 'invalid_type') return `must be ${typeNames[issue.expected] ?? issue.expected}`
  return issue.message
}

const typeNames: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
}

const secret = /^(keys|redis|database)\b|smtp_url|secret|refresh_token|jwks/

function shown(root: unknown, path: readonly PropertyKey[]): string {
  if (path.some((part) => secret.test(String(part)))) return ''
  const value = path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part], root)
  if (value === undefined) return ', is missing'
  if (value === null) return ', is empty'
  if (typeof value === 'object') return ''
  const text = JSON.stringify(value)
  return `, is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`
}

/** Lines about a client end with its id, so that it is found in a long list. */
export function withClientIds(faults: readonly string[], tree: unknown): string[] {
  const { clients } = tree as { readonly clients?: unknown }
  return faults.map((fault) => {
    const index = /^clients\[(\d+)\](?!\.client_id)/.exec(fault)?.[1]
    const item: unknown = index !== undefined && Array.isArray(clients) ? clients[Number(index)] : null
    const id: unknown = (item as { readonly client_id?: unknown } | null)?.client_id
    return typeof id === 'string' && /^[\w-]{1,255}$/.test(id) ? `${fault} (client ${id})` : fault
  })
}

export function unknownKey(key: string, schema: z.ZodType): string {
  return `${key}: unknown key, the nearest known one is ${nearest(key, keysOf(schema))}`
}

/** Dotted names of every key of the schema; those of a list's elements under `name[]`. */
export function keysOf(schema: z.ZodType, prefix = ''): string[] {
  const bare = unwrap(schema)
  if (bare instanceof z.ZodArray) return keysOf(bare.element as z.ZodType, `${prefix}[]`)
  if (!(bare instanceof z.ZodObject)) return []
  return Object.entries(bare.shape as Record<string, z.ZodType>).flatMap(([key, inner]) => {
    const name = prefix ? `${prefix}.${key}` : key
    return [name, ...keysOf(inner, name)]
  })
}

/** Whether the key holds further keys; written without a value it then means none of them. */
export const isGroup = (schema: z.ZodType): boolean => unwrap(schema) instanceof z.ZodObject

function unwrap(schema: z.ZodType): z.ZodType {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  return wrapped ? unwrap(schema.unwrap() as z.ZodType) : schema
}

/** The known key closest to this one: mistyped, or in the wrong group. */
function nearest(key: string, known: readonly string[]): string {
  const given = key.replace(/\[\d+\]/g, '[]')
  const cost = (candidate: string) =>
    Math.min(editDistance(given, candidate), editDistance(last(given), last(candidate)) + 0.5)
  return known.reduce((best, candidate) => (cost(candidate) < cost(best) ? candidate : best), known[0] ?? '')
}

const last = (key: string) => key.slice(key.lastIndexOf('.') + 1)

/**
 * Reads the configuration: one YAML file, overridden by the environment, validated whole before a socket opens. Returns a frozen
 * `Configuration`, or throws all faults at once.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { readText, whyUnreadable } from '../../decoding.ts'
import { refusedClients } from '../refusedClients.ts'
import { client } from './clients.ts'
import { type Configuration, configurationOf } from './configuration.ts'
import { type Environment, overlay, undecoded, variableAt } from './environment.ts'
import { ConfigurationError, dotted, isGroup, lineOf, unknownKey, withClientIds } from './faults.ts'
import { type File, file } from './schema.ts'
import { contradictions } from './contradictions.ts'

export { ConfigurationError } from './faults.ts'
export type { Client } from './clients.ts'
export type { Configuration } from './configuration.ts'

/** Throws `ConfigurationError`. */
export async function readConfiguration(environment: Environment): Promise<Configuration> {
  const unreadable = undecoded(environment)
  if (unreadable.length > 0) throw new ConfigurationError(unreadable)
  const tree = overlay(await readTree(configurationFile(environment)), environment)
  const nameOf = (path: readonly PropertyKey[]) => variableAt(path, environment) ?? dotted(path)
  const production = environment.NODE_ENV === 'production'
  const faults = Object.keys(tree)
    .filter((key) => !(key in file.shape))
    .map((key) => unknownKey(key, file))
  // Each group is validated alone, so that a fault in one does not hide a contradiction between two others.
  const good: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(file.shape)) {
    const judged = schema.safeParse(tree[key] === null && isGroup(schema) ? undefined : tree[key])
    if (judged.success) good[key] = judged.data
    else {
      const issues = judged.error.issues.map((issue) => ({ ...issue, path: [key, ...issue.path] }))
      faults.push(...issues.flatMap((issue) => lineOf(issue, file, tree, nameOf)))
    }
  }
  faults.push(...contradictions(good, production, nameOf))
  const named = withClientIds([...faults, ...(await refusedByProvider(tree, good, faults))], tree)
  if (named.length > 0) throw new ConfigurationError(named)
  return configurationOf(good as File, production, environment)
}

/** Keys that decide whether the provider accepts a client. */
const decisive = ['keys', 'acr', 'two_factor', 'data_directory'] as const

/** Clients without a fault that the provider refuses all the same. */
async function refusedByProvider(
  tree: Readonly<Record<string, unknown>>,
  good: Partial<File>,
  faults: readonly string[],
): Promise<string[]> {
  const given: readonly unknown[] = Array.isArray(tree['clients']) ? tree['clients'] : []
  const sound = given.flatMap((item, index) => {
    const judged = client.safeParse(item)
    const isFaulty = faults.some((fault) => fault.startsWith(`clients[${index}]`))
    return judged.success && !isFaulty ? [[index, judged.data] as const] : []
  })
  if (sound.length === 0 || decisive.some((key) => good[key] === undefined)) return []
  const others = Object.fromEntries(decisive.map((key) => [key, good[key]]))
  return refusedClients(
    new Map(sound),
    configurationOf(file.parse({ ...others, issuer: good.issuer, allowPlainHttp: true }), false),
  )
}

/** The file that is read. */
export const configurationFile = (environment: Environment): string => environment.CONFIG?.trim() || defaultFile()

/** That of this folder, else of the package: `npx oidc-rekey` runs where there is none. */
const defaultFile = (): string =>
  existsSync('config/development.yaml')
    ? 'config/development.yaml'
    : join(import.meta.dirname, '../../../config/development.yaml')

async function readTree(path: string): Promise<Record<string, unknown>> {
  const text = await readText(path).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigurationError([error.code ? `CONFIG: cannot read ${path}: ${whyUnreadable(error)}` : error.message])
  })
  const document = parseDocument(text)
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map(
        (error) => `${path}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]?.replace(/:$/, '')}`,
      ),
    )
  }
  const tree: unknown = document.toJS({ maxAliasCount: 100 }) ?? {}
  if (typeof tree !== 'object' || Array.isArray(tree))
    throw new ConfigurationError([`${path}: must be a list of keys and values`])
  return tree as Record<string, unknown>
}

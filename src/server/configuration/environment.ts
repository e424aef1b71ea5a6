import { isReplaced } from '../../decoding.ts'

/** The environment variables that override the file: the key that each sets, and how its text is read. */
interface Variable {
  readonly path: readonly string[]
  readonly read: (text: string) => unknown
}

const asIs = (text: string): unknown => text
// Other text is passed on: the schema then says what is expected.
const number = (text: string): unknown => (/^-?\d+$/.test(text) ? Number(text) : text)
const list = (text: string): unknown => text.split(',').map((part) => part.trim())
const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const variables: Readonly<Record<string, Variable>> = {
  PORT: { path: ['port'], read: number },
  HOST: { path: ['host'], read: asIs },
  SAMPLE_PORT: { path: ['sample_port'], read: number },
  ISSUER: { path: ['issuer'], read: asIs },
  DATA_DIR: { path: ['data_directory'], read: asIs },
  REDIS_URL: { path: ['redis', 'url'], read: asIs },
  REDIS_SENTINEL: { path: ['redis', 'sentinel'], read: asIs },
  REDIS_CLUSTER: { path: ['redis', 'cluster'], read: asIs },
  REDIS_USERNAME: { path: ['redis', 'username'], read: asIs },
  REDIS_PASSWORD: { path: ['redis', 'password'], read: asIs },
  REDIS_SENTINEL_USERNAME: { path: ['redis', 'sentinel_username'], read: asIs },
  REDIS_SENTINEL_PASSWORD: { path: ['redis', 'sentinel_password'], read: asIs },
  DATABASE_URL: { path: ['database', 'url'], read: asIs },
  SMTP_URL: { path: ['mail', 'smtp_url'], read: asIs },
  MAIL_FROM: { path: ['mail', 'from'], read: asIs },
  ENCRYPTION_KEYS: { path: ['keys', 'encryption'], read: list },
  COOKIE_KEYS: { path: ['keys', 'cookies'], read: list },
  JWKS: { path: ['keys', 'jwks'], read: json },
  TRUST_PROXY: { path: ['trust_proxy'], read: number },
  WORKERS: { path: ['workers'], read: number },
  METRICS_PORT: { path: ['metrics_port'], read: number },
  LOG_LEVEL: { path: ['log_level'], read: asIs },
}

/** Variables of ours whose bytes are not text. */
export const undecoded = (environment: Environment): string[] =>
  ['CONFIG', ...Object.keys(variables)]
    .filter((name) => isReplaced(environment[name] ?? ''))
    .map((name) => `${name}: is not UTF-8`)

export type Environment = Readonly<Record<string, string | undefined>>
type Tree = Record<string, unknown>

/** The tree of the file with the set variables in place. An empty variable counts as unset. */
export function overlay(tree: Tree, environment: Environment): Tree {
  const result = structuredClone(tree)
  for (const [name, { path, read }] of Object.entries(variables)) {
    const text = environment[name]?.trim()
    if (text) setAt(result, path, read(text))
  }
  return result
}

function setAt(tree: Tree, [key, ...rest]: readonly string[], value: unknown): void {
  if (key === undefined) return
  if (rest.length === 0) tree[key] = value
  else {
    const inner = (tree[key] ??= {})
    // A group that is not an object is a fault of the file, which the schema reports.
    if (typeof inner === 'object') setAt(inner as Tree, rest, value)
  }
}

/** The variable that set the value at this path, if one did. */
export function variableAt(path: readonly PropertyKey[], environment: Environment): string | undefined {
  return Object.keys(variables).find(
    (name) => environment[name]?.trim() && variables[name]?.path.every((part, index) => path[index] === part),
  )
}
